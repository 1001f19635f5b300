import { expect, test } from 'vitest';
import type { Backend } from '#plan';
import {
  forecast,
  type Model,
  modelOf,
  newPool,
  type Observed,
  observed,
  type PoolSteering,
  run,
  statusOf,
  steer,
  type SteeredPool,
  summary,
} from '#steer';

import { desired } from '../plan/support.ts';
import { LIMITS, TICK } from './support.ts';

const NAMES = ['s1', 's2', 's3', 's4', 's5', 's6'];

/** A pool of a spec, with as many servers as there are names. */
function backendOf(names: readonly string[] = NAMES, more = ''): Backend {
  const servers = names.map((name, at) => `      ${name}: 10.0.0.${at + 1}:80`).join('\n');
  const text = `version: 1\nsite: harbour\nservices:\n  web:\n    preset: http\n    listen: 10.0.1.1:80\n    balance: leastconn\n${more}    servers:\n${servers}\n`;
  const [backend] = desired(text).backends;
  if (!backend) throw new Error('the spec has a pool');
  return backend;
}

const seenServer = (server: string, change: Partial<PoolSteering['servers'][number]> = {}) =>
  ({
    server,
    treatment: 'in',
    answerTime: 50,
    leastTime: 40,
    inFlight: 2,
    foundLimit: 4,
    provenLimit: 2.4,
    ...change,
  }) as const;

const known = (result: ReturnType<typeof observed>): Observed => {
  if ('missing' in result) throw new Error(result.missing.join('; '));
  return result;
};

test('what steering saw becomes a model: rate, speeds, workers, and what the spec says', () => {
  const backend = backendOf(NAMES.slice(0, 3), '    limits: { connections: 500 }\n');
  const servers = [seenServer('s1'), seenServer('s2', { answerTime: 200 }), seenServer('s3', { treatment: 'down' })];
  const seen = known(observed(backend, { rate: 80, servers }, {}));
  expect(seen).toMatchObject({ rate: 80, assumed: [] });
  const model = modelOf(backend, backend.check, seen, { failed: ['s1'], load: 1.5 }, 7);
  expect(model).toMatchObject({
    balance: 'leastconn',
    service: { mean: 50, deviation: 50 },
    timeouts: { server: backend.timeouts.server, queue: backend.timeouts.queue },
    checks: { interval: 2000 },
    seed: 7,
  });
  expect(model.servers.map(({ name, workers, script = [] }) => [name, workers, script[0]])).toEqual([
    ['s1', 4, { at: 0, speed: 1, running: true }],
    ['s2', 4, { at: 0, speed: 0.25, running: true }],
    ['s3', 4, { at: 0, speed: 1, running: false }],
  ]);
  const fails = model.servers[0]?.script?.[1];
  expect(fails).toMatchObject({ running: false });
  expect(fails?.at).toBeGreaterThan(model.warmUp);
  const rate = model.rate as (at: number) => number;
  expect([rate(0), rate(model.warmUp)]).toEqual([80, 120]);
});

test('what waiting for each other adds is not taken for slowness', () => {
  const backend = backendOf(NAMES.slice(0, 2));
  const crowded = seenServer('s1', { answerTime: 150, inFlight: 12 });
  const seen = known(observed(backend, { rate: 80, servers: [crowded, seenServer('s2')] }, {}));
  expect(seen.servers.map(({ time }) => time)).toEqual([50, 50]);
});

test('what is not known of one server is assumed as of the others, and said', () => {
  const backend = backendOf(NAMES.slice(0, 3));
  const servers = [
    seenServer('s1'),
    seenServer('s2', { answerTime: undefined, leastTime: undefined, foundLimit: undefined }),
    seenServer('s3'),
  ];
  const { servers: found, assumed } = known(observed(backend, { rate: 80, servers }, {}));
  expect(found[1]).toMatchObject({ time: 50, workers: 4 });
  expect(assumed).toEqual([
    's2: as fast as the others, as not enough was seen',
    's2: as many requests at once as the others, 4, as no limit was found yet',
  ]);
});

test('servers that answer so much are able to', () => {
  const servers = NAMES.slice(0, 2).map((name) => seenServer(name));
  const { servers: found, assumed } = known(observed(backendOf(NAMES.slice(0, 2)), { rate: 180, servers }, {}));
  expect(found[0]?.time).toBeCloseTo(40);
  expect(assumed).toEqual([expect.stringContaining('what comes in is answered')]);
  expect(known(observed(backendOf(NAMES.slice(0, 2)), { rate: 80, servers }, { rate: 180 })).servers[0]?.time).toBe(50);
});

test('without a limit of any server, somewhat more than was seen is assumed, and said', () => {
  const servers = NAMES.map((name) => seenServer(name, { foundLimit: undefined }));
  const { servers: found, assumed } = known(observed(backendOf(), { rate: 80, servers }, {}));
  expect(found[0]?.workers).toBe(5);
  expect(assumed).toEqual([expect.stringContaining('as no limit was found yet')]);
});

test('what is said comes before what was seen', () => {
  const steering = { rate: 80, servers: NAMES.map((name) => seenServer(name)) };
  const seen = known(observed(backendOf(), steering, { rate: 10, time: 5, workers: 2 }));
  expect(seen).toMatchObject({ rate: 10, servers: NAMES.map((name) => ({ name, time: 5, workers: 2 })) });
});

test.each([
  [
    {},
    ['how many requests come in a second', 'how long an answer takes', 'how many requests a server works on at once'],
  ],
  [{ rate: 40, workers: 4 }, ['how long an answer takes']],
])('what is missing is named: %j', (said, missing) => {
  expect(observed(backendOf(), undefined, said)).toEqual({ missing });
});

const POOL: SteeredPool = {
  backend: 'web',
  service: 'web',
  limits: LIMITS,
  servers: NAMES.map((server) => ({ server, weight: 100, limit: undefined })),
};

/** How steering sees a pool that is simulated, at the end of the run; it acts on it, or only watches. */
function watched(model: Model, isActing: boolean): PoolSteering {
  let state = newPool;
  run(model, {
    tick: TICK,
    act: ({ queued, servers }) => {
      const load = { backend: 'web', queued, tick: TICK, servers: servers.map((one) => ({ ...one, backend: 'web' })) };
      const steered = steer(state, { backend: 'web', servers: POOL.servers, telemetry: new Map(), load }, LIMITS);
      state = steered.state;
      return isActing ? steered.nudges : [];
    },
  });
  return statusOf('web', 'on', state);
}

test.each([
  [0.3, false],
  [0.7, false],
  [0.7, true],
])('a pool that is a model is foretold as it is, at %d of capacity, steered: %s', (load, isActing) => {
  const truth: Model = {
    servers: NAMES.map((name) => ({ name, workers: 4 })),
    balance: 'leastconn',
    rate: load * 480,
    service: { mean: 50, deviation: 50 },
    duration: 180_000,
    warmUp: 60_000,
    seed: 3,
  };
  const backend = backendOf();
  const seen = known(observed(backend, watched(truth, isActing), {}));
  const expected = forecast(backend, backend.check, undefined, seen, { failed: [], load: 1 }, 11).now;
  const measured = summary(run(truth));
  expect(expected.p50 / measured.p50).toBeGreaterThan(0.8);
  expect(expected.p50 / measured.p50).toBeLessThan(1.25);
  expect(expected.p99 / measured.p99).toBeGreaterThan(0.75);
  expect(expected.p99 / measured.p99).toBeLessThan(1.33);
  expect(expected.busy).toBeGreaterThan(0.6 * load);
  // At little load the limits that are found are too low: what is foretold is on the safe side.
  expect(expected.busy).toBeLessThan(2 * load);
});

const seen: Observed = {
  rate: 240,
  servers: NAMES.map((name) => ({ name, time: 50, workers: 4, up: true })),
  assumed: [],
};

test('a server that fails costs little, more load than there is costs much, and the same seed gives the same', () => {
  const backend = backendOf();
  const one = forecast(backend, backend.check, undefined, seen, { failed: ['s1'], load: 1 }, 1);
  expect(one.now.unanswered).toBe(0);
  expect(one.after.unanswered).toBeGreaterThan(0);
  expect(one.after.unanswered).toBeLessThan(0.01);
  expect(one.after.busy).toBeCloseTo(0.6);
  expect(one.otherwise).toBeUndefined();
  const much = forecast(backend, backend.check, undefined, seen, { failed: ['s1', 's2'], load: 2 }, 1);
  expect(much.after.busy).toBeCloseTo(1.5);
  expect(much.after.p50).toBeGreaterThan(5 * much.now.p50);
  expect(forecast(backend, backend.check, undefined, seen, { failed: ['s1'], load: 1 }, 1)).toEqual(one);
});

test('a pool that is steered is shown steered, and without; one that is watched the other way round', () => {
  const slow = { ...seen, servers: seen.servers.map((server, at) => (at < 2 ? { ...server, time: 200 } : server)) };
  const backend = backendOf();
  const on = forecast(backend, backend.check, POOL, slow, { failed: [], load: 1 }, 1);
  const observing = { ...POOL, limits: { ...LIMITS, mode: 'observe' as const } };
  const watching = forecast(backend, backend.check, observing, slow, { failed: [], load: 1 }, 1);
  expect([on.now.steered, on.after.steered, on.otherwise?.steered]).toEqual([true, true, false]);
  expect([watching.now.steered, watching.otherwise?.steered]).toEqual([false, true]);
  expect(on.now.p99).toBeLessThan(0.9 * (on.otherwise?.p99 ?? 0));
  expect(watching.otherwise).toEqual(on.now);
});
