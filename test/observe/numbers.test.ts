import { expect, test } from 'vitest';
import type { Samples } from '#engines/haproxy';

import { numbersOf } from '../../src/observe/numbers.ts';
import { desired } from '../plan/support.ts';

const wanted = desired(`version: 1
site: numbers
services:
  pacs:
    preset: dicom
    listen: 10.0.0.1:104
    routes: [{ when: { calledAeTitle: VNA }, pool: vna }]
    pools:
      default: { servers: { pacs1: 10.0.2.1:104 } }
      vna: { servers: { vna1: { address: 10.0.2.3:104, weight: 50 } } }
`);

const samples = {
  frontends: [{ frontend: 'pacs', connections: 4, totalConnections: 9, deniedRequests: 2 }],
  backends: [{ backend: 'pacs.vna', queued: 3 }],
  servers: [
    {
      backend: 'pacs.vna',
      server: 'vna1',
      status: 'UP',
      weight: 50,
      sessions: 2,
      queued: 1,
      totalSessions: 70,
      connectTime: 5,
      responseTime: 250,
      connectErrors: 1,
      responseErrors: 2,
      retries: 3,
      redispatches: 4,
      check: { pending: false, status: 'L7OK', code: 0, detail: '', duration: 3 },
    },
  ],
} as unknown as Samples;

test('what HAProxy counts has the names of the plan, seconds, and sessions that older workers hold', () => {
  const { services, pools, servers } = numbersOf(wanted, samples, new Map([['pacs.vna/vna1', 5]]));
  expect(services).toEqual([
    { service: 'pacs', verdict: 'degraded', connections: 4, connectionsTotal: 9, refusedTotal: 2 },
  ]);
  expect(pools).toEqual([
    { service: 'pacs', pool: 'default', queued: 0 },
    { service: 'pacs', pool: 'vna', queued: 3 },
  ]);
  expect(servers[1]).toEqual({
    service: 'pacs',
    pool: 'vna',
    server: 'vna1',
    state: 'up',
    serves: true,
    weight: 50,
    sessions: 7,
    queued: 1,
    connectSeconds: 0.005,
    responseSeconds: 0.25,
    sessionsTotal: 70,
    connectErrors: 1,
    responseErrors: 2,
    retries: 3,
    redispatches: 4,
  });
  expect(servers[0]).toMatchObject({ server: 'pacs1', state: 'down', serves: false, sessionsTotal: 0 });
});
