import { describe, expect, test } from 'vitest';
import { type Change, type Model, newPool, type Policy, run, type ServerModel, steer, summary } from '#steer';
import { input, LIMITS } from './support.ts';

/** The law as a policy of the simulator, and a look at what it sets at a time. */
function law(tick = 100, look: (at: number, weights: ReadonlyMap<string, number>) => void = () => {}): Policy {
  let state = newPool;
  return {
    tick,
    act: (seen) => {
      const names = seen.servers.map(({ server }) => server);
      const servers = seen.servers.map((server) => ({ ...server, backend: 'web' }));
      const asked = input({ backend: 'web', queued: seen.queued, tick, servers }, names);
      const told = steer(state, asked, LIMITS);
      state = told.state;
      look(seen.at, new Map(told.nudges.map(({ server, weight }) => [server, weight])));
      return told.nudges;
    },
  };
}

const pool = (rate: number, scripts: readonly (readonly Change[])[], more: Partial<Model> = {}): Model => ({
  servers: Array.from({ length: 6 }, (_, index): ServerModel => ({
    name: `s${index}`,
    workers: 4,
    script: scripts[index] ?? [],
  })),
  balance: 'leastconn',
  rate,
  service: { mean: 50, deviation: 50 },
  duration: 50_000,
  warmUp: 10_000,
  seed: 1,
  ...more,
});

const [QUARTER, WHOLE] = [{ speed: 0.25 }, { speed: 1 }];
const moving = Array.from({ length: 6 }, (_, index) =>
  Array.from({ length: 5 }, (_unused, turn): Change => ({
    at: turn * 10_000,
    ...(index % 3 === turn % 3 ? QUARTER : WHOLE),
  })),
);

describe('the law beside leastconn, on the same traffic', () => {
  test.each([
    ['a slow third that moves, at half load', 180, moving, 0.8],
    ['the same at 0.7', 252, moving, 0.9],
    ['the same at 0.9', 324, moving, 1],
    ['speeds 1.5/1/0.5', 336, [1.5, 1.5, 1, 1, 0.5, 0.5].map((speed) => [{ at: 0, speed }]), 0.97],
    ['all equal', 336, [], 1.05],
  ])('%s', (_, rate, scripts, bound) => {
    const model = pool(rate, scripts);
    const [base, steered] = [summary(run(model)), summary(run(model, law()))];
    expect(steered.p99).toBeLessThan(bound * base.p99);
    expect(steered.p50).toBeLessThan(1.15 * base.p50);
    expect(steered.count + steered.open).toBe(base.count + base.open);
  });

  test('ticks of a second do no harm', () => {
    const model = pool(252, moving);
    expect(summary(run(model, law(1000))).p99).toBeLessThan(1.05 * summary(run(model)).p99);
  });

  test('a server that answers errors at once is out within three seconds, and back within ten of healing', () => {
    const script = [
      { at: 15_000, failing: 1 },
      { at: 30_000, failing: 0 },
    ];
    let [out, back] = [Infinity, Infinity];
    const look = (at: number, weights: ReadonlyMap<string, number>): void => {
      const weight = weights.get('s0') ?? 0;
      if (at >= 15_000 && weight === 0) out = Math.min(out, at - 15_000);
      if (at >= 30_000 && weight >= 90) back = Math.min(back, at - 30_000);
    };
    const model = pool(240, [script]);
    const [base, steered] = [summary(run(model)), summary(run(model, law(100, look)))];
    expect(steered.failed).toBeLessThan(0.1 * base.failed);
    expect(out).toBeLessThan(3000);
    expect(back).toBeLessThan(10_000);
  });

  test.each([
    ['at half load', 240, 0.14],
    ['at 0.7, where it is called in by the queue alone', 336, 0.1],
  ])('a server that gets slower until it swaps is asked the seldomer the slower it is, %s', (_, rate, bound) => {
    const leaking = Array.from({ length: 30 }, (_unused, second): Change => ({
      at: 10_000 + second * 1000,
      speed: Math.max(0.01, 1 - second / 20),
    }));
    const models = [1, 2, 3].map((seed) =>
      pool(rate, [leaking], { timeouts: { server: 2000 }, duration: 80_000, seed }),
    );
    const failed = (policy?: () => Policy): number =>
      models.reduce((sum, model) => sum + summary(run(model, policy?.())).failed, 0);
    const [base, steered] = [failed(), failed(law)];
    expect(base).toBeGreaterThan(60);
    expect(steered).toBeLessThan(bound * base);
  });

  test('above its capacity, the urgent do not wait for the others', () => {
    const classes = [
      { name: 'stat', share: 0.1, rank: 0 },
      { name: 'routine', share: 0.9, rank: 2 },
    ];
    const model = pool(576, [], { classes, timeouts: { queue: 10_000 } });
    const [base, steered] = [run(model), run(model, law())];
    expect(summary(steered, 'stat').p99).toBeLessThan(0.2 * summary(base, 'stat').p99);
    // And nothing collapses: as many answers in a second as the servers can give.
    expect(summary(steered).count - summary(steered).failed).toBeGreaterThan(0.9 * 40 * 480);
  });

  test('nor where it was too much for a while before anything could be done', () => {
    const classes = [
      { name: 'stat', share: 0.1, rank: 0 },
      { name: 'routine', share: 0.9, rank: 2 },
    ];
    const model = pool(576, [], { classes, timeouts: { queue: 10_000 }, warmUp: 25_000, duration: 70_000 });
    const policy = law();
    const late: Policy = { ...policy, act: (seen) => (seen.at < 5_000 ? (policy.act(seen), []) : policy.act(seen)) };
    expect(summary(run(model, late), 'stat').p99).toBeLessThan(0.2 * summary(run(model), 'stat').p99);
  });
});
