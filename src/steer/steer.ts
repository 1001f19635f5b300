import type { PoolLoad, ServerLoad } from '#observe';
import { bettered, newBest, proven } from './best.ts';
import { heldNow, whole } from './held.ts';
import { ceiling, found, inForce, newLimit } from './limit.ts';
import { answerTime, isKnown, newPace, paced } from './pace.ts';
import { type Share, shared, usualTime } from './share.ts';
import { newSpread, variation, widened } from './spread.ts';
import { counted, newStanding, outlier, stood, takenOut, trust } from './standing.ts';
import type { PoolState, ServerState } from './state.ts';
import { asking, listened, pressing } from './telemetry.ts';
import type { Configured, Nudge, PoolInput, SteeringLimits } from './types.ts';

/** Ticks without a word from HAProxy after which everything is neutral; and how many a nudge lives. */
const MISSED = 3;

/** The pool's rate is an average over this time, in ms. */
const RATE_OVER = 1000;

/** Weights move by so many percent of the configured weight in a tick at most, and not at all for less than the dead-band. */
const STEP = 25;
const DEAD_BAND = 5;

/** A fast server gets at most so many times its configured share. */
const MOST = 2;

/**
 * Where answers differ by more than this, it is not seen whether one takes long by itself or because of the crowd: then limits are not to be trusted. (p50 at 0.7 of
 * capacity where they differ by 2: 1.01; with limits 1.14.)
 */
const UNLIKE = 1.4;

/** A server this near to what is usual is as usual: what is left is chance. */
const USUAL = 1.3;

/** How much more than it was seen to do a server is hoped to be able to do, as long as no limit is known. */
const HOPE = 1.3;

/**
 * With ticks up to this long, in ms, servers are steered by what happens now; with longer ones by what happened, and so less. In the simulator
 * full weights each second did harm where speeds change each second.
 */
const QUICK = 250;
const sightOf = (tick: number): number => Math.min(1, QUICK / tick);

/** How often a resting server gets a request to see how it is, in ms. More often costs the tail, less often finds a healed server late. */
const PROBE = 1200;

export const newPool: PoolState = { servers: new Map(), rate: undefined, spread: newSpread, missed: 0, nudges: [] };

export type Steered = { readonly state: PoolState; readonly nudges: readonly Nudge[] };

/**
 * The law: from what HAProxy and the servers said in one tick to what each server should get in the next. Pure: the same state and input give the same
 * answer, whatever the order of the servers. In `observe` the answer is the same, marked as not to be done.
 */
export function steer(before: PoolState, input: PoolInput, limits: SteeringLimits): Steered {
  const { load } = input;
  if (load === undefined || load.tick <= 0) return unheard(before, input, limits);
  const spread = widened(before.spread, load);
  const seen = input.servers.map((configured) => look(before, configured, input, load, variation(spread)));
  const judged = judge(seen, load, variation(spread), limits);
  const rate = smoothed(before.rate, load);
  const able = judged.filter(({ state }) => state.standing.is === 'in' || state.standing.is === 'returning');
  const shares = shared(
    able.map(({ configured, state }) => ({
      server: configured.server,
      time: isKnown(state.pace) ? answerTime(state.pace) : undefined,
      slots: slotsOf(state, configured),
      isResting: state.resting !== undefined,
    })),
    { rate, queued: load.queued, sight: sightOf(load.tick), mayRest: spareOf(judged, limits) },
  );
  // Sessions that stay would take up a limit until nobody else had a place.
  const isAlike = variation(spread) < UNLIKE;
  const mayLimit = limits.findLimits && isAlike && judged.every(({ state }) => whole(state.held) === 0);
  // Beside servers with a limit, one without would get all that they do not take.
  const highest = Math.max(0, ...judged.map(({ state }) => inForce(state.limit) ?? 0));
  const servers = judged.map(({ configured, state }) => ({
    configured,
    state: settled(state, configured, shares.get(configured.server), { ...limits, highest, mayLimit, tick: load.tick }),
  }));
  const nudges = servers.map(({ configured, state }): Nudge => ({
    backend: input.backend,
    server: configured.server,
    weight: state.weight === 0 ? 0 : Math.min(256, Math.max(1, Math.round((configured.weight * state.weight) / 100))),
    limit: state.limitNow,
    expires: input.now + MISSED * input.interval,
    inForce: limits.mode === 'on',
  }));
  const states = new Map(servers.map(({ configured, state }) => [configured.server, state]));
  return { state: { servers: states, rate, spread, missed: 0, nudges }, nudges };
}

type Seen = { readonly configured: Configured; readonly load: ServerLoad | undefined; readonly state: ServerState };

const newServer: ServerState = {
  held: 0,
  pace: newPace,
  best: newBest,
  limit: newLimit,
  standing: newStanding,
  felt: { pressure: 0, wish: 1 },
  share: undefined,
  doubted: false,
  resting: undefined,
  slowFor: 0,
  weight: 100,
  limitNow: undefined,
};

/** One server's own facts, brought up to date. */
function look(
  before: PoolState,
  configured: Configured,
  input: PoolInput,
  pool: PoolLoad,
  spread: number,
): Seen {
  const old = before.servers.get(configured.server) ?? newServer;
  const told = pool.servers.find(({ server }) => server === configured.server);
  if (told === undefined) return { configured, load: told, state: newServer };
  const isFull = told.done === 0 && told.inFlight >= (told.limit ?? Infinity);
  const held = heldNow(old.held, told, old.pace.inFlight + whole(old.held), pool.tick, pool.queued > 0 && isFull);
  const load = { ...told, inFlight: Math.max(0, told.inFlight - whole(held)) };
  const best = bettered(old.best, load, old.pace.inFlight, pool.tick, old.limit.isPressed);
  return {
    configured,
    load,
    state: {
      ...old,
      held,
      pace: paced(old.pace, load, pool.tick, old.resting !== undefined, spread),
      best,
      limit: found(old.limit, load, old.pace.inFlight, pool.queued, pool.tick, proven(best)),
      standing: counted(old.standing, load),
      felt: listened(old.felt, input.telemetry.get(configured.server), pool.tick),
    },
  };
}

/** Who goes out, and who may come back. More outliers than may be out are not believed: then it is the view that is wrong. */
function judge(seen: readonly Seen[], pool: PoolLoad, spread: number, limits: SteeringLimits): readonly Seen[] {
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
function spareOf(seen: readonly Seen[], { mostOut }: SteeringLimits): number {
  const up = seen.filter(({ load }) => load?.up);
  const out = up.filter(({ state }) => state.standing.is === 'out' || state.standing.is === 'trial').length;
  return Math.max(0, Math.min(up.length - 1, Math.floor(up.length * mostOut)) - out);
}

/**
 * How many requests a server works on at once: its limit, once one is found. Before, a little more than was seen: only a server that gets more work
 * can show that it is able to.
 */
const slotsOf = (state: ServerState, configured: Configured): number =>
  Math.min(state.limit.at ?? Math.max(1, HOPE * proven(state.best)), configured.limit ?? Infinity);

function smoothed(before: number | undefined, load: PoolLoad): number {
  const rate = load.servers.reduce((sum, { done }) => sum + done, 0) / load.tick;
  const part = Math.min(1, load.tick / RATE_OVER);
  return before === undefined ? rate : before + (rate - before) * part;
}

type Bounds = {
  /** The highest limit of a server of the pool; 0: none has one. */
  readonly highest: number;
  readonly mayLimit: boolean;
  readonly tick: number;
};

/** What a server gets in the next tick. */
function settled(
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
    const isProbed = resting >= PROBE && state.pace.inFlight === 0;
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

/** The limit of a server for which none was found, beside others that have one. Twice what it was seen to do never starves it. */
function besides({ best }: ServerState, highest: number): number {
  return highest === 0 || proven(best) === 0 ? Infinity : Math.max(highest, ceiling(proven(best)));
}

const notable = (ratio: number): number => (ratio < USUAL && ratio > 1 / USUAL ? 1 : ratio);

/** Nothing for little, and never far at once. A server that was at nothing begins where it is to be. */
function moved(from: number, target: number, ramps: boolean): number {
  if (from === 0) return target;
  if (!ramps && Math.abs(target - from) < DEAD_BAND) return from;
  return from + Math.max(-STEP, Math.min(STEP, target - from));
}

/** HAProxy was not heard: what was said last stands until it expires; then everything is neutral, and what was known is forgotten. */
function unheard(before: PoolState, input: PoolInput, limits: SteeringLimits): Steered {
  const missed = before.missed + 1;
  if (missed < MISSED) return { state: { ...before, missed }, nudges: before.nudges };
  const nudges = input.servers.map((configured): Nudge => ({
    backend: input.backend,
    server: configured.server,
    weight: configured.weight,
    limit: configured.limit,
    expires: input.now + MISSED * input.interval,
    inForce: limits.mode === 'on',
  }));
  return { state: { ...newPool, missed, nudges }, nudges };
}
