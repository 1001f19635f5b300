import { describe, expect, test } from 'vitest';
import type { PoolLoad } from '#observe';
import { explain, newPool, noticeInWords, notices, reasons, type SteeringLimits } from '#steer';
import { LIMITS, load, server, tell } from './support.ts';

const well = load(['a', 'b', 'c', 'd'].map((name) => server(name)));
const withLast = (change: Parameters<typeof server>[1]) => load([...well.servers.slice(0, 3), server('d', change)]);
const wordsOf = (told: ReturnType<typeof tell>, name: string): string | undefined =>
  explain(told.state).find(({ server: each }) => each === name)?.words;

test('one sentence for every server, with the numbers', () => {
  expect(wordsOf(tell([[1, well]]), 'a')).toMatch(/^weight 100: too few answers yet|^weight 100: answers take 50 ms/);
  expect(wordsOf(tell([[100, well]]), 'a')).toMatch(/^weight 100: answers take 50 ms, as is usual \(50 ms\)/);
  const slow = tell([
    [50, well],
    [400, withLast({ done: 3, inFlight: 4, serviceTimes: [133, 133, 133] })],
  ]);
  expect(wordsOf(slow, 'd')).toMatch(/answers take 13\d ms, 2\.\d × the pool's usual 50 ms, for \d+ s/);
  const failing = tell([
    [50, well],
    [5, withLast({ failed: 4 })],
  ]);
  expect(wordsOf(failing, 'd')).toMatch(/^weight 0: \d+ % of its answers are errors, out for \d+ ms/);
});

describe('times under a millisecond', () => {
  const quick = (last: number) =>
    load(
      ['a', 'b', 'c', 'd'].map((name) => server(name, { serviceTimes: name === 'd' ? [last, last] : [0.2, 0.2, 0.2] })),
    );

  test('have a digit, and no ratio is made of them', () => {
    const told = tell([[400, quick(60)]]);
    expect(wordsOf(told, 'a')).toMatch(/^weight 100: answers take 0\.2 ms, as is usual \(0\.2 ms\)/);
    expect(wordsOf(told, 'd')).toMatch(/answers take \d+ ms, where 0\.2 ms is usual in the pool/);
  });

  test('are no news where nobody would notice the difference, however often the one is in the other', () => {
    const before = tell([[100, quick(0.2)]]).state;
    const newsOf = (last: number): readonly string[] => {
      let state = before;
      return Array.from({ length: 300 }).flatMap(() => {
        const next = tell([[1, quick(last)]], state).state;
        const told = notices(state, next).map(({ code }) => code);
        state = next;
        return told;
      });
    };
    expect(newsOf(3)).toEqual([]);
    expect(newsOf(60)).toEqual(['slow']);
  });
});

describe('a limit that was found', () => {
  // Each answer takes as long as there are others before it: the server works on four at once.
  const crowd = (inFlight: number) => {
    const time = 50 * Math.max(1, inFlight / 4);
    return server('a', { inFlight, done: 8, serviceTimes: Array.from({ length: 8 }, () => time) });
  };
  const crowded = Array.from({ length: 600 }, (_, tick): readonly [number, PoolLoad] => [
    1,
    load([crowd(2 + (tick % 15))]),
  ]);
  const told = (limits: Partial<SteeringLimits> = {}) =>
    explain(tell(crowded, newPool, { ...LIMITS, ...limits }).state)[0];

  test('is said as the one that is in force', () => {
    const { limit, words } = told() ?? {};
    expect(limit).toBeGreaterThan(0);
    expect(words).toMatch(new RegExp(`; limit ${limit}: more than \\d+ at once made answers slower, not more$`));
  });

  test('is not said where limits are to be kept', () => {
    expect(told({ findLimits: false })).toMatchObject({
      limit: undefined,
      words: expect.not.stringContaining('limit'),
    });
  });
});

test('every reason is in the table of reasons', () => {
  const told = [
    tell([[1, well]]),
    tell([
      [50, well],
      [30, withLast({ failed: 4 })],
    ]),
    tell([
      [9, well],
      [3, undefined],
    ]),
  ];
  for (const { code } of told.flatMap(({ state }) => explain(state)).flatMap((each) => each.reasons)) {
    expect(Object.keys(reasons)).toContain(code);
  }
});

test('going out and coming back is an event each, and what stays is none', () => {
  let state = newPool;
  const seen: string[] = [];
  for (const [times, each] of [
    [50, well],
    [30, withLast({ failed: 4 })],
    [200, well],
  ] as const) {
    for (let tick = 0; tick < times; tick++) {
      const next = tell([[1, each]], state).state;
      seen.push(...notices(state, next).map(({ server: name, code }) => `${name} ${code}`));
      state = next;
    }
  }
  expect(seen).toEqual(['d failing', 'd returning', 'd neutral']);
});

test('what is told as an event says why, also of a server that rests', () => {
  const before = tell([[50, well]]).state;
  let state = before;
  const words: string[] = [];
  for (let tick = 0; tick < 200; tick++) {
    const next = tell([[1, withLast({ done: 1, inFlight: 2, serviceTimes: [200] })]], state).state;
    words.push(...notices(state, next).map((notice) => noticeInWords('web/d', notice, 'on')));
    state = next;
  }
  expect(words).toEqual([
    expect.stringMatching(
      /^web\/d is given less: answers take \d+ ms, \d\.\d × the pool's usual 50 ms, for 5.0 s, and the others can carry the load$/,
    ),
  ]);
});
