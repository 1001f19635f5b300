import type { PoolLoad, ServerLoad } from '#observe';
import { answerTime, isKnown, newPace } from './pace.ts';
import { usualTime } from './share.ts';
import { outlier, stood, takenOut } from './standing.ts';
import type { ServerState } from './state.ts';
import type { Configured, SteeringLimits } from './types.ts';

export type Seen = {
  readonly configured: Configured;
  readonly load: ServerLoad | undefined;
  readonly state: ServerState;
};

/** Who goes out, and who may come back. More outliers than may be out are not believed: then it is the view that is wrong. */
export function judged(seen: readonly Seen[], pool: PoolLoad, spread: number, limits: SteeringLimits): readonly Seen[] {
  const usual =
    usualTime(seen.flatMap(({ state }) => (isKnown(state.pace) ? [answerTime(state.pace)] : []))) ?? Infinity;
  const total = seen.reduce((sum, { state }) => sum + state.standing.answers, 0);
  const errors = seen.reduce((sum, { state }) => sum + state.standing.errors, 0);
  const verdicts = seen.map(({ load, state }) => {
    if (!load?.up || state.standing.is === 'out' || state.standing.is === 'trial') return undefined;
    const { standing } = state;
    const rest = Math.max(1, total - standing.answers);
    return outlier(standing, state.pace, usual, spread, Math.max(0, errors - standing.errors) / rest);
  });
  const doubted = verdicts.filter((verdict) => verdict !== undefined).length > spareOf(seen, limits);
  return seen.map(({ configured, load, state }, index) => {
    const verdict = verdicts[index];
    if (load === undefined) return { configured, load, state };
    const standing =
      verdict !== undefined && !doubted
        ? takenOut(state.standing, verdict)
        : stood(state.standing, load, pool.tick, limits.slowStart);
    // What a server was like before it went out says nothing of what it is like now.
    const isBack = standing.is === 'returning' && state.standing.is !== 'returning';
    const pace = isBack ? { ...newPace, inFlight: load.inFlight } : state.pace;
    return { configured, load, state: { ...state, pace, standing, doubted: doubted && verdict !== undefined } };
  });
}

/** How many more servers may be without work. One always has it. */
export function spareOf(seen: readonly Seen[], { mostOut }: SteeringLimits): number {
  const up = seen.filter(({ load }) => load?.up);
  const out = up.filter(({ state }) => state.standing.is === 'out' || state.standing.is === 'trial').length;
  return Math.max(0, Math.min(up.length - 1, Math.floor(up.length * mostOut)) - out);
}
