import { addTimes, type Times } from './times.ts';

/** What was seen of a service or a server over some time. Everything in it adds up, over time as over servers. */
export type Point = {
  /** For how long it was seen. */
  readonly seconds: number;
  /** Requests, associations, messages or connections. */
  readonly done: number;
  readonly failed: number;
  /** Of `done`: those of which it is known how long they took, and what they took together, ms. */
  readonly answered: number;
  readonly spent: number;
  /** On average. */
  readonly inFlight: number;
  /** The most at one time. */
  readonly queued: number;
  /** On average; of a service undefined. */
  readonly weight: number | undefined;
  /** The last one; undefined where there is none. */
  readonly limit: number | undefined;
  /** Where every request is measured, as in pools that are steered, or every message, as by the relay. */
  readonly times: Times;
};

/** The points of a service: its own under an empty name, its servers' under `pool/server`. */
export type Points = ReadonlyMap<string, Point>;

/** Two stretches of time as one. */
export function joined(earlier: Point, later: Point): Point {
  const seconds = earlier.seconds + later.seconds;
  const average = (one: number, other: number): number =>
    seconds === 0 ? other : (one * earlier.seconds + other * later.seconds) / seconds;
  return {
    seconds,
    done: earlier.done + later.done,
    failed: earlier.failed + later.failed,
    answered: earlier.answered + later.answered,
    spent: earlier.spent + later.spent,
    inFlight: average(earlier.inFlight, later.inFlight),
    queued: Math.max(earlier.queued, later.queued),
    weight:
      earlier.weight === undefined || later.weight === undefined
        ? (later.weight ?? earlier.weight)
        : average(earlier.weight, later.weight),
    limit: later.limit ?? earlier.limit,
    times: addTimes(earlier.times, later.times),
  };
}

/** The same for all points of a service; what is only in one of them stays as it is. */
export function joinedAll(earlier: Points, later: Points): Points {
  const all = new Map(earlier);
  for (const [name, point] of later) {
    const before = all.get(name);
    all.set(name, before === undefined ? point : joined(before, point));
  }
  return all;
}

/** Points as they are stored: JSON, four digits of each number, names of fields left out. */
export const writePoints = (points: Points): string =>
  JSON.stringify(Object.fromEntries([...points].map(([name, point]) => [name, numbersOf(point)])));

/** What `writePoints` wrote. */
export const readPoints = (text: string): Points =>
  new Map(
    Object.entries(JSON.parse(text) as Readonly<Record<string, Numbers>>).map(([name, numbers]) => [
      name,
      pointOf(numbers),
    ]),
  );

/** The fields in the order of the type; of times, each class and its count. */
type Numbers = readonly (number | null)[];

const DIGITS = 4;
const short = (value: number): number => Number(value.toPrecision(DIGITS));

const numbersOf = (point: Point): Numbers => [
  short(point.seconds),
  short(point.done),
  short(point.failed),
  short(point.answered),
  short(point.spent),
  short(point.inFlight),
  point.queued,
  point.weight === undefined ? null : short(point.weight),
  point.limit ?? null,
  ...[...point.times].flatMap(([kind, count]) => [kind, short(count)]),
];

function pointOf([seconds, done, failed, answered, spent, inFlight, queued, weight, limit, ...rest]: Numbers): Point {
  const times = new Map<number, number>();
  for (let index = 0; index + 1 < rest.length; index += 2) times.set(rest[index] ?? 0, rest[index + 1] ?? 0);
  return {
    seconds: seconds ?? 0,
    done: done ?? 0,
    failed: failed ?? 0,
    answered: answered ?? 0,
    spent: spent ?? 0,
    inFlight: inFlight ?? 0,
    queued: queued ?? 0,
    weight: weight ?? undefined,
    limit: limit ?? undefined,
    times,
  };
}
