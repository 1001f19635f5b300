import type { Fault, Result } from '#lib';
import { ok } from '#lib';
import type { OpenedChanges, State } from '#apply';
import { countsReader, type ServerShare, setShares } from '#engines/haproxy';
import { observeLoads, type PoolLoad, type ServerLoad, type TelemetryReading } from '#observe';
import {
  newPool,
  type Notice,
  notices,
  type Nudge,
  type PoolState,
  type PoolSteering,
  statusOf,
  steer,
  type SteeredPool,
  steeredPools,
} from '#steer';
import { pause } from '#system';

import { type Nudges, neutralShares, openNudges } from './nudges.ts';

/** How often pools are steered, ms: as often as the law is made for, and seldomer where there are many servers. */
const TICK = 100;
const LONGEST_TICK = 1_000;
const TICK_PER_SERVER = 0.5;

/** A nudge stands for so many ticks. */
const EXPIRES = 3;

export type Steering = {
  /** How every pool is steered that the spec wants steered or watched. */
  of(): readonly PoolSteering[];
  /** How many requests at once a server (`backend/server`) works on, as far as that was found. */
  foundLimit(key: string): number | undefined;
  close(): Promise<void>;
};

/** Tells of something that steering did to a server, or would do where it only observes. */
export type Teller = (pool: SteeredPool, notice: Notice) => void;

/** Steers the pools of the spec in force, and of each that comes after it, until closed. Then nothing is nudged any more. */
export function steerPools(
  { haproxy }: State,
  changes: OpenedChanges,
  telemetryOf: (key: string) => TelemetryReading | undefined,
  tell: Teller,
  take: (loads: readonly PoolLoad[]) => void,
): Steering {
  const stopping = new AbortController();
  let { desired } = changes.inForce();
  let pools = steeredPools(desired);
  let neutral = neutralShares(desired.backends.filter(({ steering }) => steering !== undefined));
  let interval = intervalFor(pools);
  const states = new Map<string, PoolState>();
  const loads = observeLoads(haproxy, desired);
  let nudges: Nudges | undefined;
  let trouble: Fault | undefined;

  changes.onChange((standing) => {
    ({ desired } = standing);
    pools = steeredPools(desired);
    const nudged = new Set([...(nudges?.nudged() ?? [])].map((name) => name.split('/')[0]));
    neutral = neutralShares(desired.backends.filter(({ name, steering }) => steering ?? nudged.has(name)));
    interval = intervalFor(pools);
    loads.follow(desired);
    nudges?.follow(neutral);
    const wanted = new Set(pools.map(({ backend }) => backend));
    for (const backend of states.keys()) if (!wanted.has(backend)) states.delete(backend);
  });

  function steerOne(pool: SteeredPool, load: PoolLoad | undefined): readonly Nudge[] {
    const before = states.get(pool.backend) ?? newPool;
    const telemetry = new Map(
      pool.servers.flatMap(({ server }) => {
        const reading = telemetryOf(`${pool.backend}/${server}`);
        return reading ? [[server, reading] as const] : [];
      }),
    );
    const { backend, servers, limits } = pool;
    const steered = steer(before, { backend, servers, load, telemetry }, limits);
    states.set(backend, steered.state);
    for (const notice of notices(before, steered.state)) tell(pool, notice);
    return steered.nudges.filter(({ inForce }) => inForce);
  }

  /** What is in force now and has to be something else. */
  function due(all: readonly Nudge[], seen: ReadonlyMap<string, PoolLoad>): readonly ServerShare[] {
    const allowed = nudges?.isUnguarded() ? [] : all;
    const wanted = new Map<string, ServerShare>(allowed.map((nudge) => [`${nudge.backend}/${nudge.server}`, nudge]));
    for (const name of nudges?.nudged() ?? []) {
      const share = neutral.get(name);
      if (share && !wanted.has(name)) wanted.set(name, share);
    }
    const running = new Map(
      [...seen.values()].flatMap(({ servers }) =>
        servers.map((server): [string, ServerLoad] => [`${server.backend}/${server.server}`, server]),
      ),
    );
    return [...wanted].flatMap(([name, share]) => {
      const is = running.get(name);
      return is && is.weight === share.weight && is.limit === share.limit ? [] : [share];
    });
  }

  async function tick(): Promise<void> {
    const steered = pools;
    if (steered.some(({ limits }) => limits.mode === 'on')) nudges ??= openNudges(haproxy, neutral);
    nudges?.beat(EXPIRES * interval);
    const heard = await loads.tick();
    if (heard.ok) take(heard.value);
    const seen = new Map(heard.ok ? heard.value.map((load) => [load.backend, load]) : []);
    // A change may have come meanwhile: its pools are steered at the next tick.
    const all = steered
      .filter((pool) => pools.includes(pool))
      .flatMap((pool) => steerOne(pool, seen.get(pool.backend)));
    const done = heard.ok && nudges ? await nudges.set(due(all, seen)) : heard;
    trouble = done.ok ? undefined : done.error;
  }

  async function keepSteering(): Promise<void> {
    const taken = await takeBackLeftovers();
    if (!taken.ok) trouble = taken.error;
    while (!stopping.signal.aborted) {
      const begun = performance.now();
      if (pools.length > 0 || (nudges?.nudged().size ?? 0) > 0) await tick();
      await pause(Math.max(1, begun + interval - performance.now()));
    }
  }

  /** What a controller nudged that was killed together with its watchdog, in pools that are not steered any more. */
  async function takeBackLeftovers(): Promise<Result<void, Fault>> {
    const others = desired.backends.filter(({ steering }) => steering?.mode !== 'on');
    const found = await countsReader(haproxy)(new Set(others.map(({ name }) => name)));
    if (!found.ok) return found;
    const configured = neutralShares(others);
    const left = found.value.servers.flatMap((server) => {
      const share = configured.get(`${server.backend}/${server.server}`);
      return share && (share.weight !== server.weight || share.limit !== server.limit) ? [share] : [];
    });
    return left.length > 0 ? setShares(haproxy, left) : ok(undefined);
  }

  const steering = keepSteering();
  return {
    of: () =>
      pools.map(({ backend, limits }) =>
        statusOf(backend, limits.mode, states.get(backend) ?? newPool, hindranceOf(limits.mode)),
      ),
    foundLimit(key) {
      const [backend = '', server = ''] = key.split('/');
      return states.get(backend)?.servers.get(server)?.limit.at;
    },
    async close() {
      stopping.abort();
      await steering;
      loads.close();
      await nudges?.close();
    },
  };

  function hindranceOf(mode: 'observe' | 'on'): string | undefined {
    if (mode === 'on' && nudges?.isUnguarded()) return 'the process that takes nudges back does not run';
    return trouble?.message;
  }
}

const intervalFor = (pools: readonly SteeredPool[]): number => {
  const servers = pools.reduce((sum, pool) => sum + pool.servers.length, 0);
  return Math.min(LONGEST_TICK, Math.max(TICK, Math.ceil(servers * TICK_PER_SERVER)));
};
