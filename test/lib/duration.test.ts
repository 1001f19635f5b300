import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { approximate, formatDuration, parseDuration } from '#lib';

test.each([
  ['250ms', 250],
  ['5s', 5_000],
  ['30m', 1_800_000],
  ['12h', 43_200_000],
  ['7d', 604_800_000],
  ['0s', 0],
])('%s is %i ms', (text, milliseconds) => {
  expect(parseDuration(text)).toBe(milliseconds);
});

test.each(['', '5', 's', '5 s', '1.5s', '-5s', '5S', '5sec', '1h30m', '٣s', '5s\n'])('%j is no duration', (text) => {
  expect(parseDuration(text)).toBeUndefined();
});

test('what is written is read back as the same time', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 999_999_999 }), (ms) => {
      expect(parseDuration(formatDuration(ms))).toBe(ms);
    }),
  );
});

test('what is written has the largest unit that needs no fraction', () => {
  expect(formatDuration(90_000)).toBe('90s');
  expect(formatDuration(43_200_000)).toBe('12h');
  expect(formatDuration(1_001)).toBe('1001ms');
});

test('people read a span in its own unit', () => {
  expect([400, 2_500, 12_000, 240_000, 3 * 3_600_000, 5 * 86_400_000].map(approximate)).toEqual([
    '400 ms',
    '2.5 s',
    '12 s',
    '4 min',
    '3 h',
    '5 d',
  ]);
});
