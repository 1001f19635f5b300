import type { Fault, Result } from '#lib';
import { ok } from '#lib';
import { type BackendSample, samples } from '#engines/haproxy';
import type { Desired } from '#plan';

import { type Engines, withRelay } from './relay.ts';

/** What a service has done since the worker that serves it began. */
export type Traffic = {
  /** Requests; outside HTTP, connections; messages where they are relayed. */
  readonly done: number;
  /** Those of them that failed. */
  readonly failed: number;
  /** Servers that take work. */
  readonly serving: number;
  /** Servers that were found down, and not taken out by somebody. */
  readonly down: number;
};

/** The traffic of each service by name, or of some alone, in one look at the engines. */
export async function traffic(
  engines: Engines,
  desired: Desired,
  some?: ReadonlySet<string>,
): Promise<Result<ReadonlyMap<string, Traffic>, Fault>> {
  const pools = desired.backends.filter(({ service }) => some === undefined || some.has(service));
  const now = await samples(engines.haproxy, some && new Set(pools.map(({ name }) => name)));
  if (!now.ok) return now;
  const seen = await withRelay(now.value, engines, desired);
  const backends = new Map(seen.backends.map((sample) => [sample.backend, sample]));
  const [serving, down] = [new Map<string, number>(), new Map<string, number>()];
  for (const { backend, status } of seen.servers) {
    const count = /^UP|^no check/.test(status) ? serving : status.startsWith('DOWN') ? down : undefined;
    count?.set(backend, (count.get(backend) ?? 0) + 1);
  }
  const services = new Map<string, Traffic>();
  for (const { name, service, protocol } of pools) {
    const sample = backends.get(name);
    const before = services.get(service) ?? NOTHING;
    services.set(service, {
      done: before.done + (sample?.totalSessions ?? 0),
      failed: before.failed + (sample ? failuresOf(sample, protocol === 'http') : 0),
      serving: before.serving + (serving.get(name) ?? 0),
      down: before.down + (down.get(name) ?? 0),
    });
  }
  return ok(services);
}

const NOTHING: Traffic = { done: 0, failed: 0, serving: 0, down: 0 };

/** A request that failed on one server and succeeded on another has not failed: for HTTP the answers are what counts. */
const failuresOf = ({ serverErrors, connectErrors, responseErrors }: BackendSample, isHttp: boolean): number =>
  isHttp ? serverErrors : connectErrors + responseErrors;
