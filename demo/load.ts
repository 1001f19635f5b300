import { setTimeout as delay } from 'node:timers/promises';
import type { Result } from '#lib';

export type LoadReport = {
  /** Pieces of work that were begun; each is ok or failed once it has ended. */
  readonly sent: number;
  readonly ok: number;
  /** How many of each reason. */
  readonly failures: ReadonlyMap<string, number>;
  /** First tries that failed, where another one followed. */
  readonly retried: number;
  /** Milliseconds of the slowest try, whether it failed or not. */
  readonly slowestMs: number;
  /** Milliseconds, of the latest successes. 0 before the first. */
  readonly medianMs: number;
};

export type Load = {
  /** How it stands. */
  report(): LoadReport;
  /** Begins nothing more, waits for what is under way and returns the whole account. */
  stop(): Promise<LoadReport>;
};

export type Pace = {
  /** How many work side by side. Default 1. */
  readonly workers?: number;
  /** Milliseconds a worker rests after each piece of work. Default 0. */
  readonly every?: number;
  /** How often a piece of work is tried before it counts as failed. Default 1. */
  readonly tries?: number;
};

const LATEST = 500;
/** A refused connection costs nothing: without a rest, a worker would count thousands of them. */
const REST_AFTER_FAILURE = 20;

/** Does `work` again and again, until it is stopped. It is told which worker it is for, from 0. */
export function startLoad(work: (worker: number) => Promise<Result<unknown, string>>, pace: Pace = {}): Load {
  const { workers = 1, every = 0, tries = 1 } = pace;
  const stopping = new AbortController();
  const failures = new Map<string, number>();
  const latest: number[] = [];
  let [sent, succeeded, retried, slowestMs] = [0, 0, 0, 0];

  const rest = async (milliseconds: number): Promise<void> => {
    if (milliseconds > 0) await delay(milliseconds, undefined, { signal: stopping.signal }).catch(() => undefined);
  };

  async function once(worker: number): Promise<void> {
    sent += 1;
    for (let left = tries; left > 0; left -= 1) {
      const began = performance.now();
      const outcome = await work(worker);
      const took = performance.now() - began;
      slowestMs = Math.max(slowestMs, took);
      if (outcome.ok) {
        succeeded += 1;
        latest.push(took);
        if (latest.length > LATEST) latest.shift();
        return;
      }
      await rest(Math.max(every, REST_AFTER_FAILURE));
      if (left > 1) retried += 1;
      else failures.set(outcome.error, (failures.get(outcome.error) ?? 0) + 1);
    }
  }

  async function keepWorking(worker: number): Promise<void> {
    while (!stopping.signal.aborted) {
      await once(worker);
      await rest(every);
    }
  }

  const report = (): LoadReport => ({
    sent,
    ok: succeeded,
    failures: new Map(failures),
    retried,
    slowestMs: Math.round(slowestMs),
    medianMs: Math.round(latest.toSorted((a, b) => a - b)[Math.floor(latest.length / 2)] ?? 0),
  });

  const working = Array.from({ length: workers }, (_, worker) => keepWorking(worker));
  return {
    report,
    async stop() {
      stopping.abort();
      await Promise.all(working);
      return report();
    },
  };
}

/** All failures together. */
export const failed = (report: LoadReport): number =>
  report.failures.values().reduce((total, count) => total + count, 0);
