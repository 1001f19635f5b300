import * as fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { Secret } from '#lib';
import { firstLink } from '#access';
import { type RouteName, routes } from '#api/contract';
import { auditEntries } from '#store';

import { desired } from '../plan/support.ts';
import { endPrograms } from '../support/programs.ts';
import { ALL, anything, CANARY, PASSWORD, type Rig, SPEC, startApi } from './support.ts';

let rig: Rig;
let admin: Record<string, string>;

beforeAll(async () => {
  rig = await startApi();
  admin = { authorization: `Bearer ${rig.token(ALL)}` };
});
beforeEach(() => {
  rig.calls.length = 0;
});
afterAll(async () => {
  await rig.close();
  await endPrograms();
});

const server = '/api/v1/services/pacs/pools/vna/servers/vna1';
const json = { 'content-type': 'application/json' };
const yaml = { 'content-type': 'application/yaml' };

const lastAudit = () => {
  const found = auditEntries(rig.store, { limit: 1, first: 'newest' });
  return found.ok ? found.value[0] : undefined;
};

/** Routes that answer what the fakes, the store and the plan say. */
const reads: readonly (readonly [RouteName, string, unknown])[] = [
  ['services', '/api/v1/services', { site: 'harbour', services: [{ name: 'pacs' }, { name: 'portal' }] }],
  ['service', '/api/v1/services/pacs', { name: 'pacs', pools: [{ name: 'default' }, { name: 'vna' }] }],
  ['pool', '/api/v1/services/pacs/pools/vna', { name: 'vna', servers: [{ label: 'pacs/vna/vna1' }] }],
  ['server', server, { name: 'vna1', state: 'up' }],
  ['checks', '/api/v1/checks', [{ server: 'pacs1', words: 'C-ECHO ok' }, {}, {}, {}]],
  ['certificates', '/api/v1/certificates', []],
  ['controller', '/api/v1/controller', { pid: 42, revision: 3, site: 'harbour', reloads: 2, oldWorkers: 1 }],
  ['drains', '/api/v1/drains', [{ label: 'pacs/pacs1' }, { label: 'portal/web1' }]],
  ['windows', '/api/v1/windows', [{ id: 1, servers: ['pacs/pacs1', 'portal/web1'] }]],
  ['revisions', '/api/v1/revisions', []],
  ['reloads', '/api/v1/reloads', []],
  ['me', '/api/v1/me', { name: 'token:t1', kind: 'token', grants: [ALL] }],
  ['users', '/api/v1/users', []],
  ['tokens', '/api/v1/tokens', [{ name: 't1', grants: [ALL] }]],
  ['steering', '/api/v1/services/pacs/steering', []],
  ['history', '/api/v1/services/pacs/history', { range: '1h', step: 10_000, unit: 'association', servers: [] }],
  ['capacity', '/api/v1/services/pacs/capacity', [{ pool: 'default' }, { pool: 'vna' }]],
  ['openapi', '/api/v1/openapi.json', { openapi: '3.1.0' }],
];

test.each(reads)('%s answers at %s', async (name, url, expected) => {
  const answer = await rig.ask({ url, headers: admin });
  expect(answer.statusCode, answer.body).toBe(200);
  expect(routes[name].method).toBe('GET');
  expect(answer.json()).toMatchObject(expected as object);
  expect(answer.headers['cache-control']).toBe('no-store');
});

test('the spec in force comes with the number of its revision', async () => {
  const answer = await rig.ask({ url: '/api/v1/spec', headers: admin });
  expect(answer.headers).toMatchObject({ etag: '"3"', 'content-type': 'application/yaml' });
  expect(answer.body).toBe(`${SPEC}# revision 3\n`);
});

test('applying a text passes on who, why, how, and what was seen', async () => {
  const answer = await rig.ask({
    method: 'PUT',
    url: '/api/v1/spec?why=new%20archive&confirm=10m&gate=off',
    headers: { ...admin, ...yaml, 'if-match': '"3"' },
    payload: SPEC,
  });
  expect(answer.json()).toMatchObject({ revision: 4, how: 'live' });
  expect(answer.headers.etag).toBe('"4"');
  expect(rig.calls).toEqual([
    [
      'apply',
      SPEC,
      { file: '/etc/vagus/site.yaml', origin: 'api' },
      {
        by: 'token:t1',
        why: 'new archive',
        mayChange: expect.any(Function),
        ifRevision: 3,
        confirmWithin: 600_000,
        gate: false,
      },
    ],
  ]);
  expect(lastAudit()).toMatchObject({
    by: 'token:t1',
    action: 'applySpec',
    outcome: 'done',
    detail: { why: 'new archive', gate: 'off', revision: 4, how: 'live' },
  });
});

test('what comes from a file says which', async () => {
  await rig.ask({
    method: 'PUT',
    url: '/api/v1/spec?file=/etc/vagus/b.yaml',
    headers: { ...admin, ...yaml },
    payload: SPEC,
  });
  expect(rig.calls[0]?.[2]).toEqual({ file: '/etc/vagus/b.yaml', origin: 'file' });
});

test.each([
  ['"5"', 5],
  ['*', undefined],
])('If-Match: %s', async (ifMatch, expected) => {
  const headers = { ...admin, ...json, 'if-match': ifMatch };
  await rig.ask({ method: 'PATCH', url: '/api/v1/spec', headers, payload: '{"site":"b"}' });
  expect(rig.calls).toMatchObject([['patch', { site: 'b' }, { ifRevision: expected }]]);
});

test.each(['5', 'W/"5"', '"a"', '"1", "2"'])('a malformed If-Match is refused: %s', async (ifMatch) => {
  const answer = await rig.ask({
    method: 'POST',
    url: '/api/v1/revisions/2/rollback',
    headers: { ...admin, 'if-match': ifMatch },
  });
  expect(answer.statusCode).toBe(400);
  expect(rig.calls).toEqual([]);
});

test('a merge patch may say that it is one', async () => {
  const headers = { ...admin, 'content-type': 'application/merge-patch+json' };
  const answer = await rig.ask({ method: 'PATCH', url: '/api/v1/spec', headers, payload: '{"services":{"a":null}}' });
  expect(answer.statusCode).toBe(200);
  expect(rig.calls[0]?.[1]).toEqual({ services: { a: null } });
});

test('a field of a server is a patch at the place where the spec has it', async () => {
  const answer = await rig.ask({
    method: 'PATCH',
    url: `${server}?why=slow`,
    headers: { ...admin, ...json },
    payload: { weight: 10, limits: { connections: null } },
  });
  expect(answer.statusCode).toBe(200);
  const patched = { weight: 10, limits: { connections: null } };
  expect(rig.calls[0]?.[1]).toEqual({ services: { pacs: { pools: { vna: { servers: { vna1: patched } } } } } });
  expect(rig.calls[0]?.[2]).toMatchObject({ why: 'slow', gate: true });
  expect(lastAudit()).toMatchObject({ action: 'changeServer', subject: 'pacs/vna/vna1', detail: { why: 'slow' } });
});

test('a server that is put has nothing of what was there before', async () => {
  const url = '/api/v1/services/portal/pools/default/servers/web9';
  await rig.ask({
    method: 'PUT',
    url,
    headers: { ...admin, ...json },
    payload: { address: '10.0.2.9:80', tls: { verify: 'none' } },
  });
  await rig.ask({ method: 'PUT', url, headers: { ...admin, ...json }, payload: '"10.0.2.9:80"' });
  expect(rig.calls.map(([, patch]) => patch)).toEqual([
    {
      services: {
        portal: {
          servers: {
            web9: {
              address: '10.0.2.9:80',
              weight: null,
              backup: null,
              limits: null,
              tls: { verify: 'none', serverName: null, certificate: null },
            },
          },
        },
      },
    },
    { services: { portal: { servers: { web9: '10.0.2.9:80' } } } },
  ]);
});

test('a server is removed by a null', async () => {
  await rig.ask({ method: 'DELETE', url: '/api/v1/services/portal/pools/default/servers/web1', headers: admin });
  expect(rig.calls[0]?.[1]).toEqual({ services: { portal: { servers: { web1: null } } } });
});

test.each([
  ['DELETE', '/api/v1/services/portal/pools/default/servers/web2', 'did you mean web1?'],
  ['PATCH', '/api/v1/services/portal/pools/default/servers/web2', 'did you mean web1?'],
  ['PUT', '/api/v1/services/portal/pools/other/servers/web2', 'no such pool'],
  ['GET', '/api/v1/services/portal/pools/other', 'no such pool'],
  ['GET', '/api/v1/services/portl', 'did you mean portal?'],
  ['GET', '/api/v1/services/portal/pools/default/servers/web3', 'did you mean web1?'],
  ['GET', '/api/v1/revisions/77', 'no such revision'],
  ['GET', '/api/v1/revisions/77/spec', 'no such revision'],
  ['GET', '/api/v1/reloads/77', 'no such reload'],
] as const)('%s %s is not there', async (method, url, hint) => {
  const payload = method === 'PATCH' || method === 'PUT' ? '{}' : undefined;
  const headers = payload === undefined ? admin : { ...admin, ...json };
  const answer = await rig.ask({ method, url, headers, ...(payload && { payload }) });
  expect(answer.json()).toMatchObject({ status: 404, code: 'api-not-found' });
  expect(answer.json().detail).toContain(hint);
  expect(rig.calls).toEqual([]);
});

test('a state is asked for with all there is to say of it', async () => {
  const answer = await rig.ask({
    method: 'PUT',
    url: `${server}/state`,
    headers: { ...admin, ...json },
    payload: { state: 'drain', why: 'update', force: true, deadline: '5m' },
  });
  expect(answer.json()).toEqual({ servers: [], capacity: [] });
  expect(rig.calls).toMatchObject([
    [
      'set',
      { service: 'pacs', pool: 'vna', server: 'vna1' },
      { state: 'drain', force: true, allServices: false, deadline: 300_000, dryRun: false },
      { by: 'token:t1', why: 'update' },
    ],
  ]);
  expect(lastAudit()).toMatchObject({ subject: 'pacs/vna/vna1', detail: { state: 'drain', force: true } });
});

test('plan, confirm, roll back, plan a window and cancel it', async () => {
  const asked = [
    { method: 'POST', url: '/api/v1/plan', headers: { ...admin, ...yaml }, payload: SPEC },
    { method: 'POST', url: '/api/v1/confirm?why=good', headers: admin },
    { method: 'POST', url: '/api/v1/revisions/2/rollback', headers: admin },
    {
      method: 'POST',
      url: '/api/v1/windows',
      headers: { ...admin, ...json },
      payload: { servers: ['pacs/pacs1'], from: 1, until: 2 },
    },
    { method: 'DELETE', url: '/api/v1/windows/1', headers: admin },
  ] as const;
  for (const request of asked) {
    const answer = await rig.ask(request);
    expect(answer.statusCode, `${request.url} ${answer.body}`).toBe(200);
  }
  expect(rig.calls.map(([name]) => name)).toEqual(['propose', 'confirm', 'rollback', 'planWindow', 'cancel']);
  expect(lastAudit()).toMatchObject({ action: 'cancelWindow', subject: 'window 1' });
});

test('a server may be given another weight for a while', async () => {
  const answer = await rig.ask({
    method: 'PATCH',
    url: `${server}?why=slow%20disk&confirm=15m`,
    headers: { ...admin, ...json },
    payload: { weight: 20 },
  });
  expect(answer.statusCode, answer.body).toBe(200);
  expect(rig.calls).toMatchObject([['patch', {}, { why: 'slow disk', confirmWithin: 900_000, gate: true }]]);
});

test.each([
  ['apply-invalid', 422],
  ['apply-revision', 412],
  ['apply-would-empty', 409],
  ['haproxy-reload', 502],
])('what refuses a change is said, and audited: %s', async (code, status) => {
  rig.refuse(anything(code, 'because'));
  const headers = { ...admin, ...yaml };
  const answer = await rig.ask({ method: 'PUT', url: '/api/v1/spec', headers, payload: SPEC });
  expect(answer.headers['content-type']).toBe('application/problem+json');
  expect(answer.json()).toMatchObject({ type: 'about:blank', status, code, detail: 'because', blame: 'client' });
  expect(answer.json().problems).toMatchObject([{ message: 'HAProxy: no', location: { line: 2 } }]);
  expect(lastAudit()).toMatchObject({ outcome: status < 500 ? 'refused' : 'failed', detail: { code } });
});

test.each([
  ['no JSON', { method: 'PATCH', url: '/api/v1/spec', headers: json, payload: `{"${CANARY}` }, 400],
  ['no body', { method: 'PATCH', url: '/api/v1/spec', headers: json, payload: '' }, 400],
  ['a prototype', { method: 'PATCH', url: '/api/v1/spec', headers: json, payload: '{"__proto__":{}}' }, 400],
  ['a field', { method: 'PATCH', url: server, headers: json, payload: { weight: CANARY } }, 400],
  ['an unknown field', { method: 'PATCH', url: server, headers: json, payload: { [CANARY]: 1 } }, 400],
  [
    'a reason that writes to terminals',
    { method: 'POST', url: `/api/v1/confirm?why=%1b]0;${CANARY}%07`, headers: {} },
    400,
  ],
  ['a duration', { method: 'PUT', url: `/api/v1/spec?confirm=${CANARY}`, headers: yaml, payload: SPEC }, 400],
  ['a number in a path', { method: 'GET', url: `/api/v1/revisions/${CANARY}`, headers: {} }, 400],
  ['a path that is no URL', { method: 'GET', url: `/api/v1/%ff${CANARY}`, headers: {} }, 400],
  ['JSON for YAML', { method: 'PUT', url: '/api/v1/spec', headers: json, payload: `"${CANARY}"` }, 415],
  ['YAML for JSON', { method: 'PATCH', url: server, headers: yaml, payload: CANARY }, 415],
  ['a form', { method: 'PATCH', url: server, headers: { 'content-type': 'text/html' }, payload: CANARY }, 415],
  ['too much', { method: 'PATCH', url: server, headers: json, payload: { address: CANARY.repeat(10_000) } }, 413],
  ['nothing', { method: 'GET', url: `/api/v1/${CANARY}`, headers: {} }, 404],
  ['a method', { method: 'DELETE', url: `/api/v1/spec?${CANARY}`, headers: {} }, 405],
  ['HEAD', { method: 'HEAD', url: '/api/v1/spec', headers: {} }, 405],
] as const)('%s is refused, and not quoted', async (_, request, status) => {
  const answer = await rig.ask({ ...request, headers: { ...admin, ...request.headers } });
  expect(answer.statusCode, answer.body).toBe(status);
  expect(answer.headers['content-type']).toBe('application/problem+json');
  expect(answer.body).not.toContain(CANARY);
  expect(JSON.stringify(lastAudit())).not.toContain(CANARY);
  expect(rig.calls).toEqual([]);
});

test('a validation error names the field', async () => {
  const answer = await rig.ask({
    method: 'PATCH',
    url: server,
    headers: { ...admin, ...json },
    payload: { weight: 999 },
  });
  expect(answer.json().detail).toBe('body/weight: Too big: expected number to be <=256');
});

test('a method that does not exist says which do', async () => {
  const answer = await rig.ask({ method: 'DELETE', url: '/api/v1/spec', headers: admin });
  expect(answer.headers['allow']).toBe('GET, PUT, PATCH');
});

test('a spec of 10 MB is taken', async () => {
  const payload = `# ${'x'.repeat(10 * 1024 * 1024)}\n`;
  const answer = await rig.ask({ method: 'PUT', url: '/api/v1/spec', headers: { ...admin, ...yaml }, payload });
  expect(answer.statusCode).toBe(200);
});

test('what is thrown is told to the controller and not to who asks', async () => {
  const throwing = await startApi({
    health() {
      throw new Error(CANARY);
    },
  });
  const headers = { authorization: `Bearer ${throwing.token(ALL)}` };
  const answer = await throwing.ask({ url: '/api/v1/services', headers });
  expect(answer.json()).toMatchObject({ status: 500, code: 'api-internal', retry: 'unknown' });
  expect(answer.body).not.toMatch(/canary|at .*\.ts/);
  expect(throwing.calls).toEqual([['thrown', 'services', expect.objectContaining({ message: CANARY })]]);
  await throwing.close();
});

test('users and tokens are added, changed and removed, and no password or secret is kept or shown', async () => {
  const grants = [{ role: 'viewer', services: ['pacs'] }];
  const post = (url: string, payload: object) =>
    rig.ask({ method: 'POST', url, headers: { ...admin, ...json }, payload });
  const added = await post('/api/v1/users', { name: 'berta', password: PASSWORD, grants });
  expect(added.json()).toMatchObject({ name: 'berta', grants, disabled: false, createdBy: 'token:t1' });
  const changed = await rig.ask({
    method: 'PATCH',
    url: '/api/v1/users/berta',
    headers: { ...admin, ...json },
    payload: { password: `${PASSWORD}2` },
  });
  expect(changed.json()).toMatchObject({ name: 'berta', grants });
  expect(lastAudit()).toMatchObject({ subject: 'user berta', detail: { password: 'changed' } });
  expect((await post('/api/v1/users', { name: 'anna', password: PASSWORD, grants: [ALL] })).statusCode).toBe(200);
  expect((await rig.ask({ method: 'DELETE', url: '/api/v1/users/berta', headers: admin })).statusCode).toBe(204);
  expect((await rig.ask({ method: 'DELETE', url: '/api/v1/users/berta', headers: admin })).statusCode).toBe(404);
  // A token makes no tokens.
  const token = await post('/api/v1/tokens', { name: 'backup', grants, expires: '1h' });
  expect(token.json()).toMatchObject({ status: 403, code: 'access-scope' });
  expect((await rig.ask({ method: 'DELETE', url: '/api/v1/tokens/999', headers: admin })).statusCode).toBe(404);
  const everything = auditEntries(rig.store, { limit: 1_000 });
  expect(JSON.stringify(everything)).not.toContain(CANARY);
  expect(JSON.stringify(everything)).toContain('user berta');
});

test('the audit is read, verified and exported', async () => {
  const read = await rig.ask({ url: '/api/v1/audit?limit=2&after=1', headers: admin });
  expect(read.json()).toMatchObject([{ number: 2 }, { number: 3 }]);
  const verified = await rig.ask({ url: '/api/v1/audit/verify', headers: admin });
  expect(verified.json()).toMatchObject({ intact: true, head: expect.stringMatching(/^[0-9a-f]{64}$/) });
  const exported = await rig.ask({ url: '/api/v1/audit/export', headers: admin });
  expect(exported.headers['content-type']).toBe('application/jsonl');
  const lines = exported.body.trimEnd().split('\n');
  expect(lines).toHaveLength(verified.json().entries);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ number: 1 });
});

test('the audit is searched from its end, in whatever case, and paged', async () => {
  const numbersOf = async (query: string): Promise<number[]> => {
    const answer = await rig.ask({ url: `/api/v1/audit?first=newest&${query}`, headers: admin });
    expect(answer.statusCode, answer.body).toBe(200);
    return answer.json<{ number: number }[]>().map(({ number }) => number);
  };
  await rig.ask({ method: 'DELETE', url: '/api/v1/users/nobody-such', headers: admin });
  await rig.ask({ method: 'DELETE', url: '/api/v1/users/nobody-such', headers: admin });
  const [last = 0, ...before] = await numbersOf('text=USER%20nobody-s');
  expect(before).toEqual([last - 1]);
  expect(await numbersOf(`text=nobody-s&before=${last}`)).toEqual(before);
  expect(await numbersOf('text=nobody-s&action=login')).toEqual([]);
  expect(await numbersOf('text=nobody-s&outcome=done')).toEqual([]);
  expect(await numbersOf(`text=nobody-s&until=${rig.clock.now}`)).toEqual([]);
  expect(await numbersOf('limit=2')).toEqual([last, last - 1]);
});

test('what happened is told from its end, of what the asker may see', async () => {
  for (const [tone, service] of [
    ['bad', 'pacs'],
    ['good', 'portal'],
    ['bad', 'portal'],
    ['good', undefined],
  ] as const) {
    rig.ports.feed.publish({ tone, text: `${tone} for ${service ?? 'all'}`, service });
  }
  const tell = async (query: string, token = admin.authorization) => {
    const answer = await rig.ask({ url: `/api/v1/events/past?${query}`, headers: { authorization: token } });
    return answer.json<{ id: number; text: string }[]>();
  };
  const textsOf = async (query: string, token?: string) => (await tell(query, token)).map(({ text }) => text);
  expect(await textsOf('limit=3')).toEqual(['good for all', 'bad for portal', 'good for portal']);
  const [, , third] = await tell('limit=3');
  expect(await textsOf(`before=${third?.id}&limit=1`)).toEqual(['bad for pacs']);
  expect(await textsOf('service=portal&tone=bad')).toEqual(['bad for portal']);
  const some = `Bearer ${rig.token({ role: 'viewer', services: ['pacs'] })}`;
  expect(await textsOf('', some)).toEqual(['bad for pacs']);
  expect(await textsOf('service=portal', some)).toEqual([]);
});

test('what a path is about is written without what would act on a terminal', async () => {
  await rig.ask({ method: 'DELETE', url: '/api/v1/services/p%1b%5b2J/pools/default/servers/a%0ab', headers: admin });
  expect(lastAudit()?.subject).toBe('p\uFFFD[2J/a\uFFFDb');
});

test('the first administrator is made once, with the secret that was printed', async () => {
  const fresh = await startApi();
  const made = firstLink(fresh.store, fresh.clock.now);
  if (!made.ok || made.value === undefined) throw new Error('a new store has a link');
  const link = made.value.reveal();
  const setup = (payload: object) =>
    fresh.ask({ method: 'POST', url: '/api/v1/setup', headers: json, payload: { name: 'anna', ...payload } });
  expect((await setup({ link: CANARY, password: PASSWORD })).json()).toMatchObject({
    status: 403,
    code: 'access-link',
  });
  expect((await setup({ link, password: 'short' })).json()).toMatchObject({ status: 422 });
  expect((await setup({ link, password: PASSWORD })).json()).toMatchObject({ name: 'anna', grants: [ALL] });
  expect((await setup({ link, name: 'berta', password: PASSWORD })).json()).toMatchObject({ code: 'access-link' });
  const entries = auditEntries(fresh.store, { limit: 10 });
  expect(entries.ok && entries.value.map(({ by, outcome }) => `${by} ${outcome}`)).toEqual([
    'nobody refused',
    'nobody refused',
    'anna done',
    'nobody refused',
  ]);
  expect(JSON.stringify(entries)).not.toContain(CANARY);
  expect(JSON.stringify(entries)).not.toContain(link);
  await fresh.close();
});

test('no answer holds a key, a hash of a password or of a token', async () => {
  const file = { name: 'portal.pem', path: [], content: new Secret(CANARY), digest: 'd' };
  const secretive = await startApi({}, { ...desired(SPEC), files: [file] });
  const headers = { authorization: `Bearer ${secretive.token(ALL)}` };
  await secretive.session('anna', ALL);
  const urls = [...reads.map(([, url]) => url), '/api/v1/spec', '/metrics', '/api/v1/audit', '/api/v1/audit/export'];
  for (const url of urls) {
    const answer = await secretive.ask({ url, headers });
    expect(answer.statusCode, url).toBe(200);
    expect(answer.body, url).not.toMatch(/canary|argon2|[0-9a-f]{64}(?!")/);
    expect(answer.body, url).not.toContain(headers.authorization.slice('Bearer '.length));
  }
  await secretive.close();
});

test('whatever is sent, the answer is no failure of ours', async () => {
  const body = fc.oneof(
    fc.jsonValue().map((value) => JSON.stringify(value)),
    fc.string({ maxLength: 200 }),
  );
  const part = fc.oneof(fc.constantFrom('pacs', 'default', 'pacs1', '1'), fc.string({ minLength: 1, maxLength: 40 }));
  const quiet = Object.values(routes).filter(({ path }) => path !== '/api/v1/events' && path !== '/metrics');
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...quiet),
      fc.array(part, { minLength: 3, maxLength: 3 }),
      body,
      fc.constantFrom('application/json', 'application/yaml', 'text/html'),
      async ({ method, path }, parts, payload, type) => {
        let next = 0;
        const url = path.replaceAll(/:\w+/g, () =>
          encodeURIComponent(parts[next++ % 3] ?? 'x').replace(/^\.{1,2}$/, 'x'),
        );
        const headers = { ...admin, 'content-type': type };
        const answer = await rig.ask({ method, url, headers, ...(method !== 'GET' && { payload }) });
        expect(answer.statusCode, `${method} ${url} ${answer.body}`).toBeLessThan(500);
      },
    ),
    { numRuns: 300 },
  );
});
