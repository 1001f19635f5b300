import { type Change, type Model, random, type ServerModel } from '#steer';

/** A pool under which policies are compared, and what a policy has to show in it. */
export type Scenario = {
  readonly name: string;
  /** Of what the pool can do at the most. */
  readonly loads: readonly number[];
  readonly model: (load: number, seed: number) => Model;
  /** p99, as a part of leastconn's, at each load. */
  readonly target: readonly number[] | undefined;
};

const SERVERS = 6;
const WORKERS = 4;
const SERVICE = { mean: 50, deviation: 50 };
const DURATION = 150_000;
const WARM_UP = 30_000;
const LOADS = [0.5, 0.7, 0.9];

/** Answers in a second of one server at speed 1. */
const CAPACITY = (WORKERS * 1000) / SERVICE.mean;

const pool = (servers: readonly ServerModel[], rate: number, seed: number, more: Partial<Model> = {}): Model => ({
  servers,
  balance: 'leastconn',
  rate,
  service: SERVICE,
  duration: DURATION,
  warmUp: WARM_UP,
  seed,
  ...more,
});

const server = (index: number, script: readonly Change[] = []): ServerModel => ({
  name: `s${index + 1}`,
  workers: WORKERS,
  script,
});

const each = (script: (index: number) => readonly Change[]): readonly ServerModel[] =>
  Array.from({ length: SERVERS }, (_, index) => server(index, script(index)));

/** A third of the servers is four times slower; which third changes about every so many ms. */
function slowThird(every: number, seed: number): readonly ServerModel[] {
  const draw = random(seed + 1000);
  const scripts = Array.from({ length: SERVERS }, (): Change[] => []);
  let slow = new Set<number>();
  for (let at = 0; at < DURATION; at += every * (0.8 + 0.4 * draw())) {
    const next = new Set<number>();
    while (next.size < SERVERS / 3) next.add(Math.floor(draw() * SERVERS));
    for (const [index, script] of scripts.entries()) {
      if (slow.has(index) !== next.has(index)) script.push({ at, speed: next.has(index) ? 0.25 : 1 });
    }
    slow = next;
  }
  return scripts.map((script, index) => server(index, script));
}

const SLOW_THIRD = ((SERVERS * 2) / 3 + SERVERS / 3 / 4) * CAPACITY;

const STATIC = [1.5, 1.5, 1, 1, 0.5, 0.5];

export const speeds: readonly Scenario[] = [
  {
    name: 'slow third moves every 10 s',
    loads: LOADS,
    model: (load, seed) => pool(slowThird(10_000, seed), load * SLOW_THIRD, seed),
    target: [0.72, 0.78, 0.85],
  },
  {
    name: 'static speeds 1.5/1/0.5',
    loads: LOADS,
    model: (load, seed) =>
      pool(
        each((index) => [{ at: 0, speed: STATIC[index] ?? 1 }]),
        load * SERVERS * CAPACITY,
        seed,
      ),
    target: [0.83, 0.88, 0.92],
  },
  {
    name: 'slow third moves every second',
    loads: LOADS,
    model: (load, seed) => pool(slowThird(1000, seed), load * SLOW_THIRD, seed),
    target: [0.92, 0.92, 0.92],
  },
  {
    name: 'all equal',
    loads: LOADS,
    model: (load, seed) =>
      pool(
        each(() => []),
        load * SERVERS * CAPACITY,
        seed,
      ),
    target: [1.03, 1.03, 1.03],
  },
  ...[2, 4].map((times) => ({
    name: `all equal, answers that differ ${times} × their mean`,
    loads: LOADS,
    model: (load: number, seed: number) =>
      pool(
        each(() => []),
        load * SERVERS * CAPACITY,
        seed,
        { service: { mean: SERVICE.mean, deviation: times * SERVICE.mean } },
      ),
    target: [1.03, 1.03, 1.03],
  })),
];

const FAULT = { from: 40_000, to: 100_000 };
const FAILING: readonly Change[] = [
  { at: FAULT.from, failing: 1 },
  { at: FAULT.to, failing: 0 },
];
const STALLING = Array.from({ length: DURATION / 10_000 }, (_, turn): readonly Change[] => [
  { at: 5000 + turn * 10_000, speed: 0 },
  { at: 8000 + turn * 10_000, speed: 1 },
]).flat();
/** Slower with every second, at last so slow that it swaps, and then started anew. */
const LEAKING: readonly Change[] = [
  ...Array.from({ length: 40 }, (_, second) => ({
    at: FAULT.from + second * 1000,
    speed: Math.max(0.02, 1 - second / 25),
  })),
  { at: FAULT.from + 40_000, running: false, speed: 1 },
  { at: FAULT.from + 45_000, running: true },
];

const GUARDED: Partial<Model> = {
  timeouts: { server: 2000, queue: 10_000 },
  checks: { interval: 2000, fall: 3, rise: 2 },
};

const faulty = (name: string, scripts: readonly (readonly Change[])[], loads: readonly number[]): Scenario => ({
  name,
  loads,
  model: (load, seed) =>
    pool(
      each((index) => scripts[index] ?? []),
      load * SERVERS * CAPACITY,
      seed,
      GUARDED,
    ),
  target: undefined,
});

export const faults: readonly Scenario[] = [
  faulty('one answers 500 at once', [FAILING], [0.5, 0.7]),
  faulty('one stalls 3 s every 10 s', [STALLING], [0.5, 0.7]),
  faulty('one leaks until it swaps', [LEAKING], [0.5, 0.7]),
  faulty('all three at once', [FAILING, STALLING, LEAKING], [0.3, 0.4]),
];

/** More than the pool can do, from a class that is urgent and one that is not. */
export const overload: Scenario = {
  name: 'all equal, one in ten urgent',
  loads: [0.7, 1.2],
  model: (load, seed) =>
    pool(
      each(() => []),
      load * SERVERS * CAPACITY,
      seed,
      {
        timeouts: { server: 30_000, queue: 10_000 },
        classes: [
          { name: 'stat', share: 0.1, rank: 0 },
          { name: 'routine', share: 0.9, rank: 2 },
        ],
      },
    ),
  target: undefined,
};
