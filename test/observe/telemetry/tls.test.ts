import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createServer, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { type Authority, authority } from '../../support/http/certificates.ts';
import { endPrograms, temporaryDirectory } from '../../support/programs.ts';
import { waitFor } from '../../support/wait.ts';
import { endAll, follow, page, planOf } from './support.ts';

// Who is asked how a server feels, where that is found out, and that nobody else is told a secret.

const KEY = 'web/s1';
const SECRET = 'Bearer canary-of-a-token';

let hospital: Authority;
let stranger: Authority;
let caFile: string;

beforeAll(async () => {
  [hospital, stranger] = await Promise.all([authority('hospital'), authority('stranger')]);
  caFile = join(temporaryDirectory('telemetry-tls'), 'ca.pem');
  writeFileSync(caFile, hospital.pem);
});

afterAll(async () => {
  endAll();
  await endPrograms();
});

/** An exporter in TLS, and what it was told. */
async function exporter(pem: string): Promise<{ readonly port: number; readonly told: () => string; close(): void }> {
  let told = '';
  const answer = page(() => '{"cpu":0.5}');
  const server = createServer({ key: pem, cert: pem }, (socket: TLSSocket) => {
    socket.on('data', (bytes) => (told += String(bytes))).on('error', () => undefined);
    answer(socket);
  }).on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { port, told: () => told, close: () => void server.close() };
}

function ask(port: number, tls: string) {
  const telemetry = `{ type: http-json, port: ${port}, interval: 100ms, cpu: /cpu, authorization: { secret: token }, tls: ${tls} }`;
  const poller = follow(planOf({ s1: telemetry }, { files: { [caFile]: hospital.pem } }), { token: SECRET });
  return () => poller.of(KEY);
}

test('a server of the CA that is named is asked, by its name where that is said', async () => {
  const { pem } = await hospital.issue('node1.example');
  const server = await exporter(pem);
  for (const tls of [
    `{ verify: ${caFile} }`,
    `{ verify: ${caFile}, serverName: node1.example }`,
    '{ verify: none }',
    'true',
  ]) {
    const reading = ask(server.port, tls);
    await waitFor(`it is read with ${tls}`, () => reading()?.last?.cpu === 0.5);
  }
  expect(server.told()).toContain(SECRET);
  server.close();
});

test('one that is not who it should be is told nothing, and it is said why', async () => {
  const [known, unknown] = await Promise.all([hospital.issue('node2.example'), stranger.issue('node1.example')]);
  const [other, alien] = await Promise.all([exporter(known.pem), exporter(unknown.pem)]);
  const cases = [
    [other, `{ verify: ${caFile}, serverName: node1.example }`, 'its certificate is for another name'],
    [alien, `{ verify: ${caFile} }`, 'its certificate is signed by a CA that is not trusted'],
  ] as const;
  for (const [server, tls, why] of cases) {
    const reading = ask(server.port, tls);
    await waitFor(`it has failed some times with ${tls}`, () => (reading()?.failures ?? 0) > 2);
    expect(reading()).toMatchObject({ trouble: why, last: undefined });
    expect(server.told()).toBe('');
    server.close();
  }
});

test('another CA is taken from its file, and one that is gone is said', async () => {
  const { pem } = await stranger.issue('node1.example');
  const server = await exporter(pem);
  const reading = ask(server.port, `{ verify: ${caFile} }`);
  await waitFor('it is not trusted', () => reading()?.trouble !== undefined);
  writeFileSync(caFile, stranger.pem);
  await waitFor('it is trusted', () => reading()?.last?.cpu === 0.5);
  server.close();
  rmSync(caFile);
  const lost = ask(server.port, `{ verify: ${caFile} }`);
  await waitFor('the file is missed', () => lost()?.trouble?.includes(caFile) === true);
});
