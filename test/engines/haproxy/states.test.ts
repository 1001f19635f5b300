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

const COLUMNS = captured.split('\n')[1]?.replace('# ', '').split(' ') ?? [];

/** The rows that are kept for a spec with these servers, by name, and their values by column. */
function keptFor(
  servers: Readonly<Record<string, Server>>,
  text = captured,
): Readonly<Record<string, Readonly<Record<string, string>>>> {
  const web = { preset: 'tcp', listen: '127.0.0.1:23080', servers };
  const desired = desiredOf(JSON.stringify({ version: 1, site: 'states', services: { web } }));
  const [version, header, ...rows] = keepStates(text, desired).trimEnd().split('\n');
  expect([version, header]).toEqual(text.split('\n').slice(0, 2));
  const values = rows.map((row) => Object.fromEntries(row.split(' ').map((value, index) => [COLUMNS[index], value])));
  return Object.fromEntries(values.map((row) => [row['srv_name'], row]));
}

/** The same capture with one server as somebody has decided about it: `1` maintenance, `8` drain. */
const decided = (name: string, flags: string): string =>
  captured.replace(new RegExp(`(^\\d+ web \\d+ ${name} \\S+ \\d+) \\d+`, 'm'), `$1 ${flags}`);

const original = keptFor(SERVERS);

test('what has not changed is kept as it was; what the spec no longer has is not', () => {
  expect(Object.keys(original)).toEqual(['good', 'closed', 'bad', 'hang', 'named', 'off']);
  const { good, bad } = SERVERS;
  expect(Object.keys(keptFor({ good: good as Server, bad: bad as Server }))).toEqual(['good', 'bad']);
});

test('the address and the weight are those of the spec, all else as it was', () => {
  expect(keptFor({ ...SERVERS, closed: { address: '127.0.0.1:23099', weight: 51 } })).toEqual({
    ...original,
    closed: { ...original['closed'], srv_uweight: '51', srv_iweight: '51' },
  });
  expect(keptFor({ ...SERVERS, good: { address: '127.0.0.2:23082', weight: 7 } })['good']).toEqual({
    ...original['good'],
    srv_addr: '127.0.0.2',
    srv_port: '23082',
    srv_uweight: '7',
    srv_iweight: '7',
  });
});

test('who is down at an address is not down at another one', () => {
  expect(original['closed']?.['srv_op_state']).toBe('0');
  expect(Object.keys(keptFor({ ...SERVERS, closed: { address: '127.0.0.1:23098', weight: 50 } }))).not.toContain(
    'closed',
  );
});

test.each([
  ['1', '0'],
  ['8', '2'],
])('what somebody has decided (%s) stays, at whatever address', (flags, state) => {
  const kept = keptFor({ ...SERVERS, closed: { address: '127.0.0.1:23098', weight: 50 } }, decided('closed', flags));
  expect(kept['closed']).toMatchObject({ srv_admin_state: flags, srv_port: '23098', srv_op_state: state });
});

test('a name is not the address that another name had', () => {
  expect(Object.keys(keptFor({ ...SERVERS, named: 'localhost.example:23081' }))).not.toContain('named');
  expect(Object.keys(keptFor({ ...SERVERS, good: 'good.example:23081' }))).not.toContain('good');
  const kept = keptFor({ ...SERVERS, good: 'good.example:23081' }, decided('good', '8'));
  expect(kept['good']).toMatchObject({ srv_admin_state: '8', srv_addr: '-', srv_fqdn: 'good.example' });
});

test('an address of IPv6 may be written in several ways', () => {
  const text = captured.replace(' good 127.0.0.1 ', ' good 2001:db8::1 ');
  const kept = keptFor({ ...SERVERS, good: '[2001:DB8:0:0::1]:23081' }, text);
  expect(kept['good']).toEqual({ ...original['good'], srv_addr: '2001:db8::1' });
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
