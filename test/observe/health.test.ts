import { describe, expect, test } from 'vitest';
import type { Samples, ServerSample } from '#engines/haproxy';
import { servicesOf } from '../../src/observe/health.ts';
import { desired } from '../plan/support.ts';

const wanted = desired(`version: 1
site: health
services:
  pacs:
    preset: dicom
    listen: 10.0.0.1:104
    routes: [{ when: { calledAeTitle: VNA }, pool: vna }]
    pools:
      default: { servers: { pacs1: 10.0.2.1:104, pacs2: { address: 10.0.2.2:104, backup: true } } }
      vna: { servers: { vna1: "[2001:db8::1]:104" } }
  follower:
    preset: dicom
    listen: 10.0.0.1:105
    check: { follow: pacs }
    servers: { pacs1: 10.0.2.1:105 }
`);

const sample = (backend: string, server: string, change: Partial<ServerSample> = {}): ServerSample => ({
  backend,
  server,
  id: '1',
  status: 'UP',
  weight: 100,
  limit: undefined,
  backup: false,
  sessions: 0,
  queued: 0,
  totalSessions: 0,
  connectTime: 0,
  responseTime: 0,
  serverErrors: 0,
  connectErrors: 0,
  responseErrors: 0,
  retries: 0,
  redispatches: 0,
  changed: 60,
  check: { pending: false, status: 'L7OK', code: 0, detail: 'C-ECHO ok', duration: 3 },
  ...change,
});

/** All is well, but for this. */
const samples = (...changed: readonly ServerSample[]): Samples => {
  const well = [
    sample('pacs', 'pacs1'),
    sample('pacs', 'pacs2', { backup: true }),
    sample('pacs.vna', 'vna1'),
    sample('follower', 'pacs1'),
  ];
  const isChanged = (one: ServerSample): boolean =>
    changed.some(({ backend, server }) => backend === one.backend && server === one.server);
  return {
    servers: [...well.filter((one) => !isChanged(one)), ...changed],
    backends: [
      {
        backend: 'pacs.vna',
        queued: 3,
        sessions: 0,
        totalSessions: 0,
        serverErrors: 0,
        connectErrors: 0,
        responseErrors: 0,
      },
    ],
    frontends: [{ frontend: 'pacs', connections: 4, totalConnections: 9, deniedRequests: 2 }],
  };
};

const pacs = (now: Samples, held = new Map<string, number>()): ReturnType<typeof servicesOf>[number] | undefined =>
  servicesOf(wanted, now, held)[0];

const firstServer = (now: Samples, held?: Map<string, number>): unknown => pacs(now, held)?.pools[0]?.servers[0];

test('a service has the names of the spec and the numbers of the engine', () => {
  expect(pacs(samples())).toMatchObject({
    name: 'pacs',
    preset: 'dicom',
    listen: ['10.0.0.1:104'],
    verdict: 'up',
    connections: 4,
    refused: 2,
    pools: [
      { name: 'default', servers: [{ label: 'pacs/pacs1', address: '10.0.2.1:104' }, { backup: true }] },
      { name: 'vna', queued: 3, servers: [{ label: 'pacs/vna/vna1', address: '[2001:db8::1]:104' }] },
    ],
  });
});

test('the weight that the spec gives stands beside the one that steering makes of it', () => {
  const steered = samples(sample('pacs', 'pacs1', { weight: 40 }));
  expect(firstServer(steered)).toMatchObject({ weight: 40, configuredWeight: 100 });
});

describe('the state of a server', () => {
  test.each([
    ['UP', 'up', 'C-ECHO ok'],
    ['UP 1/2', 'failing', 'C-ECHO ok'],
    ['DOWN', 'down', 'C-ECHO ok'],
    ['DOWN 1/2', 'rising', 'C-ECHO ok'],
    ['DRAIN', 'drain', 'draining; C-ECHO ok'],
    ['NOLB', 'drain', 'draining; C-ECHO ok'],
    ['MAINT', 'maint', 'in maintenance'],
    ['MAINT (via ccw/ccw1)', 'maint', 'in maintenance'],
    ['MAINT (resolution)', 'unresolved', 'its name cannot be resolved'],
  ])('%s', (status, state, why) => {
    expect(firstServer(samples(sample('pacs', 'pacs1', { status })))).toMatchObject({ state, why });
  });

  test('what the engine does not know is down', () => {
    const now = samples();
    const servers = now.servers.filter(({ server }) => server !== 'pacs1');
    expect(firstServer({ ...now, servers })).toMatchObject({ state: 'down', why: 'not known to HAProxy' });
  });

  test('one that was called well after its check failed says nothing of that check', () => {
    const check = { pending: false, status: 'L4CON', code: undefined, detail: 'Connection refused', duration: 0 };
    const now = samples(sample('pacs', 'pacs1', { check }), sample('pacs.vna', 'vna1', { check, status: 'UP 1/2' }));
    const [calledWell, failing] = pacs(now)?.pools.map(({ servers }) => servers[0]) ?? [];
    expect(calledWell).toMatchObject({ state: 'up', why: 'begins anew, not checked yet' });
    expect(failing).toMatchObject({ state: 'failing', why: expect.stringContaining('port closed') });
  });

  test('one that follows says whom', () => {
    const [, follower] = servicesOf(wanted, samples(), new Map());
    expect(follower?.pools[0]?.servers[0]?.why).toBe('follows pacs/pacs1');
  });

  test('connections of old workers count, and are told apart', () => {
    const held = new Map([['pacs/pacs1', 3]]);
    expect(firstServer(samples(sample('pacs', 'pacs1', { sessions: 2 })), held)).toMatchObject({
      connections: 5,
      connectionsBeforeReload: 3,
    });
  });
});

describe('the verdict', () => {
  test.each([
    ['up', []],
    ['degraded', [sample('pacs', 'pacs1', { status: 'DOWN' })]],
    ['degraded', [sample('pacs.vna', 'vna1', { status: 'MAINT' })]],
    ['up', [sample('pacs', 'pacs1', { status: 'UP 1/2' })]],
    ['down', ['pacs/pacs1', 'pacs/pacs2', 'pacs.vna/vna1'].map((name) => sample(...split(name), { status: 'DOWN' }))],
  ] as const)('%s', (verdict, changed) => {
    expect(pacs(samples(...changed))?.verdict).toBe(verdict);
  });
});

function split(name: string): [string, string] {
  const [backend = '', server = ''] = name.split('/');
  return [backend, server];
}
