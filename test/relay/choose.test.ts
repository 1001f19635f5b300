import { describe, expect, test } from 'vitest';

import { type Candidate, chooseServer } from '../../src/relay/choose.ts';

const server = (name: string, more: Partial<Candidate> = {}): Candidate => ({
  name,
  outstanding: 0,
  limit: 1,
  isShunned: false,
  lastUsed: 0,
  ...more,
});

const chosen = (...parameters: Parameters<typeof chooseServer>): string | undefined =>
  chooseServer(...parameters)?.name;

const keys = Array.from({ length: 3000 }, (_, index) => `MRN${index}`);

describe('choosing a server', () => {
  test('failover takes the first, busy or not, and the next where it could not be reached', () => {
    const busy = server('one', { outstanding: 1 });
    expect(chosen('failover', [busy, server('two')], '')).toBe('one');
    expect(chosen('failover', [{ ...busy, isShunned: true }, server('two')], '')).toBe('two');
    expect(chosen('failover', [{ ...busy, isShunned: true }], '')).toBe('one');
    expect(chosen('failover', [], '')).toBeUndefined();
  });

  test('least-outstanding takes the one with the fewest, then the one that rested longest', () => {
    const three = [
      server('one', { outstanding: 2, limit: 4, lastUsed: 1 }),
      server('two', { outstanding: 1, limit: 4, lastUsed: 3 }),
      server('three', { outstanding: 1, limit: 4, lastUsed: 2 }),
    ];
    expect(chosen('least-outstanding', three, '')).toBe('three');
  });

  test('least-outstanding takes one with room before one without', () => {
    const two = [server('full', { outstanding: 1 }), server('roomy', { outstanding: 3, limit: 4 })];
    expect(chosen('least-outstanding', two, '')).toBe('roomy');
  });

  test('hash spreads keys evenly, keeps each where it is, and moves only those of a server that went', () => {
    const servers = ['engine1', 'engine2', 'engine3'].map((name) => server(name));
    const before = keys.map((key) => chosen('hash', servers, key));
    for (const { name } of servers) {
      expect(before.filter((found) => found === name).length).toBeGreaterThan(900);
    }
    const without = servers.filter(({ name }) => name !== 'engine2');
    const after = keys.map((key) => chosen('hash', without, key));
    expect(after.filter((name, index) => name !== before[index] && before[index] !== 'engine2')).toEqual([]);
    expect(after).not.toContain('engine2');
  });
});
