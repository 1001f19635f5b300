import { expect, test } from 'vitest';
import { type BusiestHour, poolCapacity } from '#apply';
import type { Backend } from '#plan';

import { backendWith } from './support.ts';

const limited = (name: string, maxConnections?: number, backup = false) => ({ name, maxConnections, backup });
const six = ['a', 'b', 'c', 'd', 'e', 'f'];
const peak = (most: number): BusiestHour => ({ most, hour: new Date(2026, 10, 24, 10).getTime() });

const capacityOf = (
  backend: Backend,
  inUse: number,
  most: number | undefined,
  {
    without = [],
    found = {},
  }: { readonly without?: readonly string[]; readonly found?: Readonly<Record<string, number>> } = {},
) => {
  const serving = new Set(backend.servers.map(({ name }) => name).filter((name) => !without.includes(name)));
  const now = { serving, inUse, found: new Map(Object.entries(found)) };
  return poolCapacity(backend, now, most === undefined ? undefined : peak(most));
};

const of4 = backendWith(six.map((name) => limited(name, 4)));

test.each([
  [
    'by limits of the spec',
    capacityOf(of4, 14, 17),
    { limit: 24, basis: 'configured', spareNow: { servers: 2, enough: true }, sparePeak: { servers: 1, enough: true } },
    'web: 2 of its 6 servers may be missing now, 1 at the week’s peak (Tue 10:00, 17 requests at one time)',
  ],
  [
    'by limits that steering found, which come before those of the spec',
    capacityOf(of4, 3, 4, { found: Object.fromEntries(six.map((name) => [name, 2])) }),
    { limit: 12, basis: 'found', spareNow: { servers: 4 }, sparePeak: { servers: 4 } },
    'web: 4 of its 6 servers may be missing now, 4 at the week’s peak (Tue 10:00, 4 requests at one time)',
  ],
  [
    'the largest is missed the most',
    capacityOf(backendWith([limited('a', 2), limited('b', 20), limited('c', 2)]), 4, 5),
    { limit: 24, spareNow: { servers: 1 }, sparePeak: { servers: 0, enough: true } },
    'web: 1 of its 3 servers may be missing now, none at the week’s peak (Tue 10:00, 5 requests at one time)',
  ],
  [
    'one always has to be there',
    capacityOf(backendWith([limited('a', 4), limited('b', 4)]), 0, undefined),
    { spareNow: { servers: 1, enough: true }, sparePeak: undefined },
    'web: 1 of its 2 servers may be missing now; nothing was under way this week',
  ],
  [
    'who does not serve is missing already',
    capacityOf(of4, 14, 17, { without: ['a'] }),
    { servers: 6, serving: 5, limit: 20, spareNow: { servers: 1 }, sparePeak: { servers: 0 } },
    'web: 5 of its 6 servers serve; 1 of these may be missing now, none at the week’s peak (Tue 10:00, 17 requests at one time)',
  ],
  [
    'too few for the peak',
    capacityOf(of4, 4, 40),
    { sparePeak: { servers: 0, enough: false } },
    'web: 5 of its 6 servers may be missing now; at the week’s peak (Tue 10:00, 40 requests at one time) some had to wait: they take 24',
  ],
  [
    'too few now',
    capacityOf(of4, 30, 30),
    { spareNow: { servers: 0, enough: false } },
    'web: its 6 servers are too few now: 30 requests at one time, and they take 24',
  ],
  [
    'a backup comes in where all others are missing',
    capacityOf(backendWith([limited('a', 4), limited('b', 4), limited('c', 2, true)]), 2, 3),
    { limit: 8, spareNow: { servers: 2 }, sparePeak: { servers: 1 } },
    'web: 2 of its 3 servers may be missing now, 1 at the week’s peak (Tue 10:00, 3 requests at one time)',
  ],
  [
    'of several that stand by, one serves at a time',
    capacityOf(backendWith([limited('a', 9), limited('b', 9), limited('c', 3)], { balance: 'failover' }), 5, 5),
    { limit: 9, spareNow: { servers: 1 } },
    'web: 1 of its 3 servers may be missing now, 1 at the week’s peak (Tue 10:00, 5 requests at one time)',
  ],
  [
    'no limits',
    capacityOf(backendWith([limited('a'), limited('b')]), 5, 5),
    { limit: undefined, basis: 'unknown', spareNow: undefined },
    'web: how many of its 2 servers may be missing is not known, as it is not known how much its servers take at one time; give servers limits (limits: { connections: 50 }), or let steering find them (steering: observe)',
  ],
  [
    'one without a limit, in the words of its protocol',
    capacityOf(backendWith([limited('a', 4), limited('b')], { pool: 'vna', protocol: 'dicom' }), 5, 5),
    { unit: 'association', spareNow: undefined },
    'web/vna: how many of its 2 servers may be missing is not known, as it is not known how much b takes at one time; give servers limits (limits: { connections: 50 })',
  ],
  [
    'one server alone',
    capacityOf(backendWith([limited('a')]), 0, 17),
    { serving: 1, spareNow: undefined },
    'web: its only server may not be missing: nobody could take over',
  ],
  [
    'nobody serves',
    capacityOf(of4, 0, 17, { without: six }),
    { serving: 0, spareNow: undefined },
    'web: none of its 6 servers serves now',
  ],
])('%s', (_, capacity, expected, words) => {
  expect(capacity).toMatchObject(expected);
  expect(capacity.words).toBe(words);
});

test('of a server that rests, what it was seen to do counts, where limits of the others were found', () => {
  const now = { serving: new Set(['a', 'b', 'c']), inUse: 3, seen: new Map([['c', 1]]) };
  const backend = backendWith([limited('a'), limited('b'), limited('c')]);
  const found = new Map([
    ['a', 4],
    ['b', 4],
  ] as const);
  expect(poolCapacity(backend, { ...now, found })).toMatchObject({
    limit: 9,
    basis: 'found',
    spareNow: { servers: 1 },
  });
  expect(poolCapacity(backend, { ...now, found: new Map() })).toMatchObject({ basis: 'unknown' });
});

test('steering that has not found limits yet says so', () => {
  const steering = { path: [], mode: 'observe', floor: 0.1, mostOut: 0.5, slowStart: 10_000, limits: 'find' } as const;
  const learning = capacityOf(backendWith([limited('a'), limited('b')], { steering }), 5, 5);
  expect(learning.words).toMatch(/steering has not found it yet: that takes traffic, and some minutes$/);
  const keeping = backendWith([limited('a'), limited('b')], { steering: { ...steering, limits: 'keep' } });
  expect(capacityOf(keeping, 5, 5).words).toMatch(/steering does not find them here \(limits: keep\)$/);
});
