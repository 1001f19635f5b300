import { expect, test } from 'vitest';
import { type Model, run, summary } from '#steer';

const one: Model = {
  servers: [{ name: 'a', workers: 1 }],
  balance: 'leastconn',
  rate: 14,
  service: { mean: 50, deviation: 50 },
  duration: 4_000_000,
  warmUp: 10_000,
  seed: 1,
};

test('one worker: the mean that Pollaczek and Khinchine have, in the server or in the queue', () => {
  // Service 50 ms, its deviation as large, 0.7 of capacity: a wait of 0.7 × 50 / 0.3 ms before it.
  const expected = 50 + (0.7 * 50) / 0.3;
  expect(Math.abs(summary(run(one)).mean / expected - 1)).toBeLessThan(0.05);
  const bound = summary(run({ ...one, servers: [{ name: 'a', workers: 1, limit: 1 }] }));
  expect(Math.abs(bound.mean / expected - 1)).toBeLessThan(0.05);
  expect(bound.waited.mean).toBeGreaterThan(100);
});

test('the same model gives the same, and another seed another', () => {
  const short = { ...one, duration: 60_000 };
  expect(run(short)).toEqual(run(short));
  expect(run({ ...short, seed: 2 })).not.toEqual(run(short));
});

test('leastconn where a third is slow: the figures of an independent simulation', () => {
  const model: Model = {
    ...one,
    servers: Array.from({ length: 6 }, (_, index) => ({
      name: `s${index}`,
      workers: 4,
      script: [{ at: 0, speed: [1.5, 1, 0.5][index % 3] ?? 1 }],
    })),
    rate: 240,
    duration: 70_000,
  };
  const { p50, p99 } = summary(run(model));
  expect(Math.abs(p50 / 33 - 1)).toBeLessThan(0.08);
  expect(Math.abs(p99 / 305 - 1)).toBeLessThan(0.12);
});

test('the urgent leave the queue first, and weights share out what is queued nowhere', () => {
  const classes = [
    { name: 'stat', share: 0.2, rank: 0 },
    { name: 'routine', share: 0.8, rank: 2 },
  ];
  const queued = run({ ...one, rate: 19, duration: 300_000, classes, servers: [{ name: 'a', workers: 1, limit: 1 }] });
  expect(summary(queued, 'stat').waited.mean).toBeLessThan(0.3 * summary(queued, 'routine').waited.mean);
  const turns = run({
    ...one,
    balance: 'roundrobin',
    rate: 100,
    duration: 60_000,
    servers: [
      { name: 'a', workers: 99, weight: 150 },
      { name: 'b', workers: 99, weight: 50 },
    ],
  });
  const share = turns.ended.filter(({ server }) => server === 'a').length / turns.ended.length;
  expect(Math.abs(share - 0.75)).toBeLessThan(0.01);
});

test('a stall ends in time-outs, checks take a dead server out, and what was sent to it goes to another', () => {
  const two: Model = {
    ...one,
    rate: 40,
    duration: 60_000,
    servers: [
      { name: 'a', workers: 4, script: [{ at: 20_000, running: false }] },
      { name: 'b', workers: 4 },
    ],
    checks: { interval: 1000, fall: 3, rise: 2 },
  };
  const { ended } = run(two);
  expect(ended.filter(({ at, server }) => at > 24_000 && server === 'a')).toEqual([]);
  expect(ended.filter(({ failed }) => failed).length).toBeLessThan(10);
  const stalled = run({
    ...two,
    servers: [{ name: 'a', workers: 4, script: [{ at: 20_000, speed: 0 }] }],
    timeouts: { server: 1000, queue: 500 },
  });
  expect(stalled.ended.filter(({ at, failed }) => at > 21_000 && !failed)).toEqual([]);
  expect(stalled.ended.every(({ took }) => took <= 21_000)).toBe(true);
});
