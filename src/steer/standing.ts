import type { ServerLoad } from '#observe';
import { isSilent, type Pace } from './pace.ts';

/** Whether a server is trusted with work. Times in ms. */
export type Standing = {
  readonly is: 'in' | 'out' | 'trial' | 'returning' | 'down';
  readonly why: 'failing' | 'silent' | 'down';
  /** How long it has been so. */
  readonly for: number;
  /** How long it stays out before the next trial; it grows with every trial that failed. */
  readonly patience: number;
  /** In a trial: answers that were well. */
  readonly well: number;
  /** Answers and errors lately; old ones fade. */
  readonly answers: number;
  readonly errors: number;
};

/** How many answers are remembered in judging errors. */
const MEMORY = 20;

/** So many errors, such a share of all, and so many times the share of the other servers make an outlier. */
const ERRORS = 4;
const SHARE = 0.2;
const OTHERS = 3;

/** Out for a second at first, at most for six: a server that has healed is back within ten. */
const FIRST_PATIENCE = 1000;
const MOST_PATIENCE = 6000;

/** Good answers, one at a time, that end a trial well; and how long one may take. */
const WELL = 3;
const TRIAL = 2000;

/** How long it takes from a trial to the full share. */
const RETURN = 2000;

/** After so long in, earlier trials are forgotten. */
const FORGIVEN = 60_000;

export const newStanding: Standing = {
  is: 'in',
  why: 'down',
  for: FORGIVEN,
  patience: FIRST_PATIENCE,
  well: 0,
  answers: 0,
  errors: 0,
};

/**
 * What makes an outlier of a server, if anything does.
 *
 * @param others the share of errors in the answers of the rest of the pool
 */
export function outlier(
  standing: Standing,
  pace: Pace,
  usual: number,
  variation: number,
  others: number,
): 'failing' | 'silent' | undefined {
  const { answers, errors } = standing;
  if (errors >= ERRORS && errors / answers >= Math.max(SHARE, OTHERS * others)) return 'failing';
  return isSilent(pace, usual, variation) ? 'silent' : undefined;
}

export const counted = (standing: Standing, { done, failed }: ServerLoad): Standing => {
  const kept = Math.exp(-done / MEMORY);
  return { ...standing, answers: standing.answers * kept + done, errors: standing.errors * kept + failed };
};

const enter = (standing: Standing, is: Standing['is'], change: Partial<Standing> = {}): Standing => ({
  ...standing,
  is,
  for: 0,
  well: 0,
  ...change,
});

export const takenOut = (standing: Standing, why: 'failing' | 'silent'): Standing => enter(standing, 'out', { why });

/** The standing after one more tick, for a server that is not taken out in it. */
export function stood(standing: Standing, load: ServerLoad, tick: number, slowStart: number): Standing {
  const now = { ...standing, for: standing.for + tick };
  const well = load.done - load.failed;
  if (!load.up) return standing.is === 'down' ? now : enter(standing, 'down', { why: 'down' });
  switch (standing.is) {
    case 'down':
      return enter(now, 'returning', { answers: 0, errors: 0 });
    case 'out':
      // What it still has is a trial of its own.
      if (standing.why === 'silent' && well > 0) return enter(now, 'returning');
      return now.for >= standing.patience ? enter(now, 'trial') : now;
    case 'trial': {
      // Where nobody asks, nothing is known.
      const waits = load.inFlight > 0 && load.done === 0 ? now.for : 0;
      if (load.failed > 0 || waits > TRIAL)
        return enter(now, 'out', { patience: Math.min(MOST_PATIENCE, 2 * standing.patience) });
      const all = standing.well + well;
      return all >= WELL ? enter(now, 'returning', { answers: 0, errors: 0 }) : { ...now, well: all, for: waits };
    }
    case 'returning':
      return now.for >= rampOf(standing, slowStart) ? enter(now, 'in') : now;
    case 'in':
      return now.for >= FORGIVEN ? { ...now, patience: FIRST_PATIENCE } : now;
  }
}

const rampOf = ({ why }: Standing, slowStart: number): number => (why === 'down' ? slowStart : RETURN);

/** How much of its share a server gets for its standing. 0–1. */
export function trust(standing: Standing, slowStart: number): number {
  if (standing.is === 'out') return 0;
  if (standing.is !== 'returning') return 1;
  return Math.min(1, 0.25 + (0.75 * standing.for) / Math.max(1, rampOf(standing, slowStart)));
}
