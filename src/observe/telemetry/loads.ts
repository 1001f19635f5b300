import type { Fault, Result } from '#lib';
import { ok } from '#lib';
import {
  type Counts,
  countsReader,
  type Layout,
  processes,
  type RequestTimes,
  type ServerCounts,
  tapRequests,
} from '#engines/haproxy';
import type { Desired } from '#plan';
import { pause } from '#system';

import type { PoolLoad, ServerLoad } from './types.ts';

/** Follows the load of the pools that are steered. */
export type LoadObserver = {
  /** What HAProxy knows of each pool since the last call; nothing at the first. Up to ten times a second. */
  tick(): Promise<Result<readonly PoolLoad[], Fault>>;
  /** Follows the pools of this plan from now on. */
  follow(desired: Desired): void;
  close(): void;
};

/** The most service times of one server that are kept for a tick. */
const MOST_TIMES = 200;

/** How often to look for a new worker, ms. */
const LOOK = 500;

/** What was read of requests arrives a moment after it was asked for, ms. */
const MOMENT = 6;

export function observeLoads(layout: Layout, desired: Desired): LoadObserver {
  const read = countsReader(layout);
  let pools = new Map<string, { readonly isHttp: boolean }>();
  let before: Counts | undefined;
  let lastTick = performance.now();
  let looked = Number.NEGATIVE_INFINITY;
  let tapped: { readonly worker: number; gather(): void; close(): void } | undefined;
  let times = new Map<string, number[]>();

  // How soon a server fails says nothing of how long it takes.
  function note({ backend, server, status, service }: RequestTimes): void {
    if (service === undefined || status >= 500) return;
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
        .filter(({ steering }) => steering !== undefined)
        .map(({ name, protocol }) => [name, { isHttp: protocol === 'http' }]),
    );
  }

  follow(desired);
  return {
    follow,
    async tick() {
      if (pools.size === 0) {
        before = undefined;
        return ok([]);
      }
      await lookForWorker();
      tapped?.gather();
      const now = await read(new Set(pools.keys()));
      if (!now.ok) return now;
      if (tapped) await pause(MOMENT);
      const at = performance.now();
      const tick = at - lastTick;
      const loads = before ? loadsOf(pools, before, now.value, times, tick) : [];
      before = now.value;
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

/** The pure part: two looks at the counters, and what was measured in between. */
export function loadsOf(
  pools: ReadonlyMap<string, { readonly isHttp: boolean }>,
  before: Counts,
  now: Counts,
  times: ReadonlyMap<string, readonly number[]>,
  tick: number,
): readonly PoolLoad[] {
  const was = new Map(before.servers.map((server) => [nameOf(server), server]));
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
