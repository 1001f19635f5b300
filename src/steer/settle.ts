import { proven } from './best.ts';
import { ceiling, inForce } from './limit.ts';
import { answerTime, isKnown } from './pace.ts';
import type { Share } from './share.ts';
import { trust } from './standing.ts';
import type { ServerState } from './state.ts';
import { asking, pressing } from './telemetry.ts';
import type { Configured, SteeringLimits } from './types.ts';

/** Weights move by so many percent of the configured weight in a tick at most, and not at all for less than the dead-band. */
const STEP = 25;
const DEAD_BAND = 5;

/** A fast server gets at most so many times its configured share. */
const MOST = 2;

/** A server this near to what is usual is as usual: what is left is chance. */
const USUAL = 1.3;

/**
 * With ticks up to this long, in ms, servers are steered by what happens now; with longer ones by what happened, and so less. In the simulator
 * full weights each second did harm where speeds change each second.
 */
const QUICK = 250;
export const sightOf = (tick: number): number => Math.min(1, QUICK / tick);

/** How often a resting server gets a request to see how it is, in ms. More often costs the tail, less often finds a healed server late. */
const PROBE = 1200;

/** One that takes long is asked seldomer, as each request that goes to see how it is has to wait for it: so many times what it takes, and at most so long, ms. */
const PROBE_TIMES = 6;
const MOST_PROBE = 5000;

type Bounds = {
  /** The highest limit of a server of the pool; 0: none has one. */
  readonly highest: number;
  readonly mayLimit: boolean;
  readonly tick: number;
};

/** What a server gets in the next tick. */
export function settled(
  state: ServerState,
  configured: Configured,
  share: Share | undefined,
  { highest, mayLimit, tick, ...limits }: SteeringLimits & Bounds,
): ServerState {
  const may = Math.min(configured.limit ?? Infinity, inForce(state.limit) ?? besides(state, highest));
  const limited = (limit: number): number | undefined => (mayLimit && limit !== Infinity ? limit : configured.limit);
  const { standing } = state;
  if (share === undefined) {
    // Out, on trial, down, or not seen: one at a time is what a trial is, and little where there are no limits.
    const weight = standing.is === 'out' ? 0 : standing.is === 'trial' && !mayLimit ? 100 * limits.floor || 1 : 100;
    return {
      ...state,
      share,
      resting: undefined,
      slowFor: 0,
      weight,
      limitNow: limited(standing.is === 'trial' ? 1 : may),
    };
  }
  const slowFor = share.ratio > 1.25 ? state.slowFor + tick : 0;
  if (share.needed === 0) {
    const resting = (state.resting ?? 0) + tick;
    const isProbed = resting >= probeAfter(state) && state.pace.inFlight === 0;
    return {
      ...state,
      share,
      slowFor,
      resting: isProbed ? 0 : resting,
      weight: isProbed ? 100 * limits.floor || 1 : 0,
      limitNow: limited(1),
    };
  }
  const part = trust(standing, limits.slowStart);
  const wanted = (100 / notable(share.ratio) ** sightOf(tick)) * pressing(state.felt, share.ratio) * asking(state.felt);
  const target = part * Math.min(100 * MOST, Math.max(100 * limits.floor, wanted));
  const limit = part < 1 && may !== Infinity ? Math.max(1, Math.ceil(may * part)) : may;
  return {
    ...state,
    share,
    slowFor,
    resting: undefined,
    weight: moved(state.weight, target, part < 1),
    limitNow: limited(Math.min(limit, share.needed ?? Infinity)),
  };
}

const probeAfter = ({ pace }: ServerState): number =>
  Math.min(MOST_PROBE, Math.max(PROBE, isKnown(pace) ? PROBE_TIMES * answerTime(pace) : 0));

/** The limit of a server for which none was found, beside others that have one. Twice what it was seen to do never starves it. */
function besides({ best }: ServerState, highest: number): number {
  return highest === 0 || proven(best) === 0 ? Infinity : Math.max(highest, ceiling(proven(best)));
}

const notable = (ratio: number): number => (ratio < USUAL && ratio > 1 / USUAL ? 1 : ratio);

/** Nothing for little, and never far at once. A server that was at nothing begins where it is to be. */
function moved(from: number, target: number, ramps: boolean): number {
  if (from === 0) return target;
  if (!ramps && Math.abs(target - from) < DEAD_BAND) return target === 100 ? target : from;
  return from + Math.max(-STEP, Math.min(STEP, target - from));
}
