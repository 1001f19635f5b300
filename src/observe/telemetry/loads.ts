import type { Fault, Result } from '#lib';
import { ok } from '#lib';
import {
  type Counts,
  countsReader,
  inFlight,
  type Layout,
  processes,
  type RequestTimes,
  type ServerCounts,
  tapRequests,
} from '#engines/haproxy';
import type { Desired } from '#plan';
import { pause } from '#system';

import type { PoolLoad, ServerLoad } from './types.ts';

/** Follows the load of the pools that have telemetry. */
export type LoadObserver = {
  /**
   * What HAProxy knows of each pool since the last call; the first call has nothing to count from. May be called up to ten
   * times a second: of more than 200 servers, what is counted is read each second, and in between only what is in flight.
   */
  tick(): Promise<Result<readonly PoolLoad[], Fault>>;
  /** Follows the pools of this plan from now on. */
  follow(desired: Desired): void;
  close(): void;
};

/** The most service times of one server that are kept for a tick. */
const MOST_TIMES = 200;

/** Up to so many servers everything is read each tick. */
const FEW = 200;

/** How often all is read of more than that (a tick each second may come early), and to look for a new worker, ms. */
const SECOND = 900;
const LOOK = 500;

/** What was read of requests arrives a moment after it was asked for, ms. */
const MOMENT = 6;

export function observeLoads(layout: Layout, desired: Desired): LoadObserver {
  const read = countsReader(layout);
  let pools = new Map<string, { readonly isHttp: boolean; readonly servers: number }>();
  let before: { readonly counts: Counts; readonly at: number } | undefined;
  let lastTick = performance.now();
  let looked = Number.NEGATIVE_INFINITY;
  let tapped: { readonly worker: number; gather(): void; close(): void } | undefined;
  let times = new Map<string, number[]>();

  function note({ backend, server, service }: RequestTimes): void {
    if (service === undefined) return;
    const name = `${backend}/${server}`;
    const known = times.get(name);
    if (known === undefined) times.set(name, [service]);
    else if (known.length < MOST_TIMES) known.push(service);
  }

  /** A new worker has a ring of its own; a connection to the old one would keep that alive. */
  async function lookForWorker(): Promise<void> {
    const isMeasured = [...pools.values()].some(({ isHttp }) => isHttp);
    if (performance.now() - looked < LOOK) return;
    looked = performance.now();
    const running = isMeasured ? await processes(layout) : undefined;
    const worker = running?.ok ? running.value.worker : undefined;
    if (worker === tapped?.worker) return;
    tapped?.close();
    tapped = undefined;
    if (worker === undefined) return;
    const tap = tapRequests(layout, note, () => {
      tapped = undefined;
    });
    tapped = { worker, gather: () => tap.gather(), close: () => tap.close() };
  }

  function follow(next: Desired): void {
    pools = new Map(
      next.backends
        .filter(({ measured, servers }) => measured || servers.some(({ telemetry }) => telemetry !== undefined))
        .map(({ name, protocol, servers }) => [name, { isHttp: protocol === 'http', servers: servers.length }]),
    );
  }

  async function countsNow(): Promise<Result<Counts, Fault>> {
    const servers = [...pools.values()].reduce((sum, pool) => sum + pool.servers, 0);
    if (before === undefined || servers <= FEW || performance.now() - before.at >= SECOND)
      return read(new Set(pools.keys()));
    const used = await inFlight(layout);
    return used.ok ? ok(withInFlight(before.counts, used.value)) : used;
  }

  follow(desired);
  return {
    follow,
    async tick() {
      if (pools.size === 0) return ok([]);
      await lookForWorker();
      tapped?.gather();
      const now = await countsNow();
      if (!now.ok) return now;
      if (tapped) await pause(MOMENT);
      const at = performance.now();
      const tick = at - lastTick;
      const loads = loadsOf(pools, before?.counts, now.value, times, tick);
      // A look at what is in flight alone leaves the rest as it was.
      const isWhole = now.value.queued !== before?.counts.queued;
      before = { counts: now.value, at: isWhole || before === undefined ? at : before.at };
      lastTick = at;
      times = new Map();
      return ok(loads);
    },
    close() {
      tapped?.close();
      tapped = undefined;
    },
  };
}

/** The last counts, with what is in flight now. */
const withInFlight = ({ servers, queued }: Counts, used: ReadonlyMap<string, number>): Counts => ({
  queued,
  servers: servers.map((server) => ({ ...server, inFlight: used.get(nameOf(server)) ?? server.inFlight })),
});

/** The pure part: two looks at the counters, and what was measured in between. */
export function loadsOf(
  pools: ReadonlyMap<string, { readonly isHttp: boolean }>,
  before: Counts | undefined,
  now: Counts,
  times: ReadonlyMap<string, readonly number[]>,
  tick: number,
): readonly PoolLoad[] {
  const was = new Map(before?.servers.map((server) => [nameOf(server), server]));
  const byPool = Map.groupBy(now.servers, ({ backend }) => backend);
  return [...pools].map(([backend, { isHttp }]) => ({
    backend,
    queued: now.queued.get(backend) ?? 0,
    tick,
    servers: (byPool.get(backend) ?? []).map((server) =>
      loadOf(was.get(nameOf(server)), server, isHttp ? (times.get(nameOf(server)) ?? []) : undefined),
    ),
  }));
}

const nameOf = ({ backend, server }: ServerCounts): string => `${backend}/${server}`;

function loadOf(
  was: ServerCounts | undefined,
  is: ServerCounts,
  serviceTimes: readonly number[] | undefined,
): ServerLoad {
  const done = since(was?.endedTotal, is.endedTotal);
  return {
    backend: is.backend,
    server: is.server,
    up: /^(UP|no check)/.test(is.status),
    inFlight: is.inFlight,
    queued: is.queued,
    weight: is.weight,
    limit: is.limit,
    done,
    failed: Math.min(done, since(was?.failedTotal, is.failedTotal)),
    serviceTimes,
    retries: since(was?.retriesTotal, is.retriesTotal),
  };
}

/** How far a counter has come. A new worker counts from the beginning. */
const since = (was: number | undefined, is: number): number =>
  was === undefined ? 0 : is >= was ? is - was : Math.max(0, is);
