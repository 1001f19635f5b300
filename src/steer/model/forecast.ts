import type { Backend } from '#plan';

import type { SteeredPool } from '../pools.ts';
import { lawful } from './lawful.ts';
import { busy, median, modelOf, NOTHING, type Observed, type WhatIf } from './observed.ts';
import { run } from './run.ts';
import { type Summary, summary } from './summary.ts';

/** What is to be expected of a pool. Times in ms. */
export type Expected = {
  readonly steered: boolean;
  readonly p50: number;
  readonly p99: number;
  /** Requests in HAProxy's queue, on average. */
  readonly queued: number;
  /** How long requests wait there. */
  readonly waited: { readonly mean: number; readonly p99: number };
  /** The share of requests that get no answer, 0–1. */
  readonly unanswered: number;
  /** The part of what the servers can do that is asked of them; above 1, more comes in than can be answered. */
  readonly busy: number;
};

export type Forecast = {
  readonly now: Expected;
  readonly after: Expected;
  /** The same with steering where the spec only observes, and without where it steers; undefined: the pool is not steered. */
  readonly otherwise: Expected | undefined;
};

/** How often the law acts in the product with up to some hundred servers, ms. */
const TICK = 100;
const SEEDS = 3;

/**
 * What the model expects of a pool: as it is, and with what shall happen to it. Medians of three runs; the same seed gives the same.
 *
 * @param checks the check that counts for the pool, also where it follows another
 * @param steered how it is steered by the spec; undefined: it is not
 */
export function forecast(
  backend: Backend,
  checks: Backend['check'],
  steered: SteeredPool | undefined,
  seen: Observed,
  whatIf: WhatIf,
  seed: number,
): Forecast {
  const expect = (what: WhatIf, isSteered: boolean): Expected => {
    const runs = Array.from({ length: SEEDS }, (_, turn) => {
      const model = modelOf(backend, checks, seen, what, seed + turn);
      const policy =
        isSteered && steered ? lawful(TICK, { ...steered.limits, mode: 'on' }, steered.servers) : undefined;
      return summary(run(model, policy));
    });
    return expected(runs, isSteered, seen.rate * what.load, busy(seen, what));
  };
  const isOn = steered?.limits.mode === 'on';
  return {
    now: expect(NOTHING, isOn),
    after: expect(whatIf, isOn),
    otherwise: steered && expect(whatIf, !isOn),
  };
}

function expected(runs: readonly Summary[], steered: boolean, rate: number, isBusy: number): Expected {
  const of = (value: (one: Summary) => number): number => median(runs.map(value)) ?? 0;
  const waited = of((one) => one.waited.mean);
  return {
    steered,
    p50: of((one) => one.p50),
    p99: of((one) => one.p99),
    queued: (rate * waited) / 1000,
    waited: { mean: waited, p99: of((one) => one.waited.p99) },
    unanswered: of((one) => one.failed / Math.max(1, one.count)),
    busy: isBusy,
  };
}
