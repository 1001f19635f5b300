import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readProcesses } from '../../../src/engines/haproxy/processes.ts';
import { readEvent, readSamples } from '../../../src/engines/haproxy/read.ts';
import { readSessions } from '../../../src/engines/haproxy/sessions.ts';
import { readVersion } from '../../../src/engines/haproxy/version.ts';

const captured = (name: string): string => readFileSync(new URL(`captured/${name}`, import.meta.url), 'utf8').trimEnd();

const VERSIONS = ['2.6', '3.0'] as const;

describe.each(VERSIONS)('the statistics of %s', (version) => {
  const { servers, frontends } = readSamples(captured(`${version}-show-stat.csv`));
  const server = (name: string): unknown => servers.find((sample) => `${sample.backend}/${sample.server}` === name);

  test('every server and every frontend, and no totals of backends', () => {
    expect(servers.map((sample) => `${sample.backend}/${sample.server}`)).toEqual([
      'web/good',
      'web/closed',
      'web/bad',
      'web/hang',
      'web/named',
      'web/off',
      'pacs.vna/plain',
      'pacs.vna/quoted',
    ]);
    expect(frontends).toMatchObject([
      { frontend: 'web', connections: 0, totalConnections: 5, deniedRequests: 1 },
      { frontend: 'pacs', connections: 1, totalConnections: 1, deniedRequests: 0 },
    ]);
  });

  test.each([
    ['web/good', { status: 'UP', weight: 100, backup: false, check: { status: 'L7OK', code: 200, detail: '' } }],
    [
      'web/closed',
      {
        status: 'DOWN',
        weight: 50,
        backup: true,
        check: { status: 'L4CON', code: undefined, detail: 'Connection refused', duration: 0 },
      },
    ],
    ['web/bad', { status: 'DOWN', check: { status: 'L7STS', code: 500 } }],
    ['web/hang', { status: 'DOWN', check: { status: expect.stringMatching(/^L7TOUT$/), detail: '' } }],
    ['web/off', { status: 'MAINT', check: { status: '', code: undefined, detail: '', duration: undefined } }],
    ['pacs.vna/plain', { status: 'no check', sessions: 1, totalSessions: 1 }],
    ['pacs.vna/quoted', { check: { detail: 'A-ASSOCIATE-RJ, "result"=01 source=01 reason=07' } }],
  ])('%s', (name, expected) => {
    expect(server(name)).toMatchObject(expected);
  });
});

test('statistics of a HAProxy without proxies', () => {
  expect(readSamples('# pxname,svname,\n')).toEqual({ servers: [], frontends: [], backends: [] });
  expect(readSamples('')).toEqual({ servers: [], frontends: [], backends: [] });
});

describe.each(VERSIONS)('the events of %s', (version) => {
  const events = captured(`${version}-show-events.txt`).split('\n').map(readEvent);

  test('servers that go down and come up', () => {
    const ofServers = events.filter((event) => event?.event === 'server');
    expect(ofServers).toContainEqual({ event: 'server', backend: 'web', server: 'closed', up: false });
    expect(ofServers).toContainEqual({ event: 'server', backend: 'pacs.vna', server: 'quoted', up: false });
    expect(
      readEvent('Server web/good is UP. 4 active and 0 backup servers online. 0 sessions requeued, 0 total'),
    ).toEqual({ event: 'server', backend: 'web', server: 'good', up: true });
  });

  test('requests that were refused, and handshakes that failed', () => {
    expect(events).toContainEqual({
      event: 'request',
      service: 'web',
      pool: 'web',
      server: '<NOSRV>',
      from: '127.0.0.1',
      status: 403,
      end: 'PR',
      retries: '0',
    });
    expect(events.filter((event) => event?.event === 'handshake')).toEqual(
      Array.from({ length: 2 }, () => ({ event: 'handshake', from: '127.0.0.1', service: 'web' })),
    );
  });

  test('a server that was told to change, or comes back, is told apart', () => {
    expect(readEvent('Server web/off is UP/DRAIN (leaving forced maintenance).')).toBeUndefined();
    expect(readEvent('Server web/off is DOWN/MAINT, as told.')).toBeUndefined();
    expect(readEvent('Server web/off is UP/READY (leaving forced maintenance).')).toMatchObject({ up: true });
    expect(readEvent('Server web/off is DOWN/READY (leaving forced maintenance).')).toMatchObject({ up: false });
  });

  test('a name that has another address', () => {
    const moved = { event: 'moved', backend: 'pacs.vna', server: 'a', from: '10.0.0.1', to: 'fd00::2' };
    expect(readEvent('pacs.vna/a changed its IP from 10.0.0.1 to fd00::2 by vagus/dns1.')).toEqual(moved);
    expect(readEvent('pacs.vna/a changed its IP from 10.0.0.1 to fd00::2 by DNS cache.')).toEqual(moved);
    expect(readEvent("pacs.vna/a: IP changed from '10.0.0.1' to 'fd00::2' by 'vagus/dns1'.")).toEqual(moved);
    expect(readEvent('pacs.vna/a changed its IP from (none) to 10.0.0.1 by vagus/dns1.')).toBeUndefined();
    expect(readEvent("pacs.vna/a: IP changed from '10.0.0.1' to '10.0.0.2' by 'stats socket command'")).toBeUndefined();
  });

  test('one check is no event, nor is text that means nothing', () => {
    const checks = captured(`${version}-show-events.txt`)
      .split('\n')
      .filter((text) => text.startsWith('Health check'));
    expect(checks.length).toBeGreaterThan(3);
    expect(checks.map(readEvent).filter((event) => event !== undefined)).toEqual([]);
    expect(['', '{', '{"event":', 'Proxy web started.'].map(readEvent)).toEqual(Array.from({ length: 4 }));
  });
});

describe.each(VERSIONS)('the sessions of %s', (version) => {
  const text = captured(`${version}-show-sess-all.txt`);

  test('the one that has a server', () => {
    expect(readSessions(text).filter(({ server }) => server !== '<NONE>')).toEqual([
      {
        id: expect.stringMatching(/^0x[0-9a-f]{8,}$/),
        backend: 'pacs.vna',
        server: 'plain',
        localPort: version === '2.6' ? 45692 : 48888,
        established: true,
        bytes: 4,
      },
    ]);
  });

  test('one that is still connecting is not established', () => {
    const connecting = text.replace(/^( {2}scb=.* state=)EST/m, '$1CON');
    expect(readSessions(connecting)[0]?.established).toBe(false);
  });

  test('none', () => expect(readSessions('')).toEqual([]));
});

describe.each(VERSIONS)('the processes of %s', (version) => {
  const processes = (name: string): unknown => readProcesses(captured(`${version}-show-proc-${name}.txt`));
  const [master, first, second] = version === '2.6' ? [28173, 28191, 28245] : [28362, 28365, 28466];

  test('started', () => {
    expect(processes('started')).toEqual({ master, worker: first, oldWorkers: [], reloads: 0, failedReloads: 0 });
  });

  test('reloaded, while a connection goes on', () => {
    expect(processes('reloaded')).toEqual({
      master,
      worker: second,
      oldWorkers: [{ pid: first, uptime: expect.stringMatching(/^0d00h00m0\ds$/) }],
      reloads: 1,
      failedReloads: 0,
    });
  });

  test('a reload that fails leaves the worker', () => {
    expect(processes('failed')).toMatchObject({ worker: second, reloads: 3, failedReloads: 2 });
  });
});

test('an answer without a failed count is read too', () => {
  const text =
    '#<PID> <type> <reloads> <uptime> <version>\n7  master  0  0d00h01m28s  2.2.3\n# workers\n8  worker  0  0d00h00m00s  2.2.3\n';
  expect(readProcesses(text)).toEqual({ master: 7, worker: 8, oldWorkers: [], reloads: 0, failedReloads: 0 });
});

describe('which HAProxy it is', () => {
  const can = (name: string): unknown => {
    const read = readVersion('haproxy', captured(`${name}-version.txt`));
    return read.ok ? read.value : read.error.code;
  };

  test('2.6 and 3.0', () => {
    expect(can('2.6')).toEqual({
      program: 'haproxy',
      number: '2.6.12',
      can: {
        reportReload: false,
        retryEndedRequests: true,
        addServersWithCookie: false,
        leaveOldAddress: false,
        reuseOnAddedServers: false,
        largestFile: 15_000,
      },
    });
    expect(can('3.0')).toEqual({
      program: 'haproxy',
      number: '3.0.11',
      can: {
        reportReload: true,
        retryEndedRequests: false,
        addServersWithCookie: true,
        leaveOldAddress: true,
        reuseOnAddedServers: true,
        largestFile: 15_000,
      },
    });
  });

  test.each([
    ['too old', 'HAProxy version 2.4.22-f8e3218 2023/02/14', 'haproxy-too-old'],
    ['older than its name', 'HA-Proxy version 1.8.27 2020/11/06', 'haproxy-missing'],
    ['not HAProxy', 'nginx version: nginx/1.22.1', 'haproxy-missing'],
    ['without Lua', 'HAProxy version 2.8.3-86e043a\nFeature list : -LUA +OPENSSL', 'haproxy-too-old'],
    ['without TLS', 'HAProxy version 2.8.3-86e043a\nFeature list : +LUA -OPENSSL', 'haproxy-too-old'],
  ])('%s', (_, text, code) => {
    const read = readVersion('haproxy', text);
    expect(read.ok ? undefined : read.error.code).toBe(code);
  });

  test('a development version', () => {
    const read = readVersion('haproxy', 'HAProxy version 3.2-dev4-1a2b3c 2026/01/01\n+LUA +OPENSSL');
    expect(read).toMatchObject({ ok: true, value: { can: { reportReload: true } } });
  });
});
