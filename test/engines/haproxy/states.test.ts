import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { keepStates } from '../../../src/engines/haproxy/states.ts';
import { desiredOf } from './support.ts';

// The capture is of HAProxy 2.6; 3.0 writes the same.
const captured = readFileSync(new URL('captured/2.6-show-servers-state.txt', import.meta.url), 'utf8').trim();

type Server = string | { address: string; weight?: number };

const SERVERS: Readonly<Record<string, Server>> = {
  good: '127.0.0.1:23081',
  closed: { address: '127.0.0.1:23099', weight: 50 },
  bad: { address: '127.0.0.1:23082', weight: 1 },
  hang: { address: '127.0.0.1:23083', weight: 1 },
  named: { address: 'localhost:23081', weight: 10 },
  off: { address: '127.0.0.1:23081', weight: 1 },
};

/** The servers of the pool `web` whose states are kept for a spec with these servers. */
function keptFor(servers: Readonly<Record<string, Server>>): readonly (string | undefined)[] {
  const web = { preset: 'tcp', listen: '127.0.0.1:23080', servers };
  const desired = desiredOf(JSON.stringify({ version: 1, site: 'states', services: { web } }));
  const [version, header, ...rows] = keepStates(captured, desired).trimEnd().split('\n');
  expect([version, header]).toEqual(captured.split('\n').slice(0, 2));
  expect(rows.every((row) => captured.includes(`${row}\n`))).toBe(true);
  return rows.map((row) => row.split(' ')[3]);
}

test('what has not changed is kept, each row as it was; what the spec no longer has is not', () => {
  expect(keptFor(SERVERS)).toEqual(['good', 'closed', 'bad', 'hang', 'named', 'off']);
  const { good, bad } = SERVERS;
  expect(keptFor({ good: good as Server, bad: bad as Server })).toEqual(['good', 'bad']);
});

test.each([
  ['another port', { ...SERVERS, good: '127.0.0.1:23082' }, 'good'],
  ['another address', { ...SERVERS, good: '127.0.0.2:23081' }, 'good'],
  ['another weight', { ...SERVERS, closed: { address: '127.0.0.1:23099', weight: 51 } }, 'closed'],
  ['another name, though the address may be the same', { ...SERVERS, named: 'localhost.example:23081' }, 'named'],
  ['a name instead of an address', { ...SERVERS, good: 'good.example:23081' }, 'good'],
])('%s: the configuration counts, and the state is not kept', (_, servers, changed) => {
  expect(keptFor(servers)).toEqual(Object.keys(SERVERS).filter((name) => name !== changed));
});

test('nothing at all', () => {
  const desired = desiredOf(
    JSON.stringify({
      version: 1,
      site: 's',
      services: { web: { preset: 'tcp', listen: '127.0.0.1:1', servers: SERVERS } },
    }),
  );
  expect(keepStates('1\n', desired).split('\n')[0]).toBe('1');
});
