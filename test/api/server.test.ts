import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request as httpRequest, type RequestOptions } from 'node:http';
import { request as httpsRequest, type RequestOptions as TlsRequestOptions } from 'node:https';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { gunzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { Secret } from '#lib';
import { auditEntries } from '#store';

import { authority } from '../support/http/certificates.ts';
import { endPrograms, temporaryDirectory } from '../support/programs.ts';
import { waitFor } from '../support/wait.ts';
import { ALL, type Rig, startApi } from './support.ts';

let rig: Rig;
beforeEach(async () => {
  rig = await startApi();
});
afterEach(() => rig.close());
afterAll(endPrograms);

type Answered = { readonly status: number; readonly headers: IncomingMessage['headers']; readonly body: string };

async function answered(request: ClientRequest, body?: string): Promise<Answered> {
  request.end(body);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return { status: response.statusCode ?? 0, headers: response.headers, body: text };
}

/** A unix socket as the controller has it: what connects is handed to the API. */
async function openLocal(): Promise<{
  ask(path: string, options?: RequestOptions, body?: string): Promise<Answered>;
  open(path: string): ClientRequest;
  close(): void;
}> {
  const socketPath = join(temporaryDirectory('api-socket'), 's');
  const server = createServer((socket) => rig.api.handleLocal(socket));
  server.listen(socketPath);
  await once(server, 'listening');
  const open = (path: string, options: RequestOptions = {}) => httpRequest({ socketPath, path, ...options });
  return { ask: (path, options, body) => answered(open(path, options), body), open, close: () => void server.close() };
}

/** HTTPS on a free port, with a client that trusts it. */
async function openOutside() {
  const trusted = await authority('api');
  const { pem } = await trusted.issue('localhost');
  const listening = await rig.api.listen({ host: '127.0.0.1', port: 0 }, { key: new Secret(pem), cert: pem });
  if (!listening.ok) throw listening.error;
  const { port } = listening.value;
  const open = (path: string, options: TlsRequestOptions = {}): ClientRequest =>
    httpsRequest({ host: '127.0.0.1', port, path, ca: trusted.pem, servername: 'localhost', ...options });
  return {
    port,
    open,
    ask: (path: string, options?: TlsRequestOptions, body?: string) => answered(open(path, options), body),
  };
}

test('whoever opens the socket is administrator, under the name they say', async () => {
  const local = await openLocal();
  const me = await local.ask('/api/v1/me', { headers: { 'x-vagus-actor': 'anna' } });
  expect(JSON.parse(me.body)).toEqual({ name: 'anna', kind: 'local', grants: [ALL] });
  const headers = { 'x-vagus-actor': 'anna\u00e9;drop' };
  expect(JSON.parse((await local.ask('/api/v1/me', { headers })).body)).toMatchObject({ name: 'root' });
  await local.ask('/api/v1/confirm', { method: 'POST', headers: { 'x-vagus-actor': 'anna' } });
  expect(rig.calls).toMatchObject([['confirm', { by: 'local:anna' }]]);
  const entries = auditEntries(rig.store, { limit: 10 });
  expect(entries.ok && entries.value).toMatchObject([{ by: 'local:anna', action: 'confirm', subject: 'revision 3' }]);
  local.close();
});

test('over HTTPS nobody is local, whatever they say', async () => {
  const { ask } = await openOutside();
  const headers = { 'x-vagus-actor': 'root', connection: 'close' };
  expect((await ask('/api/v1/me', { headers })).status).toBe(401);
  expect((await ask('/api/v1/confirm', { method: 'POST', headers })).status).toBe(401);
  const token = rig.token({ role: 'viewer', services: 'all' });
  const known = await ask('/api/v1/me', { headers: { ...headers, authorization: `Bearer ${token}` } });
  expect(JSON.parse(known.body)).toMatchObject({ kind: 'token' });
  expect(rig.calls).toEqual([]);
});

test('another certificate is shown from the next connection on; one that is none leaves the one before', async () => {
  const { ask, port } = await openOutside();
  const other = await authority('next');
  const { pem } = await other.issue('localhost');
  const asked = (ca: string) => ask('/api/v1/me', { ca, agent: false });
  await expect(asked(other.pem)).rejects.toThrow();
  for (const none of ['no', ''])
    expect(rig.api.show({ key: new Secret(none), cert: none })).toMatchObject({ error: { code: 'api-certificate' } });
  expect((await ask('/api/v1/me', { agent: false })).status).toBe(401);
  expect(rig.api.show({ key: new Secret(pem), cert: pem })).toMatchObject({ ok: true });
  expect((await asked(other.pem)).status).toBe(401);
  await expect(ask('/api/v1/me', { agent: false })).rejects.toThrow();
  const old = connectTls({ host: '127.0.0.1', port, ca: other.pem, servername: 'localhost', maxVersion: 'TLSv1.1' });
  const [refused] = (await once(old, 'error')) as [NodeJS.ErrnoException];
  expect(refused.code).toMatch(/^ERR_SSL/);
});

test('a port that is taken and a certificate that is none are faults', async () => {
  const { pem } = await (await authority('api')).issue('localhost');
  const other = createServer();
  other.listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as { port: number };
  const tls = { key: new Secret(pem), cert: pem };
  expect(await rig.api.listen({ host: '127.0.0.1', port }, tls)).toMatchObject({ error: { code: 'api-listen' } });
  other.close();
  for (const none of ['no', '']) {
    const listening = await rig.api.listen({ host: '127.0.0.1', port: 0 }, { key: new Secret(none), cert: none });
    expect(listening).toMatchObject({ error: { code: 'api-listen' } });
  }
});

/** Reads a stream of events until it is ended. */
async function follow(request: ClientRequest) {
  request.end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const read = { text: '', ended: false };
  response.on('data', (chunk) => {
    read.text += String(chunk);
  });
  response.once('close', () => {
    read.ended = true;
  });
  response.on('error', () => undefined);
  return {
    response,
    read,
    ids: () => [...read.text.matchAll(/^id: (\d+)\nevent: notice/gm)].map(([, id]) => Number(id)),
  };
}

const publish = (text: string, service?: string) =>
  rig.ports.feed.publish({ kind: undefined, tone: 'good', text, service, server: undefined });

test('events are streamed as they happen, from where a reader left off, and only those it may see', async () => {
  publish('alpha', 'pacs');
  publish('beta', 'portal');
  const { open } = await openOutside();
  const reader = (headers: Record<string, string>, query = '', services: 'all' | string[] = 'all') =>
    follow(
      open(`/api/v1/events${query}`, {
        headers: { authorization: `Bearer ${rig.token({ role: 'viewer', services })}`, ...headers },
      }),
    );
  const fresh = await reader({});
  const behind = await reader({ 'last-event-id': '1' });
  const byQuery = await reader({}, '?lastEventId=0');
  const scoped = await reader({ 'last-event-id': '0' }, '', ['portal']);
  expect(fresh.response.headers).toMatchObject({ 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  publish('gamma', 'pacs');
  publish('delta', 'portal');
  publish('omega');
  await waitFor('all have read the last', () => [fresh, behind, byQuery].every(({ ids }) => ids().at(-1) === 5));
  expect(fresh.ids()).toEqual([3, 4, 5]);
  expect(behind.ids()).toEqual([2, 3, 4, 5]);
  expect(byQuery.ids()).toEqual([1, 2, 3, 4, 5]);
  await waitFor('the scoped one has read its own', () => scoped.ids().length === 2);
  expect(scoped.ids()).toEqual([2, 4]);
  expect(scoped.read.text).not.toMatch(/alpha|gamma|omega/);
  const [data = ''] = /data: .*"gamma".*/.exec(fresh.read.text) ?? [];
  expect(JSON.parse(data.slice('data: '.length))).toEqual({
    id: 3,
    at: rig.clock.now,
    tone: 'good',
    text: 'gamma',
    service: 'pacs',
  });
});

test('a stream ends when its token is revoked, and all when the API closes', async () => {
  const { open, ask } = await openOutside();
  const token = rig.token({ role: 'viewer', services: 'all' });
  const ending = await follow(open('/api/v1/events', { headers: { authorization: `Bearer ${token}` } }));
  const headers = { authorization: `Bearer ${rig.token(ALL)}` };
  const staying = await follow(open('/api/v1/events', { headers }));
  const tokens = JSON.parse((await ask('/api/v1/tokens', { headers })).body) as { id: string }[];
  await ask(`/api/v1/tokens/${tokens[0]?.id}`, { method: 'DELETE', headers });
  await waitFor('the stream of the revoked token ends', () => ending.read.ended);
  expect(staying.read.ended).toBe(false);
  const local = await openLocal();
  const inside = await follow(local.open('/api/v1/events'));
  await rig.api.close();
  await waitFor('all streams end', () => staying.read.ended && inside.read.ended);
  local.close();
});

test('a request under way is answered before the API closes', async () => {
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  const { health } = rig.ports;
  Object.assign(rig.ports, {
    async health(...args: Parameters<typeof health>) {
      rig.calls.push(['health']);
      await held;
      return health(...args);
    },
  });
  const local = await openLocal();
  const asked = local.ask('/api/v1/services');
  await waitFor('the request is under way', () => rig.calls.length === 1);
  const closed = rig.api.close();
  release();
  expect((await asked).status).toBe(200);
  await closed;
  local.close();
});

test('a long answer comes small to those who take that, and as it is to others', async () => {
  const url = '/api/v1/openapi.json';
  const headers = { authorization: `Bearer ${rig.token(ALL)}` };
  const plain = await rig.ask({ url, headers });
  expect(plain.headers['content-encoding']).toBeUndefined();
  const small = await rig.ask({ url, headers: { ...headers, 'accept-encoding': 'br, gzip' } });
  expect(small.headers['content-encoding']).toBe('gzip');
  expect(small.rawPayload.length).toBeLessThan(plain.rawPayload.length / 4);
  expect(gunzipSync(small.rawPayload).toString()).toBe(plain.body);
  const short = await rig.ask({ url: '/api/v1/me', headers: { ...headers, 'accept-encoding': 'gzip' } });
  expect(short.headers['content-encoding']).toBeUndefined();
});
