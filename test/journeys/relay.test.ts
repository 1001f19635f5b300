import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect } from 'node:net';
import { createServer, type Server } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { stateIn } from '#apply';
import { processes } from '#engines/haproxy';
import { status } from '#engines/relay';
import type { RelayStatus } from '#relay';
import { isAlive, signal } from '#system';

import { askController } from '../support/controller.ts';
import { type Feed, openFeed } from '../support/hl7.ts';
import { type Journal, startJournal } from '../support/hl7-journal.ts';
import { authority } from '../support/http/certificates.ts';
import { startHl7Load } from '../support/load.ts';
import { type NameServer, startNameServer } from '../support/http/name-server.ts';
import { endPrograms } from '../support/programs.ts';
import { freePorts } from '../support/stand-ins.ts';
import { startVagus, type Vagus } from '../support/vagus.ts';
import { waitFor } from '../support/wait.ts';

// HL7 message by message: a controller, HAProxy and the relay, with receivers that keep what they have got. The senders speak
// through a library of others.

let engines: readonly [Journal, Journal];
let store: Journal;
let names: NameServer;
let secure: Server;
let ports: Readonly<Record<'adt' | 'results' | 'secure' | 'more', number>>;
let vagus: Vagus;

/** A name that this machine does not know: only the name server of the spec does. */
const STORE = 'store.hospital.example';

type Wanted = { readonly timeout?: string; readonly more?: boolean };

function spec({ timeout = '5s', more = false }: Wanted = {}): string {
  const at = ({ port }: { readonly port: number }): string => `127.0.0.1:${port}`;
  const service = (name: keyof typeof ports, rest: string): string => `
  ${name}:
    preset: hl7-mllp
    listen: 127.0.0.1:${ports[name]}
    check: { type: hl7, interval: 500ms, timeout: 300ms }
    drain: { timeout: 10s }
    ${rest}`;
  const services = [
    service(
      'adt',
      `relay: { timeout: ${timeout} }
    allow: { sources: [127.0.0.1] }
    servers: { engine1: ${at(engines[0])}, engine2: ${at(engines[1])} }`,
    ),
    service('results', `relay: { delivery: stored, order: none }\n    servers: { store1: ${STORE}:${store.port} }`),
    service(
      'secure',
      `relay: on
    servers: { vault: { address: ${at(secure.address() as AddressInfo)}, tls: { verify: ca.pem, serverName: localhost } } }`,
    ),
    ...(more ? [service('more', `relay: on\n    servers: { engine3: ${at(engines[0])} }`)] : []),
  ];
  return `version: 1\nsite: relayed\ndns: { servers: [127.0.0.1:${names.port}] }\nservices:${services.join('')}\n`;
}

beforeAll(async () => {
  engines = [await startJournal('engine1'), await startJournal('engine2')];
  store = await startJournal('store1');
  names = await startNameServer(new Map([[STORE, ['127.0.0.1']]]));
  const vault = await startJournal('vault');
  const hospital = await authority('Hospital CA');
  const { pem } = await hospital.issue('localhost');
  secure = createServer({ cert: pem, key: pem }, (socket) => {
    const behind = connect(vault.port, '127.0.0.1');
    socket.on('error', () => behind.destroy());
    behind.on('error', () => socket.destroy());
    socket.pipe(behind).pipe(socket);
  });
  const [adt = 0, results = 0, tls = 0, more = 0] = await freePorts(4);
  await once(secure.listen(0, '127.0.0.1'), 'listening');
  ports = { adt, results, secure: tls, more };
  vagus = await startVagus(spec(), { files: { 'ca.pem': readFileSync(hospital.file, 'utf8') } });
  await areUp('adt/engine1', 'adt/engine2', 'results/store1', 'secure/vault');
});

afterAll(async () => {
  await vagus?.stop();
  secure?.close();
  names?.close();
  for (const journal of [...(engines ?? []), store]) journal?.close();
  await endPrograms();
});

const areUp = (...labels: readonly string[]): Promise<unknown> =>
  waitFor(`${labels.join(', ')} are up`, async () => {
    const states = await Promise.all(labels.map(async (label) => (await vagus.server(label)).state));
    return states.every((state) => state === 'up');
  });

async function relayNow(): Promise<RelayStatus> {
  const found = await status(stateIn(vagus.stateDirectory).relay);
  if (!found.ok) throw found.error;
  return found.value;
}

async function reloads(): Promise<number> {
  const found = await processes(stateIn(vagus.stateDirectory).haproxy);
  return found.ok ? found.value.reloads : -1;
}

async function sendAll(feed: Feed, ids: readonly string[]): Promise<ReadonlySet<string | undefined>> {
  const by = new Set<string | undefined>();
  for (const id of ids) {
    const answer = await feed.send(id);
    expect(answer).toMatchObject({ code: 'AA', controlId: id });
    by.add(answer?.by);
  }
  return by;
}

const named = (name: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${name}-${index + 1}`);

test('the messages of one connection are spread over the servers; what each has had is shown', async () => {
  const feed = await openFeed(ports.adt);
  expect(await sendAll(feed, named('SPREAD', 10))).toEqual(new Set(['engine1', 'engine2']));
  await feed.close();
  const { responseTime, connections } = await vagus.server('adt/engine1');
  expect({ responseTime, connections }).toMatchObject({ connections: 0, responseTime: expect.any(Number) });
  const [adt] = (await relayNow()).services;
  expect(adt?.destinations[0]?.servers.map(({ counters }) => counters.sent)).toEqual([5, 5]);
});

test('who is not allowed is sent away before a message of theirs is read', async () => {
  const stranger = await openFeed(ports.adt, '127.0.0.2');
  expect(await stranger.send('STRANGER-1')).toBeUndefined();
  expect(engines.flatMap(({ received }) => received)).not.toContain('STRANGER-1');
});

test('a server that wants TLS is spoken to in TLS', async () => {
  const feed = await openFeed(ports.secure);
  expect(await sendAll(feed, named('SECRET', 3))).toEqual(new Set(['vault']));
  await feed.close();
});

test('a server drains under load: nothing fails, and it is given nothing more', async () => {
  const load = startHl7Load({ port: ports.adt, workers: 4 });
  await waitFor('both work', () => engines.every(({ received }) => received.length > 20));
  const { exitCode, stdout } = await vagus.cli('server', 'drain', 'adt/engine1', '--wait');
  expect(exitCode, stdout).toBe(0);
  expect(stdout).toContain('message');
  const before = [engines[0].received.length, load.report().ok];
  await waitFor('the other one goes on', () => load.report().ok > (before[1] ?? 0) + 30);
  expect(engines[0].received.length).toBe(before[0]);
  await vagus.cli('server', 'ready', 'adt/engine1');
  await waitFor('it is given messages again', () => engines[0].received.length > (before[0] ?? 0));
  expect((await load.stop()).failures).toEqual(new Map());
});

test('how long acknowledgements took is remembered, of each server and of the service', async () => {
  type Series = { readonly p50?: readonly (number | null)[]; readonly time?: readonly (number | null)[] };
  type Told = { readonly service: Series; readonly servers: readonly (Series & { readonly server: string })[] };
  const known = (series: Series | undefined): boolean =>
    [series?.p50, series?.time].every((values) => values?.some((value) => value !== null && value > 0) === true);
  const load = startHl7Load({ port: ports.adt, workers: 2 });
  const isRemembered = async (): Promise<boolean> => {
    const told = (await askController(vagus.stateDirectory, 'GET', '/services/adt/history')).json() as Told;
    return known(told.service) && known(told.servers.find(({ server }) => server === 'engine1'));
  };
  await waitFor('it is in the history', isRemembered, 30_000);
  expect((await load.stop()).failures).toEqual(new Map());
});

test('what only the relay is told is told to it alone', async () => {
  const load = startHl7Load({ port: ports.adt, workers: 2 });
  const [before, { pid }] = [await reloads(), await relayNow()];
  await vagus.apply(spec({ timeout: '6s' }));
  expect(await reloads()).toBe(before);
  expect((await relayNow()).pid).toBe(pid);
  expect(readFileSync(stateIn(vagus.stateDirectory).relay.configuration, 'utf8')).toContain('"timeout": 6000');
  expect((await load.stop()).failures).toEqual(new Map());
});

test('a service comes and goes under load: its first message is answered, and the others lose none', async () => {
  const load = startHl7Load({ port: ports.adt, workers: 2 });
  await vagus.apply(spec({ timeout: '6s', more: true }));
  const feed = await openFeed(ports.more);
  expect(await feed.send('MORE-1')).toMatchObject({ code: 'AA', by: 'engine1' });
  await vagus.apply(spec({ timeout: '6s' }));
  expect((await relayNow()).services.map(({ name }) => name)).toEqual(['adt', 'results', 'secure']);
  await feed.close();
  expect((await load.stop()).failures).toEqual(new Map());
});

test('the controller is killed: messages go on, and the next one takes the relay over as it is', async () => {
  const { pid } = await relayNow();
  const load = startHl7Load({ port: ports.adt, workers: 2 });
  await vagus.kill9();
  const before = load.report().ok;
  await waitFor('they go on', () => load.report().ok > before + 20);
  await vagus.again();
  expect((await relayNow()).pid).toBe(pid);
  expect((await load.stop()).failures).toEqual(new Map());
});

test('the relay is killed: it is started again, and what it had acknowledged is delivered', async () => {
  const feed = await openFeed(ports.results);
  const acknowledged: string[] = [];
  const { pid } = await relayNow();
  for (const id of named('STORED', 200)) {
    if (acknowledged.length === 100) signal(pid, 'SIGKILL');
    const answer = await feed.send(id);
    if (answer === undefined) break;
    expect(answer).toMatchObject({ code: 'CA', controlId: id });
    acknowledged.push(id);
  }
  expect(acknowledged.length).toBeLessThan(200);
  await waitFor('it is started again', async () => {
    const now = await status(stateIn(vagus.stateDirectory).relay);
    return now.ok && now.value.pid !== pid;
  });
  const again = await openFeed(ports.results);
  expect(await again.send('STORED-AFTER')).toMatchObject({ code: 'CA' });
  await again.close();
  await waitFor('everything is delivered', () =>
    [...acknowledged, 'STORED-AFTER'].every((id) => store.received.includes(id)),
  );
  expect(vagus.output().split('The relay has ended; starting it again').length - 1).toBe(1);
});

test('whoever stops the controller stops the relay with it', async () => {
  const { pid } = await relayNow();
  expect(await vagus.stop()).toBe(0);
  expect(isAlive(pid)).toBe(false);
});
