import { afterAll, beforeAll, expect, test } from 'vitest';
import { notePeaks } from '#store';
import type { PoolSteering, ServerSteering } from '#steer';

import { endPrograms } from '../support/programs.ts';
import { ALL, type Rig, startApi } from './support.ts';

const server = (name: string, change: Partial<ServerSteering> = {}): ServerSteering => ({
  server: name,
  weight: 100,
  limit: undefined,
  treatment: 'in',
  words: 'weight 100: answers take 51 ms, as is usual (50 ms)',
  reasons: [{ code: 'neutral', words: 'answers take 51 ms, as is usual (50 ms)' }],
  answerTime: 51.5,
  leastTime: 44,
  inFlight: 2,
  foundLimit: undefined,
  provenLimit: 2.2,
  ...change,
});

const steered: readonly PoolSteering[] = [
  {
    backend: 'pacs.vna',
    mode: 'observe',
    hindrance: undefined,
    rate: undefined,
    servers: [server('vna1', { weight: 0, limit: 4, treatment: 'out', words: 'weight 0: errors', foundLimit: 4 })],
  },
  { backend: 'portal', mode: 'on', hindrance: 'HAProxy does not answer', rate: 12.5, servers: [server('web1')] },
  { backend: 'gone', mode: 'on', hindrance: undefined, rate: undefined, servers: [] },
];

let rig: Rig;
const get = async (url: string, token = rig.token(ALL)) =>
  rig.ask({ url, headers: { authorization: `Bearer ${token}` } });

beforeAll(async () => {
  rig = await startApi({ steering: () => steered });
});
afterAll(async () => {
  await rig.close();
  await endPrograms();
});

test('steering is told under the names of the spec, without what is not known', async () => {
  const answer = await get('/api/v1/services/pacs/steering');
  expect(answer.json()).toEqual([
    {
      pool: 'vna',
      mode: 'observe',
      servers: [
        {
          server: 'vna1',
          weight: 0,
          limit: 4,
          treatment: 'out',
          words: 'weight 0: errors',
          reasons: [{ code: 'neutral', words: 'answers take 51 ms, as is usual (50 ms)' }],
          answerTime: 51.5,
          leastTime: 44,
          inFlight: 2,
          foundLimit: 4,
          provenLimit: 2.2,
        },
      ],
    },
  ]);
  const [portal] = (await get('/api/v1/services/portal/steering')).json();
  expect(portal).toMatchObject({ pool: 'default', hindrance: 'HAProxy does not answer', rate: 12.5 });
  expect(portal.servers[0]).not.toHaveProperty('limit');
});

test('a server of a steered pool says how it is treated, and no other does', async () => {
  const { services } = (await get('/api/v1/services')).json();
  const [pacs, portal] = services;
  expect(pacs.pools[1].servers[0].steering).toEqual({
    mode: 'observe',
    weight: 0,
    limit: 4,
    treatment: 'out',
    words: 'weight 0: errors',
  });
  expect(pacs.pools[0].servers[0]).not.toHaveProperty('steering');
  expect(portal.pools[0].servers[0].steering).toMatchObject({ mode: 'on', weight: 100 });
});

test.each(['steering', 'capacity'])('%s of what is not there, or not theirs, is not found', async (what) => {
  expect((await get(`/api/v1/services/portl/${what}`)).json()).toMatchObject({
    code: 'api-not-found',
    detail: 'there is no such service; did you mean portal?',
  });
  const foreign = rig.token({ role: 'viewer', services: ['portal'] });
  expect((await get(`/api/v1/services/pacs/${what}`, foreign)).statusCode).toBe(403);
  expect((await get(`/api/v1/services/portal/${what}`, foreign)).statusCode).toBe(200);
});

test('capacity counts with the week’s peak and the limits that steering found', async () => {
  const hour = Math.floor(rig.clock.now / 3_600_000);
  notePeaks(rig.store, hour - 30, [['pacs.vna', 3]]);
  notePeaks(rig.store, hour - 8 * 24, [['pacs.vna', 99]]);
  const [plain, vna] = (await get('/api/v1/services/pacs/capacity')).json();
  expect(plain).toMatchObject({ pool: 'default', servers: 2, serving: 2, inUse: 0, basis: 'unknown' });
  expect(plain).not.toHaveProperty('peak');
  expect(vna).toMatchObject({
    pool: 'vna',
    unit: 'association',
    peak: { most: 3, hour: (hour - 30) * 3_600_000 },
    limit: 4,
    basis: 'found',
    spareNow: { servers: 0, enough: true },
    sparePeak: { servers: 0, enough: true },
  });
  expect(vna.words).toBe('pacs/vna: its only server may not be missing: nobody could take over');
});

test('metrics have what steering sees and does', async () => {
  const text = (await get('/metrics')).body;
  expect(
    text.split('\n').filter((line) => /^vagus_(pool_(steering|answers)|server_(steered|treatment|answer))/.test(line)),
  ).toMatchInlineSnapshot(`
      [
        "vagus_pool_steering_in_force{service="pacs",pool="vna"} 0",
        "vagus_pool_steering_in_force{service="portal",pool="default"} 0",
        "vagus_pool_answers_per_second{service="portal",pool="default"} 12.5",
        "vagus_server_steered_weight_ratio{service="pacs",pool="vna",server="vna1"} 0",
        "vagus_server_steered_weight_ratio{service="portal",pool="default",server="web1"} 1",
        "vagus_server_steered_limit{service="pacs",pool="vna",server="vna1"} 4",
        "vagus_server_treatment{service="pacs",pool="vna",server="vna1",treatment="out"} 1",
        "vagus_server_treatment{service="portal",pool="default",server="web1",treatment="in"} 1",
        "vagus_server_answer_seconds{service="pacs",pool="vna",server="vna1"} 0.0515",
        "vagus_server_answer_seconds{service="portal",pool="default",server="web1"} 0.0515",
      ]
    `);
});
