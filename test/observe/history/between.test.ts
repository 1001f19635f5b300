import { expect, test } from 'vitest';
import type { BackendSample, Samples, ServerSample } from '#engines/haproxy';

import { between } from '../../../src/observe/history/between.ts';
import { quantile } from '../../../src/observe/history/times.ts';
import { desired } from '../../plan/support.ts';

const wanted = desired(`version: 1
site: history
services:
  portal:
    preset: http
    listen: 10.0.0.1:80
    routes: [{ when: { path: /api/ }, pool: api }]
    pools:
      default: { servers: { web1: 10.0.2.1:80, web2: 10.0.2.2:80 } }
      api: { servers: { api1: 10.0.2.3:80 } }
  pacs:
    preset: dicom
    listen: 10.0.0.1:104
    servers: { pacs1: 10.0.2.4:104 }
`);

const server = (name: string, numbers: Partial<ServerSample>): ServerSample => {
  const [backend, own] = name.split('/');
  const none = { sessions: 0, queued: 0, totalSessions: 0, responseTime: 0, weight: 100, limit: undefined };
  return {
    ...none,
    serverErrors: 0,
    connectErrors: 0,
    responseErrors: 0,
    ...numbers,
    backend,
    server: own,
  } as ServerSample;
};

const backend = (name: string, numbers: Partial<BackendSample>): BackendSample => ({
  queued: 0,
  sessions: 0,
  totalSessions: 0,
  serverErrors: 0,
  connectErrors: 0,
  responseErrors: 0,
  ...numbers,
  backend: name,
});

const at = (backends: readonly BackendSample[], servers: readonly ServerSample[]): Samples => ({
  frontends: [],
  backends,
  servers,
});

const before = at(
  [backend('portal', { totalSessions: 1_000 }), backend('portal.api', {}), backend('pacs', {})],
  [server('portal/web1', { totalSessions: 900 }), server('portal.api/api1', {}), server('pacs/pacs1', {})],
);

test('what was done, failed and took time, of each server and of its service', () => {
  const now = at(
    [
      backend('portal', { totalSessions: 1_110, serverErrors: 7, queued: 2 }),
      backend('portal.api', { totalSessions: 40 }),
      backend('pacs', { totalSessions: 3, connectErrors: 1 }),
    ],
    [
      server('portal/web1', {
        totalSessions: 1_000,
        serverErrors: 4,
        connectErrors: 1,
        responseTime: 50,
        sessions: 3,
        queued: 5,
        weight: 40,
        limit: 8,
      }),
      server('portal.api/api1', { totalSessions: 40, responseTime: 200, sessions: 1 }),
      server('pacs/pacs1', { totalSessions: 3, connectErrors: 1, sessions: 2 }),
    ],
  );
  const times = new Map([['portal/web1', new Map([[20, 100]])]]);
  const seen = between(wanted, before, now, 10, times);
  const portal = seen.get('portal');
  expect(portal?.get('default/web1')).toEqual({
    seconds: 10,
    done: 100,
    failed: 5,
    answered: 100,
    spent: 5_000,
    inFlight: 3,
    queued: 5,
    weight: 40,
    limit: 8,
    times: new Map([[20, 100]]),
  });
  expect(portal?.get('')).toEqual({
    seconds: 10,
    done: 150,
    failed: 7,
    answered: 140,
    spent: 13_000,
    inFlight: 4,
    queued: 7,
    weight: undefined,
    limit: undefined,
    times: new Map([[20, 100]]),
  });
  expect(seen.get('pacs')?.get('default/pacs1')).toMatchObject({ done: 3, failed: 1, answered: 0, inFlight: 2 });
});

test('a server that only now is there is told of from the next look on', () => {
  const seen = between(wanted, before, before, 10, new Map());
  expect([...(seen.get('portal')?.keys() ?? [])].toSorted()).toEqual(['', 'api/api1', 'default/web1']);
});

test('a new worker counts from the beginning', () => {
  const now = at([backend('portal', { totalSessions: 12 })], [server('portal/web1', { totalSessions: 12 })]);
  const portal = between(wanted, before, now, 10, new Map()).get('portal');
  expect(portal?.get('')?.done).toBe(12);
  expect(portal?.get('default/web1')?.done).toBe(12);
});

test('a relay that does not answer for a moment leaves a gap, and no leap after it', () => {
  const relayed = desired(`version: 1
site: history
services:
  adt: { preset: hl7-mllp, listen: 10.0.0.1:2575, relay: {}, servers: { engine1: 10.0.2.1:2575 } }
`);
  const sent = (totalSessions: number) =>
    at([backend('adt', { totalSessions })], [server('adt/engine1', { totalSessions })]);
  const seen = (was: number, is: number) => between(relayed, sent(was), sent(is), 10, new Map()).get('adt');
  expect(seen(1_000, 1_020)?.get('')?.done).toBe(20);
  expect(seen(1_020, 0)).toBeUndefined();
  expect(seen(0, 1_030)).toBeUndefined();
  expect(seen(0, 0)?.get('')?.done).toBe(0);
});

test('of relayed servers it is known how long each acknowledgement took, also over a restart of the relay', () => {
  const relayed = desired(`version: 1
site: history
services:
  adt: { preset: hl7-mllp, listen: 10.0.0.1:2575, relay: {}, servers: { engine1: 10.0.2.1:2575, engine2: 10.0.2.2:2575 } }
`);
  const bounds = [10, 20, 100];
  const look = (one: readonly number[], sum: number, other: readonly number[]) =>
    at(
      [backend('adt', { totalSessions: 1 })],
      [
        server('adt/engine1', { answerTimes: { bounds, buckets: one, sum } }),
        server('adt/engine2', { answerTimes: { bounds, buckets: other, sum: 0 } }),
      ],
    );
  const seen = (was: Samples, is: Samples) => between(relayed, was, is, 10, new Map()).get('adt');
  const points = seen(look([5, 5, 0, 0], 120, [0, 0, 0, 0]), look([5, 103, 1, 1], 1_900, [0, 0, 0, 0]));
  const engine1 = points?.get('default/engine1');
  expect(engine1).toMatchObject({ answered: 100, spent: 1_780 });
  expect(quantile(engine1?.times ?? new Map(), 0.5)).toBeGreaterThan(10);
  expect(quantile(engine1?.times ?? new Map(), 0.5)).toBeLessThan(20);
  expect(quantile(engine1?.times ?? new Map(), 1)).toBeGreaterThan(85);
  expect(quantile(engine1?.times ?? new Map(), 1)).toBeLessThan(115);
  expect(points?.get('default/engine2')).toMatchObject({ answered: 0, spent: 0 });
  expect(points?.get('')).toMatchObject({ answered: 100, spent: 1_780, times: engine1?.times });

  const anew = seen(look([5, 103, 1, 1], 1_900, [9, 0, 0, 0]), look([4, 0, 0, 0], 8, [9, 1, 0, 0]));
  expect(anew?.get('default/engine1')).toMatchObject({ answered: 4, spent: 8 });
  expect(anew?.get('default/engine2')).toMatchObject({ answered: 1 });
});
