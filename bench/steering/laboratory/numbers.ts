import type { Asked } from './task.ts';

/** What a pass was like for those who asked. Times in ms, of answered requests; `failed` counts the others. */
export type Numbers = {
  readonly count: number;
  readonly failed: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly p999: number;
  /** In HAProxy's queue and on the way, until a server had it. */
  readonly waited: { readonly p50: number; readonly p99: number };
  /** What the timers of the load and of the servers add, ms. */
  readonly late: {
    readonly sent: number;
    readonly sentP99: number;
    readonly answered: number;
    readonly answeredP99: number;
  };
};

export function numbersOf(asked: readonly Asked[], kind?: string): Numbers {
  const mine = asked.filter((one) => kind === undefined || one.class === kind);
  const answered = mine.filter(({ status }) => status === 200);
  const took = sorted(answered.map((one) => one.took));
  const waited = sorted(answered.flatMap((one) => one.waited ?? []));
  const late = sorted(mine.map((one) => one.late));
  const answeredLate = sorted(answered.flatMap((one) => one.answeredLate ?? []));
  return {
    count: mine.length,
    failed: mine.length - answered.length,
    p50: quantile(took, 0.5),
    p95: quantile(took, 0.95),
    p99: quantile(took, 0.99),
    p999: quantile(took, 0.999),
    waited: { p50: quantile(waited, 0.5), p99: quantile(waited, 0.99) },
    late: {
      sent: quantile(late, 0.5),
      sentP99: quantile(late, 0.99),
      answered: quantile(answeredLate, 0.5),
      answeredP99: quantile(answeredLate, 0.99),
    },
  };
}

const sorted = (values: readonly number[]): Float64Array => Float64Array.from(values).toSorted();

const quantile = (values: ArrayLike<number>, share: number): number =>
  values[Math.min(values.length - 1, Math.floor(share * values.length))] ?? Number.NaN;

/** A ratio over seeds: its geometric mean, with the interval that has the true one in 95 of 100 cases (Student's t of the logarithms). */
export type Ratio = { readonly is: number; readonly from: number; readonly to: number };

/** Student's t, 97.5 %, by degrees of freedom from 1 on. */
const T = [12.71, 4.3, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26];

export function ratioOf(ratios: readonly number[]): Ratio {
  const logs = ratios.map(Math.log);
  const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length;
  const free = logs.length - 1;
  const deviation = Math.sqrt(logs.reduce((sum, log) => sum + (log - mean) ** 2, 0) / Math.max(1, free));
  const half = free < 1 ? Number.NaN : ((T[free - 1] ?? 1.96) * deviation) / Math.sqrt(logs.length);
  return { is: Math.exp(mean), from: Math.exp(mean - half), to: Math.exp(mean + half) };
}
