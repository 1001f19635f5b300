import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, ask, type Question } from '../support/http/ask.ts';
import { type Mirrored, startMirror, serverOf } from '../support/http/mirror.ts';
import { endPrograms } from '../support/programs.ts';
import { freePorts } from '../support/stand-ins.ts';
import { startVagus, type Vagus } from '../support/vagus.ts';
import { waitFor } from '../support/wait.ts';

// What clients are told when nobody can serve them, in the form their protocol has for it; and that Vagus leaves alone
// what passes through.

let vagus: Vagus;
const ports = { portal: 0, fhir: 0, slow: 0, small: 0, dicomweb: 0, closed: 0, closedFhir: 0, open: 0, halfIll: 0 };

beforeAll(async () => {
  const names = Object.keys(ports) as (keyof typeof ports)[];
  const [dead = 0, ...free] = await freePorts(names.length + 1);
  for (const [index, name] of names.entries()) ports[name] = free[index] ?? 0;
  const [app, ill] = await Promise.all([startMirror('app'), startMirror('ill', { status: 503 })]);
  const service = (name: keyof typeof ports, preset: string, port: number, more = '') => `
  ${name.toLowerCase()}:
    preset: ${preset}
    listen: 127.0.0.1:${ports[name]}
    check: { type: tcp, interval: 500ms }
    servers: { app: 127.0.0.1:${port} }${more.replace(/^/gm, '\n    ')}`;
  vagus = await startVagus(`
version: 1
site: st-elsewhere
services:
${service('portal', 'http', dead)}
${service('fhir', 'fhir', dead, 'tls: none')}
${service('slow', 'fhir', app.port, 'tls: none\nretry: { attempts: 0 }\ntimeouts: { server: 500ms }')}
${service('small', 'fhir', app.port, 'tls: none\nlimits: { connections: 1 }')}
${service('dicomweb', 'dicomweb', dead, 'tls: none')}
${service('closed', 'http', app.port, 'allow: { sources: [10.20.0.0/16, 127.9.0.0/16] }')}
${service('closedFhir', 'fhir', app.port, 'tls: none\nallow: { sources: 10.20.0.0/16 }')}
${service('open', 'fhir', app.port, 'tls: none')}
${service('halfIll', 'http', app.port, 'balance: roundrobin').replace('servers: {', `servers: { ill: 127.0.0.1:${ill.port},`)}
`);
  await waitFor('the dead are known to be dead', async () => {
    const { services } = await vagus.status();
    const verdict = (name: string) => services.find((found) => found.name === name)?.verdict;
    return ['portal', 'fhir', 'dicomweb'].every((name) => verdict(name) === 'down') && verdict('open') === 'up';
  });
});

afterAll(async () => {
  await vagus?.stop();
  await endPrograms();
});

const from = (service: keyof typeof ports, path = '/', question: Question = {}) =>
  ask(`http://127.0.0.1:${ports[service]}${path}`, question);

const accept = (type: string): Question => ({ headers: { accept: type } });

/** Retry-After in seconds, a little different for each client. */
const retryAfter = ({ headers }: Answer): number => Number(headers['retry-after']);

function expectOutcome(answer: Answer, status: number, code: string): void {
  expect(answer.status).toBe(status);
  expect(answer.headers['content-type']).toBe('application/fhir+json');
  expect(JSON.parse(answer.body)).toMatchObject({
    resourceType: 'OperationOutcome',
    issue: [{ severity: 'error', code }],
  });
  expect(answer.headers).not.toHaveProperty('x-vagus-format');
}

function refusals(): void {
  test('a browser: 503, a page for people, when to come back', async () => {
    const answer = await from('portal', '/', accept('text/html'));
    expect(answer.status).toBe(503);
    expect(answer.headers).toMatchObject({ 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' });
    expect(retryAfter(answer)).toBeGreaterThanOrEqual(5);
    expect(answer.body).toMatch(/^<!doctype html>[^]*unavailable[^]*<\/html>\s*$/);
    expect(await from('portal', '/', { method: 'HEAD' })).toMatchObject({ status: 503, body: '' });
  });

  test('a FHIR client: 503, an OperationOutcome in the format it accepts', async () => {
    for (const type of [
      'application/fhir+json',
      'application/json',
      '*/*',
      'application/fhir+xml;q=0.5, application/fhir+json',
    ]) {
      const answer = await from('fhir', '/Patient?name=x', accept(type));
      expectOutcome(answer, 503, 'transient');
      expect(retryAfter(answer)).toBeGreaterThanOrEqual(5);
    }
    for (const type of ['application/fhir+xml', 'application/xml', 'text/xml']) {
      const answer = await from('fhir', '/Patient', accept(type));
      expect(answer.status).toBe(503);
      expect(answer.headers['content-type']).toBe('application/fhir+xml');
      expect(answer.body).toMatch(/^(<\?xml[^>]*>\s*)?<OperationOutcome xmlns="http:\/\/hl7.org\/fhir">/);
      expect(answer.body).toMatch(/<code value="transient"\/>[^]*<\/OperationOutcome>$/);
    }
  });

  test('a FHIR server that does not answer in time: 504, timeout', async () => {
    expectOutcome(await from('slow', '/Patient?hang'), 504, 'timeout');
    expectOutcome(await from('slow', '/Patient?hang', { method: 'POST', body: '{}' }), 504, 'timeout');
  });

  test('one client too many: 429, throttled; and room again afterwards', async () => {
    const first = request({
      port: ports.small,
      host: '127.0.0.1',
      path: '/?chunks=10000&every=20',
      agent: false,
    }).end();
    first.on('error', () => undefined);
    await once(first, 'response');
    const answer = await from('small');
    expectOutcome(answer, 429, 'throttled');
    expect(retryAfter(answer)).toBeGreaterThanOrEqual(5);
    first.destroy();
    await waitFor('there is room again', async () => (await from('small')).status === 200);
  });

  test('a DICOMweb client: 503, problem details', async () => {
    const answer = await from('dicomweb', '/studies?limit=1', accept('application/dicom+json'));
    expect(answer.status).toBe(503);
    expect(answer.headers['content-type']).toBe('application/json');
    expect(JSON.parse(answer.body)).toMatchObject({ status: 503, title: expect.any(String) });
    expect(retryAfter(answer)).toBeGreaterThanOrEqual(5);
  });

  test('an address that is not allowed: 403', async () => {
    expect(await from('closed')).toMatchObject({
      status: 403,
      headers: { 'content-type': 'text/html; charset=utf-8' },
    });
    expect(await from('closed', '/', { localAddress: '127.9.0.1' })).toMatchObject({ status: 200 });
    const answer = await from('closedFhir');
    expect(answer.status).toBe(403);
    expect(JSON.parse(answer.body)).toMatchObject({ resourceType: 'OperationOutcome', issue: [{ severity: 'error' }] });
  });
}

describe('while the controller watches', refusals);

test('a server that answers 503: who reads is served by another; who writes is told, since it may have been done', async () => {
  const reads = await Promise.all(Array.from({ length: 10 }, () => from('halfIll')));
  expect(reads.map(({ status }) => status)).toEqual(Array(10).fill(200));
  const writes = await Promise.all(
    Array.from({ length: 10 }, () => from('halfIll', '/', { method: 'POST', body: 'a' })),
  );
  const servers = writes.map((answer) => [answer.status, serverOf(answer)].join(' '));
  expect(new Set(servers)).toEqual(new Set(['200 app', '503 ill']));
});

describe('what passes through is left alone', () => {
  test('the server learns who asked for what, and sees the host as the client wrote it', async () => {
    const headers = { host: 'fhir.example:8443', 'if-match': 'W/"1"', prefer: 'return=minimal, respond-async' };
    const answer = await from('open', '/Patient/1?_pretty=true', { method: 'PUT', headers, body: '{}' });
    expect(JSON.parse(answer.body)).toMatchObject({
      method: 'PUT',
      url: '/Patient/1?_pretty=true',
      received: 2,
      headers: {
        ...headers,
        'x-forwarded-for': '127.0.0.1',
        'x-forwarded-proto': 'http',
        'x-forwarded-host': 'fhir.example:8443',
      },
    });
  });

  test('what a client says of itself in these headers does not hide its address', async () => {
    const headers = { 'x-forwarded-for': '10.1.2.3', 'x-forwarded-proto': 'https', 'x-forwarded-port': '1' };
    const seen = (JSON.parse((await from('open', '/', { headers })).body) as Mirrored).headers;
    expect(seen['x-forwarded-for']?.split(', ').at(-1)).toBe('127.0.0.1');
    expect(seen).toMatchObject({ 'x-forwarded-proto': 'http' });
    expect(seen['x-forwarded-port']).toBeUndefined();
  });

  test('the client gets what FHIR servers say in headers, and an error of the server as it is', async () => {
    const said = {
      etag: 'W/"2"',
      'content-location': 'http://fhir.example/export/1',
      'retry-after': '120',
      location: 'http://fhir.example/Patient/1/_history/2',
      'preference-applied': 'return=minimal',
    };
    const query = Object.entries(said).map(([name, value]) => `header=${encodeURIComponent(`${name}:${value}`)}`);
    for (const status of [202, 412, 500]) {
      const answer = await from('open', `/$export?status=${status}&${query.join('&')}`, { method: 'POST' });
      expect(answer).toMatchObject({ status, headers: said });
      expect(JSON.parse(answer.body)).toMatchObject({ server: 'app' });
    }
  });

  test('50 MB are passed on as they come: the answer begins before the body ends', async () => {
    const piece = Buffer.alloc(64 * 1_024, 'a');
    const pieces = 800;
    const sent = request({ port: ports.open, host: '127.0.0.1', path: '/?echo', method: 'POST', agent: false });
    sent.write(piece);
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    let received = 0;
    response.on('data', (chunk: Buffer) => (received += chunk.length));
    await waitFor('the first piece is back', () => received === piece.length);
    for (let left = pieces - 1; left > 0; left -= 1) {
      if (!sent.write(piece)) await once(sent, 'drain');
    }
    sent.end();
    await once(response, 'end');
    expect(received).toBe(pieces * piece.length);
  });
});

describe('with the controller dead', () => {
  beforeAll(async () => {
    await vagus.kill9();
  });
  refusals();
});
