import type { PoolLoad, ServerLoad } from '#observe';
import {
  type Configured,
  newPool,
  type Nudge,
  type PoolInput,
  type PoolState,
  steer,
  type SteeringLimits,
} from '#steer';

export const LIMITS: SteeringLimits = { mode: 'on', floor: 0.1, mostOut: 0.5, slowStart: 10_000, findLimits: true };
export const TICK = 100;

export const server = (name: string, change: Partial<ServerLoad> = {}): ServerLoad => ({
  backend: 'web',
  server: name,
  up: true,
  inFlight: 2,
  queued: 0,
  weight: 100,
  limit: undefined,
  done: 4,
  failed: 0,
  serviceTimes: Array.from({ length: change.done ?? 4 }, () => 50),
  retries: 0,
  ...change,
});

export const load = (servers: readonly ServerLoad[], queued = 0): PoolLoad => ({
  backend: 'web',
  queued,
  servers,
  tick: TICK,
});

export const input = (servers: PoolLoad | undefined, names: readonly string[]): PoolInput => ({
  backend: 'web',
  servers: names.map((name): Configured => ({ server: name, weight: 100, limit: undefined })),
  load: servers,
  telemetry: new Map(),
});

export type Told = { readonly state: PoolState; readonly nudges: readonly Nudge[] };

/** Tells the law one load after the other, each as often as it says. */
export function tell(
  loads: readonly (readonly [times: number, PoolLoad | undefined])[],
  from: PoolState = newPool,
  limits = LIMITS,
): Told {
  const names = [...new Set(loads.flatMap(([, each]) => each?.servers.map(({ server: name }) => name) ?? []))];
  const known = names.length > 0 ? names : [...from.servers.keys()];
  let told: Told = { state: from, nudges: [] };
  for (const [times, each] of loads) {
    for (let time = 0; time < times; time++) told = steer(told.state, input(each, known), limits);
  }
  return told;
}

export const nudgeOf = ({ nudges }: Told, name: string): Nudge => {
  const found = nudges.find(({ server: each }) => each === name);
  if (!found) throw new Error(`no nudge for ${name}`);
  return found;
};
