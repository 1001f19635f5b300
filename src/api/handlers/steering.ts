import { ok } from '#lib';
import { type BusiestHour, poolCapacity } from '#apply';
import { carrierOf } from '#plan';
import { hourOf, peakOf, type Store } from '#store';

import type { Handlers } from '../handler.ts';
import { steeredPools } from '../steering.ts';
import { missing, serviceNow } from './services.ts';

const HOUR = 3_600_000;
const WEEK = 7 * 24;

export const steeringHandlers = {
  steering({ params }, { ports, may }) {
    const visible = ports.changes.inForce().desired.frontends.filter(({ name }) => may(name));
    if (!visible.some(({ name }) => name === params.service)) return missing('service', params.service, visible);
    return ok(steeredPools(ports, (service) => service === params.service));
  },
  async capacity({ params }, context) {
    const now = await serviceNow(context, params.service);
    if (!now.ok) return now;
    const { ports } = context;
    const steered = steeredPools(ports, (service) => service === params.service);
    const { backends: all, relays } = ports.changes.inForce().desired;
    const backends = all.filter(({ service }) => service === params.service);
    return ok(
      backends.map((backend) => {
        const health = now.value.pools.find(({ name }) => name === backend.pool);
        const servers = health?.servers ?? [];
        const serving = servers.filter(({ state }) => state === 'up' || state === 'failing');
        const seen = steered.find(({ pool }) => pool === backend.pool)?.servers ?? [];
        const waiting = servers.reduce((sum, { queued }) => sum + queued, health?.queued ?? 0);
        const inUse = servers.reduce((sum, { connections }) => sum + connections, waiting);
        return poolCapacity(
          carrierOf(backend, relays),
          {
            serving: new Set(serving.map(({ name }) => name)),
            inUse,
            found: new Map(
              seen.flatMap(({ server, foundLimit }) =>
                foundLimit === undefined ? [] : [[server, foundLimit] as const],
              ),
            ),
            seen: new Map(seen.map(({ server, provenLimit }) => [server, Math.max(1, Math.floor(provenLimit))])),
          },
          busiest(ports.store, backend.name, inUse, ports.now()),
        );
      }),
    );
  },
} satisfies Partial<Handlers>;

/** The hour of this week with the most at one time; this one where there is more now than ever. */
function busiest(store: Store, backend: string, inUse: number, now: number): BusiestHour | undefined {
  const peak = peakOf(store, backend, hourOf(now) - WEEK);
  const known = peak.ok ? peak.value : undefined;
  if (known !== undefined && known.sessions >= inUse) return { most: known.sessions, hour: known.hour * HOUR };
  return inUse === 0 ? undefined : { most: inUse, hour: hourOf(now) * HOUR };
}
