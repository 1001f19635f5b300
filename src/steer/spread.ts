import type { PoolLoad } from '#observe';

/**
 * How much the answers of one and the same server differ, because requests do: a chart is quick, a report is not. Old ticks fade. Only answers
 * of the same server and tick are compared, so that servers of different speeds, or one whose speed changes, are not taken for different requests.
 */
export type Spread = {
  /** Squares of the logarithms' distances from their mean, added up; and how many of them are free. */
  readonly squares: number;
  readonly free: number;
};

/** How many answers are remembered. */
const MEMORY = 2000;

/** Below a tenth of a millisecond the clock of the log says nothing. */
const LEAST = 0.1;

/** Beyond this, no time is an average of anything. */
const MOST = 6;

export const newSpread: Spread = { squares: 0, free: 0 };

export function widened(spread: Spread, { servers }: PoolLoad): Spread {
  let [squares, free] = [0, 0];
  for (const { serviceTimes = [] } of servers) {
    if (serviceTimes.length < 2) continue;
    const logs = serviceTimes.map((time) => Math.log(Math.max(time, LEAST)));
    const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length;
    squares += logs.reduce((sum, log) => sum + (log - mean) ** 2, 0);
    free += logs.length - 1;
  }
  const kept = Math.exp(-free / MEMORY);
  return { squares: spread.squares * kept + squares, free: spread.free * kept + free };
}

/**
 * The standard deviation of answers' times as a part of their mean, 1 at the least and 6 at the most, as it is of a log-normal. An average of n answers is off by
 * this ÷ √n: where it is twice as much, four times as many answers say the same.
 */
export function variation({ squares, free }: Spread): number {
  // As if some had been seen already that were as usual: a handful says little.
  const variance = (squares + USUAL * SEEN) / (free + SEEN);
  return Math.min(MOST, Math.max(1, Math.sqrt(Math.expm1(variance))));
}

const USUAL = Math.LN2;
const SEEN = 20;
