import type { Ended, Outcome } from './types.ts';

/** Times in ms. Of answered requests only; `failed` and `open` are counts. */
export type Summary = {
  readonly count: number;
  readonly failed: number;
  readonly open: number;
  readonly mean: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly p999: number;
  readonly waited: { readonly mean: number; readonly p99: number };
};

/** What a run was like for those who asked, all of them or one class. */
export function summary({ ended, open }: Outcome, ofClass?: string): Summary {
  const mine = ended.filter((request) => ofClass === undefined || request.class === ofClass);
  const answered = mine.filter(({ failed }) => !failed);
  const took = sorted(answered, ({ took: time }) => time);
  const waited = sorted(mine, ({ waited: time }) => time);
  return {
    count: mine.length,
    failed: mine.length - answered.length,
    open,
    mean: meanOf(took),
    p50: quantile(took, 0.5),
    p95: quantile(took, 0.95),
    p99: quantile(took, 0.99),
    p999: quantile(took, 0.999),
    waited: { mean: meanOf(waited), p99: quantile(waited, 0.99) },
  };
}

const sorted = (ended: readonly Ended[], value: (request: Ended) => number): Float64Array =>
  Float64Array.from(ended, value).toSorted();

/** NaN where there is nothing. */
const quantile = (sortedTimes: ArrayLike<number>, share: number): number =>
  sortedTimes[Math.min(sortedTimes.length - 1, Math.floor(share * sortedTimes.length))] ?? Number.NaN;

const meanOf = (times: Float64Array): number => times.reduce((sum, time) => sum + time, 0) / times.length;
