import { afterEach, beforeEach, expect, test } from 'vitest';
import { ok } from '#lib';

import { endPrograms } from '../support/programs.ts';
import { ALL, healthOf, type Rig, startApi } from './support.ts';

let rig: Rig;
let looks: number;

beforeEach(async () => {
  looks = 0;
  rig = await startApi({
    async health(wanted) {
      looks += 1;
      return ok({ ...healthOf(wanted), oldWorkers: looks });
    },
  });
});
afterEach(async () => {
  await rig.close();
  await endPrograms();
});

const get = (token: string) => rig.ask({ url: '/api/v1/services', headers: { authorization: `Bearer ${token}` } });

test('many who look at once are told what one look has shown', async () => {
  const tokens = [ALL, ALL, { role: 'viewer', services: 'all' } as const].map((grant) => rig.token(grant));
  const answers = await Promise.all(tokens.map(get));
  expect(looks).toBe(1);
  expect(new Set(answers.map(({ body }) => body)).size).toBe(1);
  expect(answers[0]?.headers['content-type']).toBe('application/json; charset=utf-8');
});

test('whoever may see less is told less, also right after somebody who may see all', async () => {
  const names = async (token: string): Promise<unknown> =>
    (await get(token)).json().services.map(({ name }: { readonly name: string }) => name);
  expect(await names(rig.token(ALL))).toEqual(['pacs', 'portal']);
  expect(await names(rig.token({ role: 'viewer', services: ['portal'] }))).toEqual(['portal']);
  expect(await names(rig.token({ role: 'viewer', services: ['pacs'] }))).toEqual(['pacs']);
});

test.each([
  ['half a second later', () => void (rig.clock.now += 500)],
  ['after something happened', () => void rig.ports.feed.publish({ tone: 'bad', text: 'portal/web1 is down' })],
  [
    'after somebody changed something',
    (token: string) =>
      rig.ask({
        method: 'PUT',
        url: '/api/v1/services/portal/pools/default/servers/web1/state',
        headers: { authorization: `Bearer ${token}` },
        payload: { state: 'drain' },
      }),
  ],
] as const)('what was seen is looked at anew %s', async (_, happens) => {
  const token = rig.token(ALL);
  await get(token);
  await get(token);
  expect(looks).toBe(1);
  await happens(token);
  const before = looks;
  expect((await get(token)).json().oldWorkers).toBe(before + 1);
});
