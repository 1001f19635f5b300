import type { InjectOptions } from 'fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Grant } from '#access';
import { auditEntries } from '#store';

import { endPrograms } from '../support/programs.ts';
import { ALL, CANARY, PASSWORD, type Rig, SPEC, startApi } from './support.ts';

let rig: Rig;
let operations: readonly Operation[];

type Described = {
  readonly paths: Record<string, Record<string, Record<string, string> & { requestBody?: { content: object } }>>;
};

type Operation = {
  readonly id: string;
  readonly method: NonNullable<InjectOptions['method']>;
  readonly path: string;
  readonly permission: string;
  readonly reach: string;
  readonly bodies: readonly string[];
};

beforeAll(async () => {
  rig = await startApi();
  const answer = await rig.ask({ url: '/api/v1/openapi.json' });
  const document: Described = answer.json();
  operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      id: operation['operationId'] ?? '',
      method: method.toUpperCase() as 'GET',
      path,
      permission: operation['x-permission'] ?? '',
      reach: operation['x-reach'] ?? '',
      bodies: Object.keys(operation.requestBody?.content ?? {}),
    })),
  );
});
beforeEach(() => {
  rig.calls.length = 0;
});
afterAll(async () => {
  await rig.close();
  await endPrograms();
});

/** A request that is all right but for who asks: a body that is read, with nothing in it that would do harm. */
function requestFor({ id, method, path, bodies }: Operation, service: string): InjectOptions {
  const server = service === 'pacs' ? 'pacs1' : 'web1';
  const values: Readonly<Record<string, string>> = {
    service,
    pool: 'default',
    server,
    name: 'nobody',
    id: '1',
    revision: '1',
  };
  const url = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '1');
  const [type] = bodies;
  const payload = type === undefined ? undefined : type.endsWith('json') ? (BODIES[id] ?? '{}') : SPEC;
  return {
    method,
    url,
    headers: type === undefined ? {} : { 'content-type': type },
    ...(payload !== undefined && { payload }),
  };
}

const BODIES: Readonly<Record<string, string>> = {
  planWindow: JSON.stringify({ servers: ['pacs/pacs1'], from: 1, until: 2 }),
  setServerState: JSON.stringify({ state: 'ready' }),
};

/** What the roles permit, written out a second time. */
const PERMITTED: Readonly<Record<Grant['role'], readonly string[]>> = {
  viewer: ['read'],
  operator: ['read', 'operate'],
  administrator: ['read', 'operate', 'change', 'audit', 'manage'],
  auditor: ['read', 'audit'],
};
const OF_THE_SITE = new Set(['audit', 'manage']);

/** Whether a grant lets somebody past the gate of an operation, and past its handler where the body decides. */
function expected(grant: Grant, { id, permission, reach }: Operation, service: string): boolean {
  if (permission === 'public') return true;
  if (!PERMITTED[grant.role].includes(permission)) return false;
  if (grant.services === 'all') return true;
  if (grant.role === 'administrator' && OF_THE_SITE.has(permission)) return false;
  switch (reach) {
    case 'service':
      return grant.services.includes(service);
    case 'site':
      return false;
    case 'listed':
      return true;
    default:
      // A window is one of `pacs`; the one to be cancelled is of both.
      if (id === 'planWindow') return grant.services.includes('pacs');
      return id !== 'cancelWindow' || (grant.services.includes('pacs') && grant.services.includes('portal'));
  }
}

const scopes = [['pacs'], ['portal'], ['pacs', 'portal'], ['no-such']] as const;
const grants: readonly Grant[] = (['viewer', 'operator', 'administrator', 'auditor'] as const).flatMap((role) => [
  { role, services: 'all' as const },
  ...scopes.map((services) => ({ role, services })),
]);

test('there are operations to look at', () => {
  expect(operations.length).toBeGreaterThan(40);
  expect(
    operations
      .filter(({ permission }) => permission === 'public')
      .map(({ id }) => id)
      .toSorted(),
  ).toEqual(['login', 'openScreen', 'openapi', 'setup']);
});

test.each(grants)('$role of $services may what the table says and nothing else', async (grant) => {
  const headers = { authorization: `Bearer ${rig.token(grant)}` };
  for (const operation of operations.filter(({ id }) => id !== 'events')) {
    for (const service of ['pacs', 'portal']) {
      rig.calls.length = 0;
      const request = requestFor(operation, service);
      const answer = await rig.ask({ ...request, headers: { ...headers, ...request.headers } });
      const refused = answer.statusCode === 403 && answer.json().code === 'access-denied';
      const what = `${grant.role} of ${String(grant.services)}: ${operation.id} for ${service}: ${answer.body.slice(0, 200)}`;
      expect(!refused, what).toBe(expected(grant, operation, service));
      if (refused) expect(rig.calls, what).toEqual([]);
    }
  }
});

const strangers: readonly (readonly [string, Record<string, string>])[] = [
  ['nobody', {}],
  ['a made-up token', { authorization: `Bearer vagus_${CANARY}` }],
  ['another kind of credentials', { authorization: `Basic ${CANARY}` }],
  ['an empty token', { authorization: 'Bearer ' }],
  ['a made-up session', { cookie: `__Host-vagus=${CANARY}`, 'sec-fetch-site': 'same-origin' }],
  ['who says to be local', { 'x-vagus-actor': 'root', 'x-forwarded-for': '127.0.0.1', forwarded: 'for=unix' }],
];

test.each(strangers)('%s is let in nowhere', async (_, headers) => {
  for (const operation of operations.filter(({ permission }) => permission !== 'public')) {
    const request = requestFor(operation, 'pacs');
    const answer = await rig.ask({ ...request, headers: { ...headers, ...request.headers } });
    expect(answer.statusCode, operation.id).toBe(401);
    expect(answer.headers['www-authenticate']).toContain('Bearer');
    expect(Object.keys(answer.json()).toSorted()).toEqual([
      'blame',
      'code',
      'detail',
      'retry',
      'status',
      'title',
      'type',
      'unit',
    ]);
    expect(answer.body).not.toMatch(/pacs|portal|harbour|canary/);
  }
  for (const url of ['/assets/', '/api/v1/nothing', '/metrics/', '/api/v1/spec/', '//api/v1/spec', '/API/v1/spec']) {
    const answer = await rig.ask({ url, headers });
    expect(answer.statusCode, url).toBe(401);
  }
  expect((await rig.ask({ method: 'DELETE', url: '/api/v1/spec', headers })).statusCode).toBe(401);
  expect(rig.calls).toEqual([]);
});

test('a body is not read before it is known who sent it', async () => {
  const answer = await rig.ask({
    method: 'PUT',
    url: '/api/v1/spec',
    headers: { 'content-type': 'application/yaml' },
    payload: 'x'.repeat(17 * 1024 * 1024),
  });
  expect(answer.statusCode).toBe(401);
});

test('whoever sees some services is shown those', async () => {
  const headers = { authorization: `Bearer ${rig.token({ role: 'viewer', services: ['portal'] })}` };
  const ask = async (url: string): Promise<unknown> => (await rig.ask({ url, headers })).json();
  expect(await ask('/api/v1/services')).toMatchObject({ services: [{ name: 'portal' }] });
  expect(await ask('/api/v1/checks')).toMatchObject([{ service: 'portal' }]);
  expect(await ask('/api/v1/drains')).toMatchObject([{ service: 'portal' }]);
});

test('a change is told whom its asker may change', async () => {
  const headers = {
    authorization: `Bearer ${rig.token({ role: 'administrator', services: ['pacs'] })}`,
    'content-type': 'application/json',
  };
  await rig.ask({ method: 'PATCH', url: '/api/v1/spec', headers, payload: '{}' });
  const asker = rig.calls[0]?.[2] as { mayChange: (service: string | undefined) => boolean };
  expect([asker.mayChange('pacs'), asker.mayChange('portal'), asker.mayChange(undefined)]).toEqual([
    true,
    false,
    false,
  ]);
});

describe('sessions', () => {
  const post = (url: string, payload: object | undefined, headers: Record<string, string> = {}) =>
    rig.ask({
      method: 'POST',
      url,
      headers: { ...(payload && { 'content-type': 'application/json' }), ...headers },
      ...(payload && { payload }),
    });

  test('begin with a cookie that no script and no other site can use, and end at logout', async () => {
    await rig.session('clara', { role: 'viewer', services: 'all' });
    const answer = await post('/api/v1/login', { name: 'clara', password: PASSWORD });
    expect(answer.json()).toEqual({ name: 'clara', kind: 'user', grants: [{ role: 'viewer', services: 'all' }] });
    const header = String(answer.headers['set-cookie']);
    const [cookie = '', ...flags] = header.split('; ');
    expect(flags.toSorted()).toEqual(['HttpOnly', 'Path=/', 'SameSite=Strict', 'Secure']);
    expect(cookie).toMatch(/^__Host-vagus=.{20,}/);
    expect((await rig.ask({ url: '/api/v1/me', headers: { cookie } })).statusCode).toBe(200);
    const out = await post('/api/v1/logout', undefined, { cookie, 'sec-fetch-site': 'same-origin' });
    expect(out.statusCode).toBe(204);
    expect(String(out.headers['set-cookie'])).toMatch(/^__Host-vagus=;.*Expires=Thu, 01 Jan 1970/);
    expect((await rig.ask({ url: '/api/v1/me', headers: { cookie } })).statusCode).toBe(401);
  });

  test('are shown to their user and to whoever manages accounts, and ended by them at once', async () => {
    const own = await rig.session('wanda', { role: 'viewer', services: 'all' });
    const other = await rig.session('xaver', { role: 'viewer', services: 'all' });
    const manager = `Bearer ${rig.token(ALL)}`;
    type Shown = { readonly id: string; readonly user: string; readonly isAsker: boolean };
    const seenBy = async (headers: Record<string, string>): Promise<readonly Shown[]> =>
      (await rig.ask({ url: '/api/v1/sessions', headers })).json();
    const end = async (id: string | undefined, headers: Record<string, string>): Promise<number> =>
      (await rig.ask({ method: 'DELETE', url: `/api/v1/sessions/${id}`, headers })).statusCode;

    expect(await seenBy({ cookie: own })).toMatchObject([{ user: 'wanda', address: '10.9.9.9', isAsker: true }]);
    const all = await seenBy({ authorization: manager });
    expect(all.map(({ user }) => user)).toEqual(expect.arrayContaining(['wanda', 'xaver']));
    const others = all.find(({ user }) => user === 'xaver')?.id;
    expect(own + other).not.toContain(others);

    const page = { 'sec-fetch-site': 'same-origin' };
    expect(await end(others, { cookie: own, ...page })).toBe(404);
    expect((await rig.ask({ url: '/api/v1/me', headers: { cookie: other } })).statusCode).toBe(200);
    expect(await end(others, { authorization: manager })).toBe(204);
    expect((await rig.ask({ url: '/api/v1/me', headers: { cookie: other } })).statusCode).toBe(401);
    const [wanda] = await seenBy({ cookie: own });
    expect(await end(wanda?.id, { cookie: own, ...page })).toBe(204);
    expect((await rig.ask({ url: '/api/v1/me', headers: { cookie: own } })).statusCode).toBe(401);
    const written = auditEntries(rig.store, { limit: 3, first: 'newest', action: 'endSession' });
    expect(written.ok && written.value.map(({ by, subject, outcome }) => `${by} ${subject} ${outcome}`)).toEqual([
      'wanda user wanda done',
      expect.stringMatching(/^token:t\d+ user xaver done$/),
      `wanda id ${others} refused`,
    ]);
  });

  const host = 'vagus.example:9443';
  test.each([
    [{ 'sec-fetch-site': 'same-origin' }, true],
    [{ origin: `https://${host}` }, true],
    [{ 'sec-fetch-site': 'same-origin', origin: `https://${host}` }, true],
    [{}, false],
    [{ 'sec-fetch-site': 'same-site' }, false],
    [{ 'sec-fetch-site': 'cross-site' }, false],
    [{ 'sec-fetch-site': 'none' }, false],
    [{ origin: 'null' }, false],
    [{ origin: `http://${host}` }, false],
    [{ origin: 'https://evil.example' }, false],
    [{ 'sec-fetch-site': 'same-origin', origin: 'https://evil.example' }, false],
  ])('change something only from our own pages: %j', async (said, allowed) => {
    const cookie = await rig.session(`user${Math.random().toString(36).slice(2)}`, ALL);
    const answer = await post('/api/v1/confirm', undefined, { ...(said as Record<string, string>), cookie, host });
    expect(answer.statusCode).toBe(allowed ? 200 : 403);
    if (!allowed) expect(answer.json().code).toBe('api-origin');
    expect(rig.calls).toHaveLength(allowed ? 1 : 0);
    // Reading is for everybody's pages to try: they are not shown the answer.
    expect((await rig.ask({ url: '/api/v1/me', headers: { ...said, cookie, host } })).statusCode).toBe(200);
  });

  test('a login from another site’s page is refused', async () => {
    const answer = await post(
      '/api/v1/login',
      { name: 'clara', password: PASSWORD },
      { origin: 'https://evil.example' },
    );
    expect(answer.json().code).toBe('api-origin');
  });

  test('a wrong login says nothing of what was wrong, is audited without what was typed, and throttled', async () => {
    const attempts = [];
    for (let attempt = 0; attempt < 7; attempt += 1) {
      attempts.push(await post('/api/v1/login', { name: 'clara', password: `${CANARY}${attempt}` }));
    }
    const unknown = await post('/api/v1/login', { name: CANARY, password: PASSWORD });
    expect(attempts[0]?.json()).toEqual(unknown.json());
    expect(attempts.at(-1)?.statusCode).toBe(429);
    expect(Number(attempts.at(-1)?.headers['retry-after'])).toBeGreaterThan(0);
    const written = auditEntries(rig.store, { limit: 1_000, action: 'login' });
    expect(JSON.stringify(written)).not.toContain(CANARY);
    const failed = written.ok
      ? written.value.filter(({ by, outcome }) => by === 'nobody' && outcome === 'refused')
      : [];
    expect(failed.map(({ subject }) => subject)).toEqual([...Array.from({ length: 5 }, () => 'user clara'), '']);
  });

  test('a user gives themselves another password, and every session of theirs ends', async () => {
    const cookie = await rig.session('dora', { role: 'viewer', services: ['pacs'] });
    await rig.session('root', ALL);
    const headers = { cookie, 'sec-fetch-site': 'same-origin' };
    const wrong = await post('/api/v1/me/password', { old: 'wrong', password: `${PASSWORD}3` }, headers);
    expect(wrong.statusCode).toBe(401);
    const right = await post('/api/v1/me/password', { old: PASSWORD, password: `${PASSWORD}3` }, headers);
    expect(right.statusCode, right.body).toBe(204);
    expect((await rig.ask({ url: '/api/v1/me', headers })).statusCode).toBe(401);
    expect((await post('/api/v1/login', { name: 'dora', password: `${PASSWORD}3` })).statusCode).toBe(200);
  });

  test('a screen has a token that only looks in their place: it looks, until the token ends', async () => {
    const token = rig.token({ role: 'viewer', services: ['pacs'] });
    const opened = await post('/api/v1/screen', { token });
    expect(opened.json()).toMatchObject({ kind: 'token', grants: [{ role: 'viewer', services: ['pacs'] }] });
    const [cookie = '', ...flags] = String(opened.headers['set-cookie']).split('; ');
    expect(flags.toSorted()).toEqual([
      expect.stringMatching(/^Expires=/),
      'HttpOnly',
      'Path=/',
      'SameSite=Strict',
      'Secure',
    ]);
    const page = { cookie, 'sec-fetch-site': 'same-origin' };
    expect((await rig.ask({ url: '/api/v1/services', headers: page })).json()).toMatchObject({
      services: [{ name: 'pacs' }],
    });
    expect((await rig.ask({ url: '/api/v1/me', headers: page })).json()).not.toHaveProperty('endsIn');
    expect((await post('/api/v1/confirm', undefined, page)).json().code).toBe('access-denied');
    expect((await post('/api/v1/logout', undefined, { cookie })).json().code).toBe('api-origin');
    expect(rig.calls).toEqual([]);
    const manager = { authorization: `Bearer ${rig.token(ALL)}` };
    type Listed = { readonly id: string; readonly name: string };
    const all: readonly Listed[] = (await rig.ask({ url: '/api/v1/tokens', headers: manager })).json();
    const id = all.find(({ name }) => `token:${name}` === opened.json().name)?.id;
    const ended = await rig.ask({ method: 'DELETE', url: `/api/v1/tokens/${id}`, headers: manager });
    expect(ended.statusCode).toBe(204);
    expect((await rig.ask({ url: '/api/v1/services', headers: page })).statusCode).toBe(401);
    expect(JSON.stringify(auditEntries(rig.store, { limit: 1_000 }))).not.toContain(token);
  });

  test.each([
    ['operates', { role: 'operator', services: ['pacs'] }],
    ['reads the audit', { role: 'auditor', services: 'all' }],
  ] as const)('a token that %s opens no screen, and is none in a cookie', async (_, grant) => {
    const token = rig.token(grant, { role: 'viewer', services: 'all' });
    const opened = await post('/api/v1/screen', { token });
    expect([opened.statusCode, opened.json().code]).toEqual([403, 'access-scope']);
    expect(opened.headers['set-cookie']).toBeUndefined();
    const page = { cookie: `__Host-vagus=${token}`, 'sec-fetch-site': 'same-origin' };
    expect((await rig.ask({ url: '/api/v1/services', headers: page })).statusCode).toBe(403);
    expect((await post('/api/v1/screen', { token: `vagus_${CANARY}` })).statusCode).toBe(401);
  });

  test('an administrator makes a token, whose secret is shown once', async () => {
    const cookie = await rig.session('emil', ALL);
    const headers = { cookie, 'sec-fetch-site': 'same-origin' };
    const made = await post('/api/v1/tokens', { name: 'backup', grants: [ALL], expires: '1h' }, headers);
    const { id, secret } = made.json();
    const bearer = { authorization: `Bearer ${secret}` };
    expect((await rig.ask({ url: '/api/v1/me', headers: bearer })).json()).toMatchObject({ name: 'token:backup' });
    expect((await rig.ask({ url: '/api/v1/tokens', headers: bearer })).body).not.toContain(secret);
    expect((await rig.ask({ method: 'DELETE', url: `/api/v1/tokens/${id}`, headers: bearer })).statusCode).toBe(204);
    expect((await rig.ask({ url: '/api/v1/me', headers: bearer })).statusCode).toBe(401);
    expect(JSON.stringify(auditEntries(rig.store, { limit: 1_000 }))).not.toContain(secret);
  });
});

test('a page that asks who is logged in fills no audit; a program that tries a token does', async () => {
  const visited = await startApi();
  const lines = (): number => {
    const all = auditEntries(visited.store, { limit: 100 });
    return all.ok ? all.value.length : -1;
  };
  expect((await visited.ask({ url: '/api/v1/me' })).statusCode).toBe(401);
  expect((await visited.ask({ url: '/api/v1/me', headers: { cookie: '__Host-vagus=ended' } })).statusCode).toBe(401);
  expect(lines()).toBe(0);
  const tried = await visited.ask({ url: '/api/v1/me', headers: { authorization: 'Bearer vagus_guessed' } });
  expect(tried.statusCode).toBe(401);
  expect(lines()).toBe(1);
  await visited.close();
});

test('a flood of strangers fills no disk', async () => {
  const flooded = await startApi();
  for (let count = 0; count < 200; count += 1) await flooded.ask({ url: '/api/v1/spec' });
  const written = auditEntries(flooded.store, { limit: 1_000 });
  expect(written.ok && written.value.length).toBe(5);
  flooded.clock.now += 60_000;
  await flooded.ask({ url: '/api/v1/spec' });
  const after = auditEntries(flooded.store, { limit: 1, first: 'newest' });
  expect(after.ok && after.value[0]).toMatchObject({
    by: 'nobody',
    action: 'spec',
    outcome: 'refused',
    detail: { code: 'api-credentials', from: '127.0.0.1', moreBefore: 195 },
  });
  await flooded.close();
});

test('what a stranger writes into a path is not kept', async () => {
  const asked = await startApi();
  await asked.ask({ url: '/api/v1/services/zyxwvut8317/pools/zyxwvut8317?name=zyxwvut8317' });
  const written = auditEntries(asked.store, { limit: 10 });
  expect(written.ok && written.value).toMatchObject([{ by: 'nobody', action: 'pool', outcome: 'refused' }]);
  expect(JSON.stringify(written)).not.toContain('zyxwvut8317');
  await asked.close();
});
