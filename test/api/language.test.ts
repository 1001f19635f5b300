import { afterAll, beforeAll, expect, test } from 'vitest';
import { auditHead } from '#store';

import { endPrograms } from '../support/programs.ts';
import { ALL, anything, type Rig, SPEC, startApi } from './support.ts';

let rig: Rig;
let admin: Record<string, string>;

beforeAll(async () => {
  rig = await startApi();
  admin = { authorization: `Bearer ${rig.token(ALL)}` };
});
afterAll(async () => {
  await rig.close();
  await endPrograms();
});

test('the schema of a spec is answered to editors', async () => {
  const answer = await rig.ask({ url: '/api/v1/spec/schema', headers: admin });
  expect(answer.json()).toMatchObject({ title: 'Vagus site specification', properties: { services: {} } });
});

test('every default of a preset is answered with its reason, and its source where it has one', async () => {
  const presets = (await rig.ask({ url: '/api/v1/presets', headers: admin })).json();
  expect(presets).toHaveLength(11);
  const fhir = presets.find(({ name }: { name: string }) => name === 'fhir');
  expect(fhir.fields).toContainEqual({
    field: 'check.interval',
    value: '30s',
    why: expect.stringContaining('heavy'),
    source: expect.stringContaining('https://'),
  });
});

test('what is wrong with a spec that is still being written is an answer, and nothing for the audit', async () => {
  const headers = { ...admin, 'content-type': 'application/yaml' };
  const request = { method: 'POST', url: '/api/v1/check', headers, payload: SPEC } as const;
  const before = auditHead(rig.store);
  expect((await rig.ask(request)).json()).toMatchObject({ accepted: true, problems: [] });
  rig.refuse(anything('apply-invalid', 'because'));
  const answer = await rig.ask(request);
  expect(answer.statusCode).toBe(200);
  expect(answer.json()).toMatchObject({ accepted: false, steps: [], problems: [{ location: { line: 2 } }] });
  expect(auditHead(rig.store)).toEqual(before);
});
