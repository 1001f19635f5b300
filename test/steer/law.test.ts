import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PoolLoad, TelemetryReading } from '#observe';
import { newPool, type Nudge, random, steer } from '#steer';
import { input, LIMITS, load, nudgeOf, server, tell } from './support.ts';

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'];

/** What HAProxy could say of a pool in one tick, likely or not. */
const anyServer = (name: string) =>
  fc
    .record({
      up: fc.boolean(),
      inFlight: fc.nat(300),
      done: fc.nat(60),
      failing: fc.double({ min: 0, max: 1, noNaN: true }),
      time: fc.double({ min: 0, max: 60_000, noNaN: true }),
      limit: fc.option(fc.integer({ min: 1, max: 300 }), { nil: undefined }),
    })
    .map(({ failing, time, done, ...rest }) =>
      server(name, {
        ...rest,
        done,
        failed: Math.floor(done * failing),
        serviceTimes: Array.from({ length: done }, () => time),
      }),
    );
const anyLoad = fc
  .tuple(fc.tuple(...NAMES.map(anyServer)), fc.nat(1000))
  .map(([servers, queued]) => load(servers, queued));
const anyStory = fc.array(fc.tuple(fc.integer({ min: 1, max: 20 }), fc.option(anyLoad, { nil: undefined })), {
  minLength: 1,
  maxLength: 12,
});

const states = (nudges: readonly Nudge[]) => nudges.map(({ server: name, weight, limit }) => ({ name, weight, limit }));

describe('whatever is seen', () => {
  test('weights and limits stay within their bounds, and the floor is kept by whoever is in', () => {
    fc.assert(
      fc.property(anyStory, (story) => {
        let told = { state: newPool, nudges: [] as readonly Nudge[] };
        for (const [times, each] of story) {
          for (let time = 0; time < times; time++) {
            told = steer(told.state, input(each, NAMES), LIMITS);
            for (const { weight, limit } of told.nudges) {
              expect(Number.isInteger(weight) && weight >= 0 && weight <= 256).toBe(true);
              if (limit !== undefined) expect(Number.isInteger(limit) && limit >= 1).toBe(true);
            }
            for (const { server: name, weight } of told.nudges) {
              const state = told.state.servers.get(name);
              if (state?.standing.is === 'in' && state.share?.needed !== 0) expect(weight).toBeGreaterThanOrEqual(10);
            }
          }
        }
      }),
      { numRuns: 150 },
    );
  });

  test('no more servers are without work than may be, and one always has it', () => {
    fc.assert(
      fc.property(anyStory, (story) => {
        // A server that comes up or goes down between two ticks changes how many may be out.
        const alive = story.map(
          ([times, each]) =>
            [times, each && { ...each, servers: each.servers.map((one) => ({ ...one, up: true })) }] as const,
        );
        const { nudges } = tell([...alive, [1, load(NAMES.map((name) => server(name)))]]);
        expect(nudges.filter(({ weight }) => weight === 0).length).toBeLessThanOrEqual(NAMES.length / 2);
      }),
      { numRuns: 150 },
    );
  });

  test('a limit never is above the configured one', () => {
    fc.assert(
      fc.property(
        fc.array(anyLoad, { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 20 }),
        (loads, limit) => {
          let state = newPool;
          for (const each of loads) {
            const asked = input(each, NAMES);
            const told = steer(state, { ...asked, servers: asked.servers.map((one) => ({ ...one, limit })) }, LIMITS);
            state = told.state;
            for (const nudge of told.nudges) expect(nudge.limit).toBeLessThanOrEqual(limit);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  test('the order of the servers makes no difference', () => {
    fc.assert(
      fc.property(anyStory, (story) => {
        const turned = story.map(
          ([times, each]) => [times, each && { ...each, servers: each.servers.toReversed() }] as const,
        );
        const byName = (nudges: readonly Nudge[]) => states(nudges).toSorted((a, b) => a.name.localeCompare(b.name));
        const names = [...NAMES].toReversed();
        const [one, other] = [
          [story, NAMES],
          [turned, names],
        ].map(([loads, order]) => {
          let state = newPool;
          let nudges: readonly Nudge[] = [];
          for (const [times, each] of loads as typeof story) {
            for (let time = 0; time < times; time++)
              ({ state, nudges } = steer(state, input(each, order as string[]), LIMITS));
          }
          return byName(nudges);
        });
        expect(one).toEqual(other);
      }),
      { numRuns: 100 },
    );
  });

  test('the same again gives the same, and `observe` only differs in what is in force', () => {
    fc.assert(
      fc.property(fc.array(anyLoad, { minLength: 1, maxLength: 20 }), (loads) => {
        const [once, again, observed] = [LIMITS, LIMITS, { ...LIMITS, mode: 'observe' as const }].map((limits) => {
          let state = newPool;
          return loads.flatMap((each) => {
            const told = steer(state, input(each, NAMES), limits);
            state = told.state;
            return told.nudges;
          });
        });
        expect(states(again!)).toEqual(states(once!));
        expect(states(observed!)).toEqual(states(once!));
        expect(observed!.every(({ inForce }) => !inForce)).toBe(true);
        expect(once!.every(({ inForce }) => inForce)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  test('three ticks without HAProxy, and every nudge is neutral', () => {
    fc.assert(
      fc.property(anyStory, (story) => {
        const { nudges } = tell([...story, [3, undefined]], tell([[1, load(NAMES.map((name) => server(name)))]]).state);
        expect(states(nudges)).toEqual(NAMES.map((name) => ({ name, weight: 100, limit: undefined })));
      }),
      { numRuns: 60 },
    );
  });
});

test('telemetry that is stale or missing is as none at all', () => {
  const slow = load([...['a', 'b', 'c', 'd'].map((name) => server(name)), server('e', { done: 3, inFlight: 3 })]);
  const names = slow.servers.map(({ server: name }) => name);
  const weightWith = (reading: TelemetryReading | undefined): number => {
    let state = newPool;
    let nudges: readonly Nudge[] = [];
    for (let tick = 0; tick < 200; tick++) {
      ({ state, nudges } = steer(
        state,
        { ...input(slow, names), telemetry: new Map(reading ? [['e', reading]] : []) },
        LIMITS,
      ));
    }
    return nudgeOf({ state, nudges }, 'e').weight;
  };
  const last = { cpu: 1, memory: undefined, connections: undefined, wish: 0.1, says: undefined, at: 0 };
  const reading = { last, stale: false, trouble: undefined, answers: 1, failures: 0 };
  expect(weightWith({ ...reading, stale: true })).toBe(weightWith(undefined));
  expect(weightWith(reading)).toBeLessThan(weightWith(undefined));
  // However it lies, it keeps a share.
  expect(weightWith(reading)).toBeGreaterThanOrEqual(10);
});

test('equal servers, noise and no queue: weights do not swing and nobody rests', () => {
  const draw = random(7);
  const noisy = (): PoolLoad =>
    load(NAMES.map((name) => server(name, { done: 2 + Math.floor(draw() * 5), inFlight: 1 + Math.floor(draw() * 3) })));
  let told = tell([[50, noisy()]]);
  let moves = 0;
  let before = new Map(told.nudges.map(({ server: name, weight }) => [name, weight]));
  for (let tick = 0; tick < 500; tick++) {
    told = tell([[1, noisy()]], told.state);
    for (const { server: name, weight } of told.nudges) {
      expect(weight).toBeGreaterThan(40);
      if (weight !== before.get(name)) moves++;
    }
    before = new Map(told.nudges.map(({ server: name, weight }) => [name, weight]));
  }
  expect(moves).toBeLessThan(0.2 * 500 * NAMES.length);
});

test('servers are doubted only in their minority', () => {
  const well = load(NAMES.map((name) => server(name)));
  const broken = (many: number): PoolLoad =>
    load(NAMES.map((name, index) => server(name, index < many ? { done: 0, inFlight: 6, serviceTimes: [] } : {})));
  const out = (many: number): number =>
    tell([
      [10, well],
      [8, broken(many)],
    ]).nudges.filter(({ weight }) => weight === 0).length;
  expect([out(1), out(2), out(3)]).toEqual([1, 2, 3]);
  expect([out(5), out(6)]).toEqual([0, 0]);
});

describe('what is no sign of trouble', () => {
  const others = (change: Partial<ReturnType<typeof server>> = {}) =>
    load([...['a', 'b', 'c'].map((name) => server(name)), server('d', change)]);

  test('one request that takes a minute does not take its server out', () => {
    const told = tell([
      [50, others()],
      [600, others({ done: 0, inFlight: 1 })],
    ]);
    expect(told.state.servers.get('d')?.standing.is).toBe('in');
    const stalled = tell([
      [50, others()],
      [10, others({ done: 0, inFlight: 6 })],
    ]);
    expect(stalled.state.servers.get('d')?.standing.is).toBe('out');
  });

  test('sessions that stay open make no server slow, and there no limit is set', () => {
    const open = others({ inFlight: 22 });
    const told = tell([
      [50, others()],
      [600, open],
    ]);
    expect(nudgeOf(told, 'd').weight).toBeGreaterThan(90);
    expect(told.nudges.map(({ limit }) => limit)).toEqual([undefined, undefined, undefined, undefined]);
  });

  test('open sessions that fill a limit do not shut others out for long', () => {
    const limited = tell([
      [50, others()],
      [30, others({ limit: 4, done: 0, inFlight: 4 })],
    ]).state;
    const full = { ...others({ limit: 4, done: 0, inFlight: 4 }), queued: 20 };
    const told = tell([[60, full]], limited);
    expect(nudgeOf(told, 'd').limit).toBeUndefined();
  });

  test('a server on trial is given the time that its few requests need', () => {
    const out = tell([
      [50, others()],
      [5, others({ failed: 4 })],
    ]).state;
    const quiet = load(['a', 'b', 'c', 'd'].map((name) => server(name, { done: 0, inFlight: 0 })));
    const asked = load(['a', 'b', 'c', 'd'].map((name) => server(name, { done: 1, inFlight: 0 })));
    const story = [0, 1, 2].flatMap(() => [[100, quiet] as const, [1, asked] as const]);
    const told = tell(story, out);
    expect(told.state.servers.get('d')?.standing.is).toBe('returning');
  });
});

test('where limits are to be kept, they are kept whatever happens', () => {
  fc.assert(
    fc.property(anyStory, (story) => {
      const { nudges } = tell(story, newPool, { ...LIMITS, findLimits: false });
      expect(nudges.every(({ limit }) => limit === undefined)).toBe(true);
    }),
    { numRuns: 100 },
  );
});
