import type { Fault, Result } from '#lib';
import { ok } from '#lib';
import { type Layout, oldSessions, processes, type Samples, samples } from '#engines/haproxy';
import type { Desired } from '#plan';

import { type ServerHealth, type ServerState, servicesOf, type TelemetryOf, type Verdict } from './health.ts';
import { type Engines, withRelay } from './relay.ts';

/** HAProxy's processes as a person counts them. */
export type Workers = {
  /** Reloads since HAProxy was started. */
  readonly reloads: number;
  /** Workers that finish what they began before a reload. */
  readonly oldWorkers: number;
};

export type ServerNumbers = {
  readonly service: string;
  readonly pool: string;
  readonly server: string;
  readonly state: ServerState;
  /** It is given work. */
  readonly serves: boolean;
  readonly weight: number;
  /** In use now, with what workers hold that finish what they began before a reload. */
  readonly sessions: number;
  readonly queued: number;
  /** Averages over the last 1024 requests, seconds. */
  readonly connectSeconds: number;
  readonly responseSeconds: number;
  /** These count from the last reload on. */
  readonly sessionsTotal: number;
  readonly connectErrors: number;
  readonly responseErrors: number;
  readonly retries: number;
  readonly redispatches: number;
  /** Undefined where it has no telemetry. Shares, 0–1, where it says them and they count. */
  readonly telemetry:
    | { readonly cpu: number | undefined; readonly memory: number | undefined; readonly stale: boolean }
    | undefined;
};

export type PoolNumbers = { readonly service: string; readonly pool: string; readonly queued: number };

export type ServiceNumbers = {
  readonly service: string;
  readonly verdict: Verdict;
  readonly connections: number;
  readonly connectionsTotal: number;
  readonly refusedTotal: number;
};

/** The same as `health`, as numbers to be measured over time. */
export type Numbers = Workers & {
  readonly services: readonly ServiceNumbers[];
  readonly pools: readonly PoolNumbers[];
  readonly servers: readonly ServerNumbers[];
};

/** What the engines count of everything in a plan, under the plan's names. */
export async function numbers(
  engines: Engines,
  desired: Desired,
  telemetryOf?: TelemetryOf,
): Promise<Result<Numbers, Fault>> {
  const now = await samples(engines.haproxy);
  if (!now.ok) return now;
  const [seen, running, held] = await Promise.all([
    withRelay(now.value, engines, desired),
    workers(engines.haproxy),
    oldSessions(engines.haproxy),
  ]);
  return ok({ ...running, ...numbersOf(desired, seen, held, telemetryOf) });
}

/** HAProxy's processes; none where it does not answer. */
export async function workers(layout: Layout): Promise<Workers> {
  const running = await processes(layout);
  return running.ok
    ? { reloads: running.value.reloads, oldWorkers: running.value.oldWorkers.length }
    : { reloads: 0, oldWorkers: 0 };
}

/** The pure part of `numbers`. */
export function numbersOf(
  desired: Desired,
  now: Samples,
  held: ReadonlyMap<string, number>,
  telemetryOf?: TelemetryOf,
): Omit<Numbers, keyof Workers> {
  const frontends = new Map(now.frontends.map((sample) => [sample.frontend, sample]));
  const samplesOf = new Map(now.servers.map((sample) => [`${sample.backend}/${sample.server}`, sample]));
  const backends = new Map(desired.backends.map(({ name, service, pool }) => [`${service}/${pool}`, name]));
  const services = servicesOf(desired, now, held, telemetryOf);
  return {
    services: services.map(({ name, verdict, connections, refused }) => ({
      service: name,
      verdict,
      connections,
      connectionsTotal: frontends.get(name)?.totalConnections ?? 0,
      refusedTotal: refused,
    })),
    pools: services.flatMap(({ name, pools }) =>
      pools.map((pool) => ({ service: name, pool: pool.name, queued: pool.queued })),
    ),
    servers: services.flatMap((service) =>
      service.pools.flatMap((pool) =>
        pool.servers.map((server) => ({
          ...healthNumbers(server),
          ...countsOf(samplesOf.get(`${backends.get(`${service.name}/${pool.name}`)}/${server.name}`)),
          service: service.name,
          pool: pool.name,
        })),
      ),
    ),
  };
}

const healthNumbers = ({ name, state, weight, connections, queued, telemetry }: ServerHealth) => ({
  server: name,
  state,
  serves: state === 'up' || state === 'failing',
  weight,
  sessions: connections,
  queued,
  telemetry: telemetry && {
    cpu: telemetry.stale ? undefined : telemetry.cpu,
    memory: telemetry.stale ? undefined : telemetry.memory,
    stale: telemetry.stale,
  },
});

const countsOf = (sample: Samples['servers'][number] | undefined) => ({
  connectSeconds: (sample?.connectTime ?? 0) / 1_000,
  responseSeconds: (sample?.responseTime ?? 0) / 1_000,
  sessionsTotal: sample?.totalSessions ?? 0,
  connectErrors: sample?.connectErrors ?? 0,
  responseErrors: sample?.responseErrors ?? 0,
  retries: sample?.retries ?? 0,
  redispatches: sample?.redispatches ?? 0,
});
