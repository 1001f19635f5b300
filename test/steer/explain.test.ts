import { expect, test } from 'vitest';
import { explain, newPool, noticeInWords, notices, reasons } from '#steer';
import { load, server, tell } from './support.ts';

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
