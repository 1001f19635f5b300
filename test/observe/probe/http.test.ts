import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { peer } from './peers.ts';
import { during, probed, stepsOf } from './support.ts';

const web = async (listener: RequestListener): Promise<{ port: number }> => {
  const server = createServer(listener);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  during({
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  });
  return { port: (server.address() as AddressInfo).port };
};

test('asks once, as a client would', async () => {
  const asked: unknown[] = [];
  const { port } = await web(({ method, url, headers }, response) => {
    asked.push([method, url, headers.host, headers.accept]);
    response.end('CANARY');
  });
  const report = await probed(`http://localhost:${port}/a%20b?q=CANARY`);
  expect(report).toMatchObject({
    healthy: true,
    verdict: expect.stringMatching(/^HTTP 200 in \d+ ms$/),
    url: `http://localhost:${port}/a%20b?q=…`,
  });
  expect(stepsOf(report)).toEqual(['resolve', 'connect', 'GET']);
  expect(asked).toEqual([['GET', '/a%20b?q=CANARY', `localhost:${port}`, '*/*']]);
  expect(JSON.stringify(report)).not.toContain('CANARY');
});

test.each([401, 404, 500, 503])('%d is unhealthy', async (status) => {
  const { port } = await web((_, response) => response.writeHead(status).end('CANARY'));
  const report = await probed(`http://127.0.0.1:${port}/`);
  expect(report).toMatchObject({ healthy: false, verdict: `HTTP ${status}` });
});

test('a redirect is told, not followed', async () => {
  let requests = 0;
  const { port } = await web((_, response) => {
    requests += 1;
    response.writeHead(302, { Location: '/login?user=CANARY' }).end();
  });
  const report = await probed(`http://127.0.0.1:${port}/`);
  expect(report.verdict).toMatch(/^HTTP 302 in \d+ ms, a redirect to \/login\?user=…$/);
  expect([report.healthy, requests]).toEqual([true, 1]);
});

test('an endless body is not read to its end', async () => {
  const { port } = await web((_, response) => {
    const more = (): void => {
      while (response.write('x'.repeat(100_000)));
      response.once('drain', more);
    };
    more();
  });
  expect(await probed(`http://127.0.0.1:${port}/`)).toMatchObject({ healthy: true });
});

test.each([
  ['no answer', () => peer(() => undefined), 'accepts connections but hangs: no answer within 300 ms'],
  ['no HTTP', () => peer((socket) => void socket.write('SSH-2.0\r\n')), 'answered, but not in HTTP'],
  ['a close', () => peer((socket) => socket.end()), 'accepts connections and closes them without an answer'],
  [
    'half an answer',
    () => peer((socket) => void socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc')),
    'accepts connections but hangs: no answer within 300 ms',
  ],
])('%s', async (_, start, verdict) => {
  const server = during(await start());
  const report = await probed(`http://127.0.0.1:${server.port}/`, { timeout: 300 });
  expect(report).toMatchObject({ healthy: false, verdict });
});

test.each([
  ['/metadata', '{"resourceType":"CapabilityStatement"}', true, 'HTTP 200 with CapabilityStatement in'],
  ['/metadata?_summary=true', '{"resourceType":"Patient"}', false, 'HTTP 200, but with Patient instead of'],
  ['/Patient', '{"id":"1","resourceType":"Bundle"}', true, 'HTTP 200 with Bundle in'],
  ['/Patient', '{"resourceType":"CANARY 1"}', false, 'HTTP 200, but the answer is not a FHIR resource'],
  ['/Patient', '<html>CANARY</html>', false, 'HTTP 200, but the answer is not a FHIR resource'],
  ['/Patient', 'null', false, 'HTTP 200, but the answer is not a FHIR resource'],
  ['/metadata', `{"resourceType":"CapabilityStatement","x":"${'x'.repeat(2e6)}"}`, true, 'HTTP 200 with Capab'],
])('FHIR: %s, case %#', async (path, body, healthy, verdict) => {
  let accept: string | undefined;
  const { port } = await web(({ headers }, response) => {
    ({ accept } = headers);
    response.end(body);
  });
  const report = await probed(`fhir+http://127.0.0.1:${port}${path}`);
  expect([report.healthy, report.verdict]).toEqual([healthy, expect.stringContaining(verdict)]);
  expect(JSON.stringify(report)).not.toContain('CANARY');
  expect(accept).toBe('application/fhir+json');
});
