import type { PoolLoad, ServerLoad } from '#observe';
import { bettered, newBest, proven } from './best.ts';
import { heldNow, whole } from './held.ts';
import { judged, type Seen, spareOf } from './judge.ts';
import { found, inForce, newLimit } from './limit.ts';
import { answerTime, isKnown, newPace, paced } from './pace.ts';
import { settled, sightOf } from './settle.ts';
import { shared } from './share.ts';
import { newSpread, variation, widened } from './spread.ts';
import { counted, newStanding } from './standing.ts';
import type { PoolState, ServerState } from './state.ts';
import { listened } from './telemetry.ts';
import type { Configured, Nudge, PoolInput, SteeringLimits } from './types.ts';

/** Ticks without a word from HAProxy after which everything is neutral. */
const MISSED = 3;

/** The pool's rate is an average over this time, in ms. */
const RATE_OVER = 1000;

/**
 * Where answers differ by more than this, it is not seen whether one takes long by itself or because of the crowd: then limits are not to be trusted. (p50 at 0.7 of
 * capacity where they differ by 2: 1.01; with limits 1.14.)
 */
const UNLIKE = 1.4;

/** How much more than it was seen to do a server is hoped to be able to do, as long as no limit is known. */
const HOPE = 1.3;

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
  const differs = variation(spread);
  const loads = new Map(load.servers.map((server) => [server.server, server]));
  const all = judged(
    input.servers.map((configured) => look(before, configured, input, load, loads, differs)),
    load,
    differs,
    limits,
  );
  const rate = smoothed(before.rate, load);
  const able = all.filter(({ state }) => state.standing.is === 'in' || state.standing.is === 'returning');
  const shares = shared(
    able.map(({ configured, state }) => ({
      server: configured.server,
      time: isKnown(state.pace) ? answerTime(state.pace) : undefined,
      slots: slotsOf(state, configured, limits),
      isResting: state.resting !== undefined,
    })),
    { rate, queued: load.queued, sight: sightOf(load.tick), mayRest: spareOf(all, limits) },
  );
  // Sessions that stay would take up a limit until nobody else had a place.
  const mayLimit = limits.findLimits && differs < UNLIKE && all.every(({ state }) => whole(state.held) === 0);
  // Beside servers with a limit, one without would get all that they do not take.
  const highest = Math.max(0, ...all.map(({ state }) => inForce(state.limit) ?? 0));
  const servers = all.map(({ configured, state }) => ({
    configured,
    state: settled(state, configured, shares.get(configured.server), { ...limits, highest, mayLimit, tick: load.tick }),
  }));
  const nudges = servers.map(({ configured, state }): Nudge => ({
    backend: input.backend,
    server: configured.server,
    weight: state.weight === 0 ? 0 : Math.min(256, Math.max(1, Math.round((configured.weight * state.weight) / 100))),
    limit: state.limitNow,
    inForce: limits.mode === 'on',
  }));
  const states = new Map(servers.map(({ configured, state }) => [configured.server, state]));
  return { state: { servers: states, rate, spread, missed: 0, nudges }, nudges };
}

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
  loads: ReadonlyMap<string, ServerLoad>,
  spread: number,
): Seen {
  const old = before.servers.get(configured.server) ?? newServer;
  const told = loads.get(configured.server);
  if (told === undefined) return { configured, load: told, state: newServer };
  const isFull = told.done === 0 && told.inFlight >= (told.limit ?? Infinity);
  const steady = Math.min(old.pace.inFlight, ...old.limit.levels) + whole(old.held);
  const held = heldNow(old.held, told, steady, pool.tick, old.best.time, pool.queued > 0 && isFull);
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
      limit: found(old.limit, load, old.pace.inFlight, pool.queued, pool.tick, proven(best), best.time),
      standing: counted(old.standing, load),
      felt: listened(old.felt, input.telemetry.get(configured.server), pool.tick),
    },
  };
}

/**
 * How many requests a server works on at once: its limit, once one is found and set. Before, a little more than was seen: only a server that gets more work
 * can show that it is able to.
 */
const slotsOf = (state: ServerState, configured: Configured, { findLimits }: SteeringLimits): number =>
  Math.min(
    (findLimits ? state.limit.at : undefined) ?? Math.max(1, HOPE * proven(state.best)),
    configured.limit ?? Infinity,
  );

function smoothed(before: number | undefined, load: PoolLoad): number {
  const rate = load.servers.reduce((sum, { done }) => sum + done, 0) / load.tick;
  const part = Math.min(1, load.tick / RATE_OVER);
  return before === undefined ? rate : before + (rate - before) * part;
}

/** HAProxy was not heard: what was said last stands for two more ticks; then everything is neutral, and what was known is forgotten. */
function unheard(before: PoolState, input: PoolInput, limits: SteeringLimits): Steered {
  const missed = before.missed + 1;
  if (missed < MISSED) return { state: { ...before, missed }, nudges: before.nudges };
  const nudges = input.servers.map((configured): Nudge => ({
    backend: input.backend,
    server: configured.server,
    weight: configured.weight,
    limit: configured.limit,
    inForce: limits.mode === 'on',
  }));
  return { state: { ...newPool, missed, nudges }, nudges };
}
