import type { Backend, BackendServer } from '#plan';

import type { Treatment } from '../status.ts';
import type { Change, Model, ServerModel } from './types.ts';

/** What steering saw of a pool: a part of `PoolSteering`, as it is and as a controller's answer has it. */
export type SeenSteering = { readonly rate?: number | undefined; readonly servers: readonly SeenServer[] };

type SeenServer = {
  readonly server: string;
  readonly treatment: Treatment;
  readonly answerTime?: number | undefined;
  readonly leastTime?: number | undefined;
  readonly inFlight: number;
  readonly foundLimit?: number | undefined;
  readonly provenLimit: number;
};

/** What was seen of a server, or is assumed of it. */
export type ObservedServer = {
  readonly name: string;
  /** ms for an answer while it is not crowded. */
  readonly time: number;
  /** How many requests it works on at once. */
  readonly workers: number;
  /** False: it gets nothing now, and shall not get anything. */
  readonly up: boolean;
};

/** The traffic of a pool, and what its servers are like. */
export type Observed = {
  /** Requests in a second. */
  readonly rate: number;
  readonly servers: readonly ObservedServer[];
  /** What had to be assumed, each in a sentence. */
  readonly assumed: readonly string[];
};

/** What shall happen to a pool. */
export type WhatIf = {
  /** Servers that end. */
  readonly failed: readonly string[];
  /** As many times the requests. */
  readonly load: number;
};

export const NOTHING: WhatIf = { failed: [], load: 1 };

/** What is said instead of what was seen. */
export type Said = {
  readonly rate?: number | undefined;
  /** ms. */
  readonly time?: number | undefined;
  readonly workers?: number | undefined;
};

/** A check as HAProxy does it where a server follows a check that is not known here, ms. */
const USUAL_CHECK = { interval: 2000, fall: 3, rise: 2 };

/** Servers whose times are this near to the middle one are taken to be alike: of some thirty answers, an average is not better known. */
const ALIKE = 0.4;

/** Below the one, and between the others, of what servers can do, a forecast is less sure: tried on pools that were simulated, it is off by a fifth. */
const IDLE = 0.6;
const BRINK = [0.75, 1.3] as const;

/** Servers that answer what comes in are at the most so busy: where they seem busier, they are faster than it seemed. */
const FULL = 0.9;

/** A server can do more than was seen of it: so many times what was seen, and one. */
const BEYOND_SEEN = 1.5;

/** How long the model runs in before anything is counted: the law has to learn. */
const WARM_UP = 60_000;
/** Requests to count, and the shortest and the longest time for it, ms. */
const REQUESTS = 8000;
const SHORTEST = 20_000;
const LONGEST = 300_000;
/** Servers fail so long after that, ms: what they have then is counted. */
const FAIL_AFTER = 1000;
/** More requests than this take the model too long; then it runs for a shorter time. */
const MOST = 30_000;

/** The servers that the model knows: backups and those with weight 0 are left out. */
export const modelled = ({ servers }: Backend): readonly BackendServer[] =>
  servers.filter(({ backup, weight }) => !backup && weight > 0);

/**
 * The traffic of a pool by what steering saw of it, or by what is said instead. Undefined parts: what is not known, in words.
 */
export function observed(
  backend: Backend,
  steering: SeenSteering | undefined,
  said: Said,
): Observed | { readonly missing: readonly string[] } {
  const seen = new Map(steering?.servers.map((server) => [server.server, server]));
  const servers = modelled(backend).map((server): Sighting => ({
    name: server.name,
    time: said.time ?? timeOf(seen.get(server.name)),
    workers: said.workers ?? workersOf(server, seen.get(server.name)),
    up: seen.get(server.name)?.treatment !== 'down',
  }));
  const rate = said.rate ?? steering?.rate;
  const { time, alike, found } = usualOf(servers);
  const workers = found ?? guessed(steering);
  const missing = [
    ...(rate === undefined || rate === 0 ? ['how many requests come in a second'] : []),
    ...(time === undefined ? ['how long an answer takes'] : []),
    ...(workers === undefined ? ['how many requests a server works on at once'] : []),
  ];
  if (missing.length > 0 || rate === undefined || time === undefined || workers === undefined) return { missing };
  const like = (server: Sighting): Omit<ObservedServer, 'name' | 'up'> =>
    alike.has(server) ? { time, workers } : { time: server.time ?? time, workers: server.workers ?? workers };
  const known = {
    rate,
    servers: servers.map((server) => {
      const its = like(server);
      return { name: server.name, time: its.time, workers: Math.max(1, Math.round(its.workers)), up: server.up };
    }),
    assumed: assumedOf(servers, found, workers),
  };
  return said.rate === undefined ? atLeastAsSeen(known) : known;
}

/** The rate that steering tells is of answers: what was answered can be. */
function atLeastAsSeen(known: Observed): Observed {
  const excess = busy(known, NOTHING) / FULL;
  if (excess <= 1 || !Number.isFinite(excess)) return known;
  return {
    ...known,
    servers: known.servers.map((server) => ({ ...server, time: server.time / excess })),
    assumed: [
      ...known.assumed,
      'servers are faster than it seemed, or work on more at once: what comes in is answered',
    ],
  };
}

type Sighting = Pick<ObservedServer, 'name' | 'up'> & {
  readonly time: number | undefined;
  readonly workers: number | undefined;
};

/** What is usual in a pool: servers that are nearly as fast as the middle one are taken to be alike, and averaged. */
function usualOf(servers: readonly Sighting[]): {
  readonly time: number | undefined;
  readonly alike: ReadonlySet<Sighting>;
  readonly found: number | undefined;
} {
  const middle = median(servers.map(({ time }) => time).filter((time) => time !== undefined)) ?? 1;
  const alike = servers.filter(({ time }) => time !== undefined && Math.abs(time / middle - 1) <= ALIKE);
  return {
    time: mean(alike.map(({ time }) => time)),
    alike: new Set(alike),
    found: mean(alike.map(({ workers }) => workers)) ?? mean(servers.map(({ workers }) => workers)),
  };
}

/** Somewhat more than any server was seen to work on at once. Undefined: nothing was seen. */
function guessed(steering: SeenSteering | undefined): number | undefined {
  const most = Math.max(0, ...(steering?.servers ?? []).map(({ provenLimit }) => provenLimit));
  return most > 0 ? Math.ceil(most * BEYOND_SEEN) + 1 : undefined;
}

function assumedOf(servers: readonly Sighting[], found: number | undefined, workers: number): readonly string[] {
  const named = (which: (server: Sighting) => boolean): string =>
    servers
      .filter(which)
      .map(({ name }) => name)
      .join(', ');
  const untimed = named(({ time }) => time === undefined);
  const unlimited = named((server) => server.workers === undefined);
  const limits =
    found === undefined
      ? `each server works on ${workers} requests at once: somewhat more than was seen, as no limit was found yet`
      : `${unlimited}: as many requests at once as the others, ${Math.round(found)}, as no limit was found yet`;
  return [
    ...(untimed === '' ? [] : [`${untimed}: as fast as the others, as not enough was seen`]),
    ...(unlimited === '' ? [] : [limits]),
  ];
}

/** An average of now, without what waiting for each other adds to it: beyond what a server works on, answers take longer in proportion. */
function timeOf(seen: SeenServer | undefined): number | undefined {
  if (seen?.answerTime === undefined) return seen?.leastTime;
  const { answerTime, leastTime = 0, inFlight, foundLimit } = seen;
  return Math.max(leastTime, answerTime / Math.max(1, foundLimit === undefined ? 1 : inFlight / foundLimit));
}

/** What steering found, else what the spec lets it have. */
const workersOf = ({ maxConnections }: BackendServer, seen: SeenServer | undefined): number | undefined =>
  seen?.foundLimit ?? maxConnections;

/** The pool as a model. What shall happen happens as the counting begins. `checks`: the check that counts for it, also where it follows another pool's. */
export function modelOf(
  backend: Backend,
  checks: Backend['check'],
  { rate, servers }: Observed,
  { failed, load }: WhatIf,
  seed: number,
): Model {
  const usual = median(servers.map(({ time }) => time)) ?? 1;
  const most = rate * Math.max(1, load);
  const warmUp = Math.min(WARM_UP, (MOST * 1000) / 2 / most);
  const counted = Math.min(LONGEST, Math.max(SHORTEST, (REQUESTS * 1000) / most), (MOST * 1000) / most);
  const configured = new Map(modelled(backend).map((server) => [server.name, server]));
  return {
    servers: servers.map((server): ServerModel => {
      const { weight, maxConnections } = configured.get(server.name) ?? {};
      const speed = usual / server.time;
      const script: readonly Change[] = [
        { at: 0, speed, running: server.up },
        ...(failed.includes(server.name) ? [{ at: warmUp + FAIL_AFTER, running: false }] : []),
      ];
      return {
        name: server.name,
        workers: server.workers,
        ...(weight !== undefined && { weight }),
        ...(maxConnections !== undefined && { limit: maxConnections }),
        script,
      };
    }),
    balance: backend.balance === 'roundrobin' ? 'roundrobin' : 'leastconn',
    rate: (at) => (at < warmUp ? rate : rate * load),
    service: { mean: usual, deviation: usual },
    duration: warmUp + counted,
    warmUp,
    timeouts: { server: backend.timeouts.server, queue: backend.timeouts.queue },
    retries: backend.retry.on.includes('connect') ? backend.retry.attempts : 0,
    checks: checks.type === 'follow' ? USUAL_CHECK : checks,
    seed,
  };
}

/** What part of what they can do the servers that run are asked for: above 1, more comes in than can be answered. */
export function busy({ rate, servers }: Observed, { failed, load }: WhatIf): number {
  const able = servers.filter(({ name, up }) => up && !failed.includes(name));
  return (rate * load) / 1000 / able.reduce((sum, { time, workers }) => sum + workers / time, 0);
}

/**
 * Why a forecast is not sure, in sentences.
 *
 * @param now, after how busy the servers are, as `busy` says it
 * @param isFound how many requests they work on at once was found, and not said
 */
export function doubts(now: number, after: number, isFound: boolean): readonly string[] {
  const isIdle = isFound && now < IDLE;
  const isBrink = after > BRINK[0] && after < BRINK[1];
  return [
    ...(isIdle
      ? [
          'The servers have little to do. How many requests they work on at once is often found too low then, and this may be too dark.',
        ]
      : []),
    ...(isBrink ? ['It is at the brink of what the servers can do: a small error decides whether they can.'] : []),
  ];
}

/** The average of what is known. Undefined: nothing is. */
function mean(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : known.reduce((sum, value) => sum + value, 0) / known.length;
}

/** Undefined: of nothing. */
export function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1];
}
