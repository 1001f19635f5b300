import type { ServerLoad } from '#observe';

/** The best that was seen of a server lately: most answers in a ms, least ms for an answer. */
export type Best = {
  readonly rate: number;
  readonly time: number;
  /** The section being measured. */
  readonly answers: number;
  readonly spent: number;
  readonly elapsed: number;
};

/** Answers to a section: fewer, and chance makes the best too good; more, and a short rush is averaged away. */
const SECTION = 40;
/** A section of a server with little work ends after this time, if it has so many answers. */
const LONG = 1000;
const FEW = 16;

/** How long the best is remembered, in ms. At 40 s the median suffers at 0.9 of capacity (1.10, not 1.06): the best of another time misleads. */
const FADE = 20_000;

export const newBest: Best = { rate: 0, time: Infinity, answers: 0, spent: 0, elapsed: 0 };

/** @param isPressed the queue is long: then every server is crowded, and the least time is not seen again, so it does not fade */
export function bettered(best: Best, load: ServerLoad, before: number, tick: number, isPressed: boolean): Best {
  const answers = best.answers + Math.max(0, load.done - load.failed);
  const spent = best.spent + ((before + load.inFlight) / 2) * tick;
  const elapsed = best.elapsed + tick;
  if (answers < SECTION && !(elapsed >= LONG && answers >= FEW)) return { ...best, answers, spent, elapsed };
  const kept = Math.exp(-elapsed / FADE);
  return {
    rate: Math.max(answers / elapsed, best.rate * kept),
    time: Math.min(spent / answers, isPressed ? best.time : best.time / kept),
    answers: 0,
    spent: 0,
    elapsed: 0,
  };
}

/**
 * How many requests at once the server was seen to work on: Little's law at its best, the same that BBR makes of bandwidth and round trip.
 * It can work on as many; whether it can on more was not seen. 0: nothing is known.
 */
export const proven = ({ rate, time }: Best): number => (rate === 0 ? 0 : rate * time);
