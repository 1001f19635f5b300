import type { ServerLoad } from '#observe';

/** How long a server's answers take now, from what was in flight and what was answered. */
export type Pace = {
  /** Answers that the estimate rests on; old ones fade. */
  readonly answers: number;
  /** The time that requests spent at the server over the same time, added up. Request-ms. */
  readonly spent: number;
  /** Answers ever, as far as it matters: below `EVIDENCE` nothing is known. */
  readonly seen: number;
  /** Request-ms since the last answer, of what came after it. */
  readonly silence: number;
  /** What was in flight when the last answer came: some requests take long, and say nothing. */
  readonly base: number;
  /** The time for an answer when the last one came, ms. */
  readonly lately: number;
  readonly inFlight: number;
};

/**
 * How many answers the estimate remembers: it follows a server as fast as it answers. Fewer call healthy servers slow (all equal, p50 at 0.7 of
 * capacity: 1.04 at 16, 1.01 at 24), more see a slow one late (slow third moving each second, p99 at 0.5: 0.86 at 16, 0.89 at 32).
 */
const MEMORY = 24;

/** What is remembered of a resting server, so that the few answers of its probes count. */
const RESTING_MEMORY = 6;

/** Fewer answers than this say nothing. */
const EVIDENCE = 5;

/** No answer takes less, in ms: what is shorter is not measured. */
const LEAST = 0.1;

/** A tick is long from so many answers' time on. */
const LONG_TICK = 2.5;

/**
 * How many answers have to be missing in a row, and how many requests at once have to wait for one: with log-normal times, a healthy server does that once in
 * some ten thousand.
 */
const MISSING = 10;
const SEVERAL = 3;

export const newPace: Pace = { answers: 0, spent: 0, seen: 0, silence: 0, base: 0, lately: 0, inFlight: 0 };

/**
 * Little's law: time per answer = what was in flight, times the time, by what was answered. It needs no log, counts requests that are
 * still stuck, and so sees a server slow down or stall before its slow answers come. Errors are no answers: they come fast.
 *
 * @param variation how much answers differ: the more, the more of them are remembered. By the square it would be as sure of each; but what waits in a server's own
 *   queue makes answers alike, and so the variation is seen too small. By the fourth power steering hardly hurts where answers differ by 2 (p50 at 0.9 of capacity 1.04;
 *   by the third 1.07; without 2.4 where they differ by 4).
 */
export function paced(pace: Pace, load: ServerLoad, tick: number, isResting: boolean, variation: number): Pace {
  const answers = Math.max(0, load.done - load.failed);
  const spent = spentIn(pace, load, answers, tick);
  // What should have come fades memory as much as what came: silence is news.
  const news = Math.max(answers, isKnown(pace) ? spent / answerTime(pace) : 0);
  const kept =
    Math.exp(-news / (MEMORY * variation ** 4)) *
    (isResting ? Math.min(1, RESTING_MEMORY / Math.max(1, pace.answers)) : 1);
  const base = answers > 0 ? load.inFlight : Math.min(pace.base, load.inFlight);
  const now = {
    answers: pace.answers * kept + answers,
    spent: pace.spent * kept + spent,
    seen: Math.min(EVIDENCE, pace.seen + answers),
    silence: load.inFlight === base ? 0 : pace.silence + (load.inFlight - base) * tick,
    base,
    lately: pace.lately,
    inFlight: load.inFlight,
  };
  return answers > 0 ? { ...now, lately: answerTime(now) } : now;
}

/**
 * What was in flight at the ends of a tick says little of a tick in which much came and went; then the times of the answers are added up.
 * Where the tick is short, or nothing came, what was in flight is the better witness: it has the answers that are still to come.
 */
function spentIn(pace: Pace, { inFlight, serviceTimes = [] }: ServerLoad, answers: number, tick: number): number {
  const isShort = !isKnown(pace) || tick < LONG_TICK * answerTime(pace);
  if (isShort || answers === 0 || serviceTimes.length === 0) return ((pace.inFlight + inFlight) / 2) * tick;
  return (answers * serviceTimes.reduce((sum, time) => sum + time, 0)) / serviceTimes.length;
}

export const isKnown = (pace: Pace): boolean => pace.seen >= EVIDENCE;

/** ms from dispatch to answer, as it is now. */
export const answerTime = (pace: Pace): number => Math.max(LEAST, pace.spent / Math.max(pace.answers, 0.5));

/** It has requests, and should have answered several of them by now at the pace it had. */
export const isSilent = (pace: Pace, usual: number, variation: number): boolean =>
  isKnown(pace) &&
  pace.silence > MISSING * variation * Math.max(usual, pace.lately) &&
  pace.inFlight - pace.base >= SEVERAL;
