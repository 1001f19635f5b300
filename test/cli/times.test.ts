import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inDays, onTheClock, readTime } from '../../src/cli/times.ts';
import { DAY, MINUTE, NOW } from './support.ts';

const here = (year: number, month: number, day: number, hours = 0, minutes = 0): number =>
  new Date(year, month, day, hours, minutes).getTime();

describe('a time as people give one', () => {
  test.each([
    ['22:00', here(2026, 10, 24, 22)],
    ['9:05', here(2026, 10, 25, 9, 5)],
    ['14:00', here(2026, 10, 25, 14)],
    ['2026-12-01', here(2026, 11, 1)],
    ['2026-12-01 06:30', here(2026, 11, 1, 6, 30)],
    ['2026-12-01T06:30', here(2026, 11, 1, 6, 30)],
    ['2026-12-01T06:30:00Z', Date.UTC(2026, 11, 1, 6, 30)],
    ['2026-12-01T06:30+02:00', Date.UTC(2026, 11, 1, 4, 30)],
  ])('%s', (text, at) => {
    expect(readTime(text, NOW)).toBe(at);
  });

  test.each(['', 'tonight', '24:00', '12:60', '2026-13-01', '2026-12-01T25:00', '22'])('%s is none', (text) => {
    expect(readTime(text, NOW)).toBeUndefined();
  });

  test('a time of day is always within the next day or so, and shows as itself', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }), fc.nat(3 * 365), (h, m, day) => {
        const after = NOW + day * DAY;
        const text = `${String(h).padStart(2, '0')}:${String(m).padStart(2, '0')}`;
        const at = readTime(text, after) ?? 0;
        // Where clocks are put forward or back, a day is an hour shorter or longer.
        expect(at - after).toBeGreaterThan(0);
        expect(at - after).toBeLessThanOrEqual(DAY + 60 * MINUTE);
      }),
    );
  });
});

test('a moment shows its day where that is not today', () => {
  expect(onTheClock(NOW + MINUTE, NOW)).toBe('14:01:00');
  expect(onTheClock(NOW + DAY, NOW)).toBe('2026-11-25 14:00');
});

test('days are whole days', () => {
  expect(inDays(NOW + 1.9 * DAY, NOW)).toBe('in 1 day');
  expect(inDays(NOW + MINUTE, NOW)).toBe('within a day');
  expect(inDays(NOW - MINUTE, NOW)).toBe('today');
  expect(inDays(NOW - 3 * DAY, NOW)).toBe('3 days ago');
});
