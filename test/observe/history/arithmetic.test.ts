import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { joined, type Point, type Points, readPoints, writePoints } from '../../../src/observe/history/point.ts';
import { filled } from '../../../src/observe/history/slots.ts';
import { classOf, quantile } from '../../../src/observe/history/times.ts';

const count = fc.integer({ min: 0, max: 5_000 });

const point: fc.Arbitrary<Point> = fc.record({
  seconds: fc.integer({ min: 1, max: 300 }),
  done: count,
  failed: count,
  answered: count,
  spent: count,
  inFlight: count,
  queued: count,
  weight: fc.integer({ min: 0, max: 256 }),
  limit: fc.option(count, { nil: undefined }),
  times: fc
    .dictionary(fc.integer({ min: 0, max: 60 }).map(String), fc.integer({ min: 1, max: 200 }))
    .map((counts) => new Map(Object.entries(counts).map(([kind, many]) => [Number(kind), many]))),
});

const nothing = {
  done: 0,
  failed: 0,
  answered: 0,
  spent: 0,
  inFlight: 0,
  queued: 0,
  weight: undefined,
  limit: undefined,
  times: new Map(),
};

const range = (from: number, to: number): readonly number[] =>
  Array.from({ length: (to - from) / 10_000 + 1 }, (_, index) => from + index * 10_000);

const expectSame = (one: Point, other: Point): void => {
  const { times: ones, limit: first, ...numbers } = one;
  const { times: others, limit: second, ...otherNumbers } = other;
  expect(second).toBe(first);
  for (const [name, value] of Object.entries(numbers)) {
    expect(otherNumbers[name as keyof typeof otherNumbers], name).toBeCloseTo(Number(value), 6);
  }
  expect(new Map([...others].toSorted(([a], [b]) => a - b))).toEqual(new Map([...ones].toSorted(([a], [b]) => a - b)));
};

test('how stretches of time are put together makes no difference', () => {
  fc.assert(
    fc.property(point, point, point, (one, two, three) => {
      expectSame(joined(joined(one, two), three), joined(one, joined(two, three)));
    }),
  );
});

test('what is written is read again, to four digits', () => {
  fc.assert(
    fc.property(point, (seen) => {
      const again = readPoints(writePoints(new Map([['default/web1', seen]]))).get('default/web1');
      expect(again).toBeDefined();
      if (again) expectSame(seen, again);
    }),
  );
});

test('a look that took longer than a slot fills those before it, but none in which something else was seen', () => {
  const seen = (seconds: number): Points => new Map([['', { ...nothing, seconds }]]);
  const slots = filled(
    new Map([
      [100_000, seen(60)],
      [60_000, seen(10)],
      [30_000, seen(14)],
    ]),
    10_000,
  );
  expect([...slots.keys()].toSorted((one, other) => one - other)).toEqual([30_000, ...range(60_000, 100_000)]);
  expect(slots.get(60_000)?.get('')?.seconds).toBe(10);
});

test('a quantile is right to a tenth', () => {
  const times = fc.array(fc.integer({ min: 1, max: 600_000 }), { minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(times, fc.constantFrom(0.5, 0.99), (all, share) => {
      const sorted = all.toSorted((one, other) => one - other);
      const right = sorted[Math.ceil(share * sorted.length - 1e-9) - 1] ?? 0;
      const counts = new Map<number, number>();
      for (const ms of all) counts.set(classOf(ms), (counts.get(classOf(ms)) ?? 0) + 1);
      const read = quantile(counts, share) ?? 0;
      expect(Math.abs(read - right) / right).toBeLessThan(0.1);
    }),
  );
  expect(quantile(new Map(), 0.5)).toBeUndefined();
});
