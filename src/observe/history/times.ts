import type { AnswerTimes } from '#engines/haproxy';

/**
 * How long answers took, as a count for each class of times: classes can be added up over any time and any servers, and a
 * quantile read off the sum, which quantiles themselves do not allow.
 */
export type Times = ReadonlyMap<number, number>;

/** Each class is so much longer than the one before: what is read off is wrong by a tenth at the most. */
const RATIO = 1.2;

/** The class of a time in ms. */
export const classOf = (ms: number): number => Math.max(0, Math.round(Math.log(ms) / Math.log(RATIO)));

export function addTimes(one: Times, other: Times): Times {
  if (other.size === 0) return one;
  const sum = new Map(one);
  for (const [kind, count] of other) sum.set(kind, (sum.get(kind) ?? 0) + count);
  return sum;
}

/** In how many parts a bucket is taken apart, whose answers are taken to lie evenly in it. */
const PARTS = 8;

/** What was answered between two looks; where counting began anew meanwhile, since then. What took longest counts as the last bound. */
export function answeredBetween(
  was: AnswerTimes,
  is: AnswerTimes,
): { readonly answered: number; readonly spent: number; readonly times: Times } {
  const isAnew = is.sum < was.sum || is.buckets.some((count, index) => count < (was.buckets[index] ?? 0));
  const times = new Map<number, number>();
  let answered = 0;
  for (const [index, count] of is.buckets.entries()) {
    const more = isAnew ? count : count - (was.buckets[index] ?? 0);
    if (more === 0) continue;
    answered += more;
    const from = is.bounds[index - 1] ?? 0;
    const to = is.bounds[index] ?? from;
    for (let part = 0; part < PARTS; part++) {
      const kind = classOf(from + ((to - from) * (part + 0.5)) / PARTS);
      times.set(kind, (times.get(kind) ?? 0) + more / PARTS);
    }
  }
  return { answered, spent: isAnew ? is.sum : is.sum - was.sum, times };
}

/** The time in ms that a share (0–1) of the answers did not exceed; undefined where there were none. */
export function quantile(times: Times, share: number): number | undefined {
  const classes = [...times].toSorted(([one], [other]) => one - other);
  let left = share * classes.reduce((sum, [, count]) => sum + count, 0);
  for (const [kind, count] of classes) {
    left -= count;
    if (left <= 1e-9) return RATIO ** kind;
  }
  return undefined;
}
