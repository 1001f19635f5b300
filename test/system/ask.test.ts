import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, describe, expect, test } from 'vitest';
import { ask, readPiped } from '#system';
import { makeCertificates } from '../engines/haproxy/certificates.ts';

const directory = mkdtempSync(join(tmpdir(), 'vagus-ask-'));
const certificates = makeCertificates();
const open: { close(): unknown }[] = [];
afterAll(() => {
  for (const server of open) server.close();
  for (const path of [directory, certificates.directory]) rmSync(path, { recursive: true });
});

/** Says what it was asked. */
const mirror: RequestListener = (request, response) => {
  void text(request).then((body) => {
    const { method, url, headers } = request;
    response.writeHead(418, { 'X-Room': 'ward 3' });
    response.end(JSON.stringify({ method, url, actor: headers['x-vagus-actor'], body }));
  });
};

async function listening(server: Server, at: string | number): Promise<AddressInfo> {
  open.push(server);
  server.listen(at);
  await once(server, 'listening');
  return server.address() as AddressInfo;
}

const question = { method: 'PUT', path: '/a/b?c=d', headers: { 'X-Vagus-Actor': 'anna' }, body: 'spec: ä' };
const whole = { method: 'PUT', url: '/a/b?c=d', body: 'spec: ä' };

describe('over a unix socket', () => {
  test('brings back status, headers and body', async () => {
    const socket = join(directory, 'a.sock');
    await listening(createServer(mirror), socket);
    const reply = await ask({ socket }, question);
    expect(reply).toMatchObject({ ok: true, value: { status: 418, headers: { 'x-room': 'ward 3' } } });
    if (reply.ok) expect(JSON.parse(reply.value.body)).toEqual({ ...whole, actor: 'anna' });
  });

  test('says that nobody is there, whether the socket was left behind or never was', async () => {
    const socket = join(directory, 'left.sock');
    const missing = await ask({ socket }, question);
    expect(missing).toMatchObject({ ok: false, error: { code: 'system-nobody-there' } });
    const inTheWay = await ask({ socket: join(directory, 'a.sock', 'b.sock') }, question);
    expect(inTheWay).toMatchObject({ ok: false, error: { code: 'system-nobody-there' } });
  });

  test('says that nobody knows what became of a request without an answer', async () => {
    const socket = join(directory, 'cut.sock');
    const server = createTcpServer((peer) => void peer.once('data', () => peer.destroy()));
    open.push(server);
    server.listen(socket);
    await once(server, 'listening');
    expect(await ask({ socket }, question)).toMatchObject({
      ok: false,
      error: { code: 'system-no-answer', kind: { retry: 'unknown' } },
    });
  });
});

describe('over HTTPS', async () => {
  const ca = certificates.authority().text;
  const { text: pem } = certificates.issue('server');
  const { port } = await listening(createTlsServer({ cert: pem, key: pem }, mirror), 0);
  const url = `https://localhost:${port}`;

  test('brings back what the socket would', async () => {
    const reply = await ask({ url, ca }, question);
    if (!reply.ok) throw reply.error;
    expect(JSON.parse(reply.value.body)).toMatchObject(whole);
  });

  test('sends nothing to somebody whose certificate is not vouched for, and says how to', async () => {
    const stranger = certificates.authority('other-ca').text;
    for (const trusted of [undefined, stranger]) {
      const reply = await ask({ url, ca: trusted }, question);
      expect(reply).toMatchObject({
        ok: false,
        error: { code: 'system-unreachable', message: expect.stringContaining('--ca') },
      });
    }
  });

  test('says that nobody listens', async () => {
    const server = createServer();
    const { port: free } = await listening(server, 0);
    server.close();
    await once(server, 'close');
    expect(await ask({ url: `https://localhost:${free}`, ca }, question)).toMatchObject({
      ok: false,
      error: { code: 'system-nobody-there' },
    });
  });
});

test('a secret that is piped in loses its last line end and nothing else', async () => {
  expect(await readPiped(Readable.from([Buffer.from(' top '), Buffer.from('secret\r\n')]))).toBe(' top secret');
  expect(await readPiped(Readable.from([Buffer.from('a\n\n')]))).toBe('a\n');
});
