import { describe, expect, test } from 'vitest';
import { poolCapacity } from '#apply';
import type { Samples, ServerSample } from '#engines/haproxy';
import { type Backend, carrierOf, type Relay } from '#plan';

import { capacityWithout } from '../../src/apply/capacity.ts';
import type { Place } from '../../src/apply/places.ts';
import { backendWith } from './support.ts';

type Known = Readonly<Record<string, readonly [status: string, sessions: number]>>;

const samplesOf = (known: Known): Samples => ({
  servers: Object.entries(known).map(
    ([server, [status, sessions]]) => ({ backend: 'web', server, status, sessions }) as ServerSample,
  ),
  frontends: [],
  backends: [],
});

const leave = (backend: Backend, names: readonly string[]): readonly Place[] =>
  backend.servers
    .filter(({ name }) => names.includes(name))
    .map((server) => ({ backend, server, label: `web/${server.name}`, key: `web/${server.name}` }));

const limited = (name: string, maxConnections?: number, backup = false) => ({ name, maxConnections, backup });

test.each([
  [
    'enough',
    backendWith([limited('a', 10), limited('b', 10), limited('c', 10)]),
    ['a'],
    { a: ['UP', 4], b: ['UP', 3], c: ['UP', 2] },
    9,
    'enough',
    'web: a carries 4 requests now; 9 requests at one time were the most this week: 45 % of what the 2 other servers take (20)',
  ],
  [
    'what is in use now counts as the most where it is more',
    backendWith([limited('a', 10), limited('b', 10)]),
    ['a'],
    { a: ['UP', 9], b: ['UP', 8] },
    3,
    'short',
    'web: a carries 9 requests now; 17 requests at one time were the most this week: 170 % of what the other server takes (10), more than there is',
  ],
  [
    'no limit',
    backendWith([limited('a', 10), limited('b')]),
    ['a'],
    { a: ['UP', 1], b: ['UP', 0] },
    1,
    'unknown',
    'web: a carries 1 request now; 1 request at one time was the most this week, and the other server has no limit',
  ],
  [
    'nobody',
    backendWith([limited('a'), limited('b')]),
    ['a', 'b'],
    { a: ['UP', 1], b: ['no check', 1] },
    0,
    'nobody',
    'web: a, b carry 2 requests now; nobody would be left to serve',
  ],
  [
    'those that drain, are in maintenance or down can take nothing over',
    backendWith([limited('a'), limited('b'), limited('c'), limited('d')]),
    ['a'],
    { a: ['UP', 0], b: ['DRAIN', 5], c: ['MAINT', 0], d: ['DOWN', 0] },
    0,
    'nobody',
    'web: a carries 0 requests now; nobody would be left to serve',
  ],
  [
    'who serves nobody can be taken out',
    backendWith([limited('a'), limited('b')]),
    ['a'],
    { a: ['DOWN', 0], b: ['DOWN', 0] },
    0,
    'unknown',
    'web: a carries 0 requests now; nobody serves it now either',
  ],
  [
    'a backup serves where nobody else does',
    backendWith([limited('a', 10), limited('b', 4, true)]),
    ['a'],
    { a: ['UP', 2], b: ['UP', 0] },
    5,
    'short',
    'web: a carries 2 requests now; 5 requests at one time were the most this week: 125 % of what the other server takes (4), more than there is',
  ],
  [
    'and not beside others',
    backendWith([limited('a', 10), limited('b', 10), limited('c', 100, true)]),
    ['a'],
    { a: ['UP', 2], b: ['UP', 0], c: ['UP', 0] },
    5,
    'enough',
    'web: a carries 2 requests now; 5 requests at one time were the most this week: 50 % of what the other server takes (10)',
  ],
  [
    'of several that stand by, one serves at a time',
    backendWith([limited('a', 10), limited('b', 10), limited('c', 10)], { balance: 'failover' }),
    ['a'],
    { a: ['UP', 2], b: ['UP', 0], c: ['UP', 0] },
    15,
    'short',
    'web: a carries 2 requests now; 15 requests at one time were the most this week: 150 % of what the other server takes (10), more than there is',
  ],
  [
    'a pool by its name, in the words of its protocol',
    backendWith([limited('a'), limited('b')], { pool: 'vna', protocol: 'dicom' }),
    ['a'],
    { a: ['UP', 1], b: ['UP', 0] },
    2,
    'unknown',
    'web/vna: a carries 1 association now; 2 associations at one time were the most this week, and the other server has no limit',
  ],
] as const)('%s', (_, backend, names, known, peak, verdict, words) => {
  const [capacity] = capacityWithout(leave(backend, names), samplesOf(known), () => peak);
  expect(capacity).toMatchObject({ verdict, words });
});

test('each pool is looked at by itself', () => {
  const [web, other] = [backendWith([{ name: 'a' }]), backendWith([{ name: 'a' }], { name: 'x', service: 'x' })];
  const found = capacityWithout([...leave(web, ['a']), ...leave(other, ['a'])], samplesOf({ a: ['UP', 0] }), () => 0);
  expect(found.map(({ service }) => service)).toEqual(['web', 'x']);
});

test('a limit that was found out counts where none is configured, and before one that is', () => {
  const pool = backendWith([{ name: 'a' }, { name: 'b' }, limited('c')]);
  const known = { a: ['UP', 2], b: ['UP', 1], c: ['UP', 0] } as const;
  const found = (key: string) => ({ 'web/b': 4, 'web/c': 6 })[key];
  const [capacity] = capacityWithout(leave(pool, ['a']), samplesOf(known), () => 8, [], found);
  expect(capacity).toMatchObject({ verdict: 'enough', limit: 10 });
});

describe('where messages are relayed', () => {
  const relay = (delivery: Relay['delivery'], balance: Relay['balance'], connections: readonly number[]): Relay =>
    ({
      name: 'web',
      delivery,
      balance,
      destinations: [
        {
          name: 'default',
          backend: 'web',
          servers: connections.map((count, at) => ({ name: 'abc'[at], connections: count })),
        },
      ],
    }) as unknown as Relay;
  const pool = backendWith([{ name: 'a' }, { name: 'b' }, { name: 'c' }], { protocol: 'hl7', relayed: true });
  const known = samplesOf({ a: ['UP', 1], b: ['UP', 1], c: ['UP', 0] });
  const without = (what: Relay) => capacityWithout(leave(pool, ['a']), known, () => 3, [what])[0];

  test('a server takes one message at a time on each of its connections', () => {
    expect(without(relay('direct', 'least-outstanding', [1, 1, 4]))).toMatchObject({
      limit: 5,
      verdict: 'enough',
      words:
        'web: a carries 1 message now; 3 messages at one time were the most this week: 60 % of what the 2 other servers take (5)',
    });
    expect(without(relay('direct', 'least-outstanding', [1, 1, 1]))).toMatchObject({ limit: 2, verdict: 'short' });
  });

  test('with failover one server serves at a time', () => {
    expect(without(relay('direct', 'failover', [4, 4, 4]))).toMatchObject({ others: 1, limit: 4 });
  });

  test('what is stored can wait', () => {
    expect(without(relay('stored', 'least-outstanding', [1, 1, 1]))).toMatchObject({
      limit: 2,
      verdict: 'enough',
      words: expect.stringMatching(/150 % of what the 2 other servers take \(2\); what is more waits, stored$/),
    });
  });

  test('how many may be missing', () => {
    const now = { serving: new Set(['a', 'b', 'c']), inUse: 2, found: new Map() };
    const direct = poolCapacity(carrierOf(pool, [relay('direct', 'least-outstanding', [1, 1, 1])]), now);
    expect(direct).toMatchObject({ limit: 3, basis: 'configured', spareNow: { servers: 1, enough: true } });
    expect(direct.words).toMatch(/^web: 1 of its 3 servers may be missing now/);
    const stored = poolCapacity(carrierOf(pool, [relay('stored', 'least-outstanding', [1, 1, 1])]), now);
    expect(stored.words).toBe(
      'web: 2 of its 3 servers may be missing: what is stored waits longer for those that are left',
    );
  });
});
