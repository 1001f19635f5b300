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
