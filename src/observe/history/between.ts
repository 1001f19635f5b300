import type { BackendSample, Samples, ServerSample } from '#engines/haproxy';
import type { Backend, Desired } from '#plan';

import type { Point, Points } from './point.ts';
import { addTimes, answeredBetween, type Times } from './times.ts';

/** Times of single requests, by `backend/server`. */
export type TimesOf = ReadonlyMap<string, Times>;

/**
 * What happened between two looks at the engine that lie `seconds` apart, by service. A server, or a service, that only one
 * of them knows is left out.
 */
export function between(
  desired: Desired,
  before: Samples,
  now: Samples,
  seconds: number,
  times: TimesOf,
): ReadonlyMap<string, Points> {
  const pools = { before: byBackend(before), now: byBackend(now) };
  const servers = { before: byServer(before), now: byServer(now) };
  const services = new Map<string, Map<string, Point>>();
  for (const backend of desired.backends) {
    const was = pools.before.get(backend.name);
    const is = pools.now.get(backend.name);
    if (was === undefined || is === undefined || isUnsure(backend, was, is)) continue;
    const points = services.get(backend.service) ?? new Map<string, Point>();
    services.set(backend.service, points);
    const own = backend.servers.flatMap(({ name }): readonly (readonly [string, Point])[] => {
      const key = `${backend.name}/${name}`;
      const [first, second] = [servers.before.get(key), servers.now.get(key)];
      if (first === undefined || second === undefined) return [];
      return [[`${backend.pool}/${name}`, serverPoint(backend, first, second, seconds, times.get(key) ?? NONE)]];
    });
    for (const [name, point] of own) points.set(name, point);
    const done = since(was.totalSessions, is.totalSessions);
    const failed =
      backend.protocol === 'http'
        ? since(was.serverErrors, is.serverErrors)
        : since(was.connectErrors, is.connectErrors) + since(was.responseErrors, is.responseErrors);
    const pool = poolPoint(
      { seconds, done, failed: Math.min(done, failed), queued: is.queued },
      own.map(([, point]) => point),
    );
    const others = points.get('');
    points.set('', others === undefined ? pool : beside(others, pool));
  }
  return services;
}

const NONE: Times = new Map();

const byBackend = ({ backends }: Samples) => new Map(backends.map((sample) => [sample.backend, sample]));

const byServer = ({ servers }: Samples) =>
  new Map(servers.map((sample): [string, ServerSample] => [`${sample.backend}/${sample.server}`, sample]));

/**
 * A relay that does not answer looks as if it had never done anything. When it answers again, what it did since it began is
 * not of this moment.
 */
const isUnsure = ({ relayed }: Backend, was: BackendSample, is: BackendSample): boolean =>
  relayed === true && is.totalSessions > 0 !== was.totalSessions > 0;

/** How far a counter has come. A new worker counts from the beginning. */
const since = (was: number, is: number): number => (is >= was ? is - was : is);

function serverPoint({ protocol }: Backend, was: ServerSample, is: ServerSample, seconds: number, times: Times): Point {
  const done = since(was.totalSessions, is.totalSessions);
  const failed =
    since(was.connectErrors, is.connectErrors) +
    since(was.responseErrors, is.responseErrors) +
    (protocol === 'http' ? since(was.serverErrors, is.serverErrors) : 0);
  const isTimed = protocol === 'http' && done > 0;
  return {
    seconds,
    done,
    failed: Math.min(done, failed),
    answered: isTimed ? done : 0,
    spent: isTimed ? done * is.responseTime : 0,
    times,
    ...(was.answerTimes && is.answerTimes && answeredBetween(was.answerTimes, is.answerTimes)),
    inFlight: is.sessions,
    queued: is.queued,
    weight: is.weight,
    limit: is.limit,
  };
}

/** A pool has what its servers have together; what is done is counted at the pool, for not all of it came to a server. */
const poolPoint = (own: Pick<Point, 'seconds' | 'done' | 'failed' | 'queued'>, servers: readonly Point[]): Point =>
  servers
    .map((server) => ({ ...server, done: 0, failed: 0 }))
    .reduce(beside, {
      answered: 0,
      spent: 0,
      inFlight: 0,
      weight: undefined,
      limit: undefined,
      times: NONE,
      ...own,
    });

/** What happened at the same time beside something else. */
const beside = (one: Point, other: Point): Point => ({
  ...one,
  done: one.done + other.done,
  failed: one.failed + other.failed,
  answered: one.answered + other.answered,
  spent: one.spent + other.spent,
  inFlight: one.inFlight + other.inFlight,
  queued: one.queued + other.queued,
  times: addTimes(one.times, other.times),
});
