import type { ServerLoad } from '#observe';

/**
 * How many requests a server works on at once, found from what more at once does to its answers. Up to that number they take as long as ever;
 * beyond it they wait for each other, and take longer in proportion. Every candidate number is such a curve, and each is compared with what is seen.
 *
 * Only answers of the same second are compared with each other, so that a server that becomes slow is not taken for one that is crowded.
 */
export type Limit = {
  /** Undefined: nothing speaks for a limit. */
  readonly at: number | undefined;
  /** For every candidate, how far answers were from its curve: squares of logarithms, added up. Old ones fade. */
  readonly misfits: readonly number[];
  /** The answers behind them. */
  readonly answers: number;
  /** The second under way. */
  /** What was in flight at the beginning of the last ticks, the newest first. */
  readonly levels: readonly number[];
  readonly glimpses: readonly Glimpse[];
  readonly elapsed: number;
  readonly ticks: number;
  /** Ticks of this second in which there was a queue while the server was full. */
  readonly bound: number;
  /** At the end of the last second the queue was long. */
  readonly isPressed: boolean;
};

/** One tick: what was in flight as it began, how many answers came, and the mean of the logarithms of their times. */
type Glimpse = { readonly level: number; readonly answers: number; readonly time: number };

/** What a limit can be: close together where one more or less matters. The last stands for none. */
// oxfmt-ignore
const CANDIDATES: readonly number[] = [
  1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 64, 80, 96, 128, 192, 256, Infinity,
];

/** Answers this near in time are compared, in ms; and so many ticks at least, or there is nothing to compare. */
const BLOCK = 1000;
const BLOCK_TICKS = 8;

/** A tick longer than so many answers' time says nothing: what was in flight as it began was gone before it ended. */
const BLIND = 8;

/** How long answers are remembered, in ms. A server's workers change seldom; at 10 s chance moves the limit (p99 at 0.9 of capacity 0.88, not 0.81). */
const FADE = 120_000;

/** How much likelier a lower limit has to be (as a logarithm) before a higher one is given up. A limit too high costs little, one too low starves. */
const SURE = 6;

/**
 * A limit is never lower than what the server was proven to work on at once. While it does not bind, little is proven of a server with little to
 * do, so it stays well above. Without that, limits starve: what they keep from being seen would have raised them.
 */
const MARGIN = 1.5;

/**
 * A limit that binds is never higher than so many times what was proven. A server that is able to do more shows it within the second, and the bound
 * goes up with it (it is BBR's gain of the window).
 */
const BEYOND = 2;

/**
 * While a limit binds it is one candidate higher for three ticks of twelve: else nothing would ever be seen beyond it. Where the queue is so many times the
 * limit, it is also without slack for three: then every server is full all the time, and only less shows whether less is enough.
 */
const CROWD = 50;
const TURN = 3;
const TURNS = 4;

/** From how many times what is usual on a server without a limit is crowded. */
const CROWDED = 4;

export const newLimit: Limit = {
  at: undefined,
  misfits: CANDIDATES.map(() => 0),
  answers: 0,
  levels: [],
  glimpses: [],
  elapsed: 0,
  ticks: 0,
  bound: 0,
  isPressed: false,
};

/** What a server is given at the most where it has to have a limit, and none was found. */
export const ceiling = (proven: number): number => Math.ceil(proven * BEYOND + 1);

/**
 * So many more than a server works on are given to it: its next request is there when the last one's answer is only on its way. On real HAProxy, limits of
 * exactly the number of workers made p50 at 0.9 of capacity 1.13 and p99 1.10 × leastconn's; one more, 1.00 and 0.94; two more, the same.
 */
const slack = (limit: number): number => Math.ceil(limit / 8);

/** The limit in force in the next tick. */
export function inForce({ at, bound, isPressed, ticks }: Limit): number | undefined {
  if (at === undefined) return undefined;
  const turn = Math.floor(ticks / TURN) % TURNS;
  if (turn === 1 && bound > 0) return finite(candidate(indexOf(at) + 1) + slack(at));
  if (turn === 3 && isPressed) return at;
  return at + slack(at);
}

/**
 * The limit after one more tick. Without times of single answers (outside HTTP) it stays as it is.
 *
 * @param before what was in flight as the tick began
 * @param proven what the server was seen to work on at once
 * @param least what an answer took at the least, ms
 */
export function found(
  limit: Limit,
  load: ServerLoad,
  before: number,
  queued: number,
  tick: number,
  proven: number,
  least: number,
): Limit {
  // A server with nothing to do says nothing.
  if (load.done === 0 && load.inFlight === 0 && before === 0 && limit.glimpses.length === 0) return limit;
  const levels = [Math.max(before, Math.min(before + 1, load.limit ?? Infinity)), ...limit.levels].slice(0, 10);
  const glimpse = glimpseOf(load, levels, tick);
  const next = {
    ...limit,
    levels,
    glimpses: glimpse ? [...limit.glimpses, glimpse] : limit.glimpses,
    elapsed: limit.elapsed + tick,
    ticks: limit.ticks + 1,
    bound:
      limit.bound + (queued > 0 && limit.at !== undefined && load.inFlight >= (inForce(limit) ?? limit.at) ? 1 : 0),
  };
  return next.elapsed < Math.max(BLOCK, BLOCK_TICKS * tick)
    ? next
    : judged(next, queued, proven, isCrowded(load, proven, least));
}

/** Many times the least time, with many times what it can work on: it began to be too much before a limit was found. */
const isCrowded = ({ serviceTimes = [], inFlight }: ServerLoad, proven: number, least: number): boolean =>
  proven >= 1 &&
  inFlight > CROWDED * proven &&
  serviceTimes.length > 0 &&
  serviceTimes.reduce((sum, time) => sum + time, 0) / serviceTimes.length > CROWDED * least;

function glimpseOf({ serviceTimes = [] }: ServerLoad, levels: readonly number[], tick: number): Glimpse | undefined {
  if (serviceTimes.length === 0) return undefined;
  // Below a tenth of a millisecond the clock of the log says nothing.
  const sum = serviceTimes.reduce((total, time) => total + Math.log(Math.max(time, 0.1)), 0);
  const mean = serviceTimes.reduce((total, time) => total + time, 0) / serviceTimes.length;
  if (tick > BLIND * mean) return undefined;
  // What was in flight when these answers were asked for.
  const level = levels[Math.floor(mean / tick)];
  return level === undefined ? undefined : { level, answers: serviceTimes.length, time: sum / serviceTimes.length };
}

function judged(limit: Limit, queued: number, proven: number, crowded: boolean): Limit {
  const over = { ...limit, glimpses: [], elapsed: 0, bound: 0, isPressed: queued > CROWD * (limit.at ?? Infinity) };
  // What takes so long that nobody knows what was in flight when it was asked for teaches nothing; what is proven is enough to begin with.
  if (crowded && limit.at === undefined) return { ...over, at: CANDIDATES.find((each) => each >= proven * MARGIN) };
  if (limit.glimpses.length === 0) return over;
  const kept = Math.exp(-limit.elapsed / FADE);
  const misfits = CANDIDATES.map((each, index) => (limit.misfits[index] ?? 0) * kept + misfit(limit.glimpses, each));
  const answers = limit.glimpses.reduce((sum, glimpse) => sum + glimpse.answers, limit.answers * kept);
  // What is there only because of the slack is not worked on.
  const worked = limit.at === undefined || limit.bound === 0 ? proven : Math.max(1, proven - slack(limit.at));
  const least = CANDIDATES.findIndex((each) => each >= worked * (limit.bound > 0 ? 1 : MARGIN));
  const most = CANDIDATES.findIndex((each) => each >= ceiling(worked));
  const able = Math.max(likeliest(misfits, answers), least);
  const wanted = limit.bound > 0 ? Math.min(most, able) : able;
  // One candidate a second, whatever is seen.
  const from = limit.at === undefined ? CANDIDATES.length - 1 : indexOf(limit.at);
  const to = limit.at === undefined || from > most ? wanted : from + Math.sign(wanted - from);
  return { ...over, at: finite(candidate(to)), misfits, answers };
}

/** How far this second's answers are from the curve of a candidate, at whatever speed the server had in it. */
function misfit(glimpses: readonly Glimpse[], limit: number): number {
  let [answers, sum, squares] = [0, 0, 0];
  for (const glimpse of glimpses) {
    const rest = glimpse.time - Math.log(Math.max(1, glimpse.level / limit));
    answers += glimpse.answers;
    sum += glimpse.answers * rest;
    squares += glimpse.answers * rest * rest;
  }
  return squares - (sum * sum) / answers;
}

/** The highest candidate that is not clearly worse than the best one, as its index. */
function likeliest(misfits: readonly number[], answers: number): number {
  const least = Math.min(...misfits);
  const worse = (2 * SURE * least) / Math.max(1, answers);
  return misfits.findLastIndex((each) => each - least <= worse);
}

const indexOf = (limit: number): number => CANDIDATES.indexOf(limit);
const candidate = (index: number): number => CANDIDATES[index] ?? Infinity;
const finite = (limit: number): number | undefined => (limit === Infinity ? undefined : limit);
