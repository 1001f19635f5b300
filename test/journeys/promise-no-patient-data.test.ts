import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stateIn } from '#apply';
import { hl7Sender, httpClient, sendInstances, syntheticStudy } from '#demo';
import { encodeFrame } from '#protocols';
import { ask } from '#system';
import { askController } from '../support/controller.ts';
import { type Receiver, startReceiver } from '../support/hl7-receiver.ts';
import { freePorts, type StandIn, startStandIn } from '../support/stand-ins.ts';
import { startVagus, type Vagus } from '../support/vagus.ts';
import { waitFor } from '../support/wait.ts';

// Promise 6: no patient data outside the wire. A name that occurs nowhere else goes through every protocol, in every
// place a protocol has for it, with servers well, failing and gone; then everything written is searched for it.

const CANARY = 'Zyxwvut8317';

let vagus: Vagus;
const servers: StandIn[] = [];
/** What messages are relayed to. */
let engine: Receiver;
let round = 0;
let ports: readonly number[];

beforeAll(async () => {
  ports = await freePorts(6);
  engine = await startReceiver(CANARY);
  const kinds = ['portal', 'fhir', 'archive', 'engine'] as const;
  servers.push(...(await Promise.all(kinds.map((kind) => startStandIn(kind, { name: `${kind}1` })))));
  const [portal, fhir, archive, whole] = servers.map(({ port }) => port);
  vagus = await startVagus(`version: 1
site: discreet
services:
  portal: { preset: ehr-web, tls: none, listen: 127.0.0.1:${ports[0]}, check: { path: /health, interval: 500ms }, persistence: { header: X-Session, for: 5m }, servers: { a: 127.0.0.1:${portal} } }
  fhir: { preset: fhir, tls: none, listen: 127.0.0.1:${ports[1]}, check: { interval: 500ms }, timeouts: { server: 1s }, servers: { b: 127.0.0.1:${fhir} } }
  pacs: { preset: dicom, listen: 127.0.0.1:${ports[2]}, check: { calledAeTitle: PACS, interval: 500ms }, servers: { c: 127.0.0.1:${archive} } }
  adt: { preset: hl7-mllp, listen: 127.0.0.1:${ports[3]}, check: { interval: 500ms }, servers: { d: 127.0.0.1:${whole} } }
  orders: { preset: hl7-mllp, listen: 127.0.0.1:${ports[4]}, relay: { timeout: 1s }, check: { interval: 500ms }, servers: { e: 127.0.0.1:${engine.port} } }
  results: { preset: hl7-mllp, listen: 127.0.0.1:${ports[5]}, relay: { delivery: stored, timeout: 1s }, check: { interval: 500ms }, servers: { f: 127.0.0.1:${engine.port} } }
`);
});

afterAll(async () => {
  await vagus.stop();
  await Promise.all(servers.map((server) => server.kill()));
  engine.close();
});

test('a name sent through every protocol is found in nothing that was written', async () => {
  await waitFor('all is up', async () => (await vagus.status()).services.every(({ verdict }) => verdict === 'up'));
  await sendEverywhere();
  for (const server of servers) await server.set({ status: 500, ack: 'AE', find: 'refuse' });
  engine.answers('AE');
  await sendEverywhere();
  await waitFor('messages were given up', async () => (await givenUp()).length > 0);
  for (const server of servers) await server.kill();
  engine.close();
  await waitFor('all is down', async () => (await vagus.status()).services.every(({ verdict }) => verdict === 'down'));
  await sendEverywhere();

  const commands = [
    ['status'],
    ['status', '--json'],
    ['plan', join(vagus.directory, 'hospital.yaml')],
    ['queue', 'list'],
    ['queue', 'list', '--json'],
    ['queue', 'show', 'results'],
    ['queue', 'show', 'results', String((await givenUp())[0]?.id)],
  ];
  const printed = await Promise.all(commands.map((words) => vagus.cli(...words)));
  const urls = [`http://127.0.0.1:${ports[0]}/${CANARY}?name=${CANARY}`, `mllp://127.0.0.1:${ports[3]}`];
  for (const url of urls) printed.push(await vagus.cli('probe', url.replace(`/${CANARY}`, '')));
  const answers = await askEverything();
  const written = [
    vagus.output(),
    ...printed.flatMap(({ stdout, stderr }) => [stdout, stderr]),
    ...answers,
    ...stateFiles(),
  ];
  for (const text of written) expect(text).not.toContain(CANARY);
  // The search can find something: what was refused and why is there.
  const [given] = printed.slice(-3);
  expect(given?.stdout).toContain('AE');
  expect(vagus.output()).toMatch(/portal: no server could take a request/);
  expect(vagus.output()).toMatch(/pacs: association from \S+ at 127\.0\.0\.1 to PACS rejected/);
});

/** Whatever the answers are: what counts is what is written about them. */
async function sendEverywhere(): Promise<void> {
  const web = httpClient({ url: `http://127.0.0.1:${ports[0]}`, ca: undefined, keepAlive: false });
  const headers = { 'x-session': CANARY, 'x-patient': CANARY, cookie: `name=${CANARY}` };
  await web.request(`/patient/${CANARY}?name=${CANARY}`, { headers });
  await web.request(`/patient/${CANARY}`, { method: 'POST', headers, body: CANARY });
  web.close();
  const fhir = httpClient({ url: `http://127.0.0.1:${ports[1]}`, ca: undefined, keepAlive: false });
  await fhir.request(`/Patient/${CANARY}?family=${CANARY}`, { headers });
  fhir.close();
  const study = syntheticStudy(1).map((instance) => ({ ...instance, dataSet: Buffer.from(CANARY.padEnd(64)) }));
  await sendInstances({ host: '127.0.0.1', port: ports[2] ?? 0, called: 'PACS', calling: 'CT' }, study);
  const sender = hl7Sender({ host: '127.0.0.1', port: ports[3] ?? 0 });
  // One that was sent before is known again.
  round += 1;
  const message = `MSH|^~\\&|A|B|C|D|20260101||ADT^A01|${round}|P|2.5\rPID|1||${CANARY}||${CANARY}^${CANARY}`;
  await sender.send(Buffer.from(message));
  sender.close();
  // Relayed: a message, the same with the name wherever there is room in its header, and what is none.
  const header = `MSH|^~\\&|${CANARY}|${CANARY}|${CANARY}|${CANARY}|20260101||${CANARY}^${CANARY}|${CANARY}${round}|P|2.5`;
  for (const port of ports.slice(4)) {
    for (const text of [message, `${header}\rPID|1||${CANARY}`]) {
      const relayed = hl7Sender({ host: '127.0.0.1', port });
      await relayed.send(Buffer.from(text));
      relayed.close();
    }
    await sendBytes(port, Buffer.concat([encodeFrame(Buffer.from(CANARY)), Buffer.from(CANARY)]));
  }
}

/** Sends what is no message, until the other side has had enough of it. */
async function sendBytes(port: number, bytes: Buffer): Promise<void> {
  const socket = connect({ host: '127.0.0.1', port });
  socket.on('error', () => undefined).resume();
  const closed = once(socket, 'close');
  socket.end(bytes);
  await closed;
}

/** The messages that were given up, as the API shows them. */
async function givenUp(): Promise<readonly { readonly id: number }[]> {
  const path = '/services/results/queues/default/messages';
  const { body } = await askController(vagus.stateDirectory, 'GET', path);
  return JSON.parse(body) as readonly { readonly id: number }[];
}

/** Everything that the API tells, and what it says of questions that hold a name themselves. */
async function askEverything(): Promise<readonly string[]> {
  const routes = [
    'services',
    'checks',
    'certificates',
    'spec',
    'revisions',
    'reloads',
    'drains',
    'windows',
    'controller',
    'queues',
    'events/past',
    'services/orders/relay',
    'services/results/relay',
    'services/results/history',
    'services/results/capacity',
    'services/results/queues/default/messages',
    ...(await givenUp()).map(({ id }) => `services/results/queues/default/messages/${id}`),
  ];
  const asked = [`services?name=${CANARY}`, `services/${CANARY}`, `${CANARY}/${CANARY}?name=${CANARY}`];
  const login = { name: CANARY, password: `${CANARY} is no password` };
  const told = [
    ...[...routes, ...asked].map((route) => () => askController(vagus.stateDirectory, 'GET', `/${route}`)),
    () => askController(vagus.stateDirectory, 'POST', '/login', login),
    () => askController(vagus.stateDirectory, 'GET', '/audit'),
  ];
  const answers: string[] = [];
  for (const tell of told) answers.push((await tell()).body);
  const peer = { socket: stateIn(vagus.stateDirectory).controllerSocket };
  const metrics = await ask(peer, { method: 'GET', path: '/metrics', headers: {}, body: undefined });
  if (!metrics.ok) throw metrics.error;
  for (const family of ['vagus_server_sessions', 'vagus_relay_']) expect(metrics.value.body).toContain(family);
  return [...answers, metrics.value.body];
}

/** The content of every file in the state directory, sockets aside, and the one in which stored messages wait. */
function stateFiles(): readonly string[] {
  const entries = readdirSync(vagus.stateDirectory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !entry.name.startsWith('queue.db'))
    .map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'latin1'));
}
