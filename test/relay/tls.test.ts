import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import type { TlsOptions } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

import { readConfiguration } from '#relay';

import { type Certificates, makeCertificates, type Pem } from '../engines/haproxy/certificates.ts';
import { freePort, isListening } from '../support/stand-ins.ts';
import { endPrograms, temporaryDirectory } from '../support/programs.ts';
import { waitFor } from '../support/wait.ts';
import { ackOf, adt, endAll, openSender, type Receiver, startReceiver, startRelay, type TestRelay } from './support.ts';

let certificates: Certificates;
let ca: string;
let good: Pem;
let ours: Pem;

beforeAll(() => {
  certificates = makeCertificates();
  ca = certificates.authority().path;
  good = certificates.issue('good');
  ours = certificates.issue('ours');
});

afterEach(endAll);
afterAll(async () => {
  rmSync(certificates.directory, { recursive: true });
  await endPrograms();
});

const showing = ({ text }: Pem, more: TlsOptions = {}): TlsOptions => ({ cert: text, key: text, ...more });

const secure = (tls: TlsOptions = showing(good)): Promise<Receiver> => startReceiver(undefined, 0, tls);

/** A relay that sends to the first server, and to the second where it has to. */
const failover = (
  first: { readonly port: number },
  second: { readonly port: number },
  tls: object,
): Promise<TestRelay> => startRelay([{ ...first, tls }, second], { balance: 'failover', timeout: 5_000 });

const reasons = ({ events }: TestRelay): readonly string[] =>
  events()
    .filter(({ code }) => code === 'relay-server-unreachable')
    .map(({ text }) => text);

/** The message went to the second server, and nobody takes it for one that the first may have had. */
async function goesToTheNext(relay: TestRelay, second: Receiver): Promise<void> {
  const sender = await openSender(relay.path);
  expect(await sender.ask(adt('M1'))).toBe('AA M1');
  expect(second.ids()).toEqual(['M1']);
  const [server] = relay.relay.services()[0]?.destinations()[0]?.pool.servers() ?? [];
  expect(server?.counters).toMatchObject({ unknown: 0, unreachable: 1, sent: 0 });
}

describe('a server in TLS', () => {
  test('is given messages one after another, and large ones, on one connection', async () => {
    const engine = await secure();
    const { path } = await startRelay([{ ...engine, tls: { ca, serverName: 'localhost' } }]);
    const sender = await openSender(path);
    for (const id of ['M1', 'M2', 'M3']) expect(await sender.ask(adt(id))).toBe(`AA ${id}`);
    expect(await sender.ask(adt('M4', 'P'.repeat(3_000_000)))).toBe('AA M4');
    expect([engine.ids(), engine.connections()]).toEqual([['M1', 'M2', 'M3', 'M4'], 1]);
  });

  test('may be one that speaks no more than TLS 1.2', async () => {
    const engine = await secure(showing(good, { maxVersion: 'TLSv1.2' }));
    const { path } = await startRelay([{ ...engine, tls: { ca } }]);
    expect(await (await openSender(path)).ask(adt('M1'))).toBe('AA M1');
  });

  test('may be one that sends no tickets', async () => {
    const port = await freePort();
    const options = ['-accept', `127.0.0.1:${port}`, '-cert', good.path, '-num_tickets', '0', '-quiet'];
    const engine = spawn('openssl', ['s_server', ...options], { stdio: ['pipe', 'pipe', 'ignore'] });
    engine.stdout.once('data', (frame: Buffer) => engine.stdin.write(ackOf(frame)));
    await waitFor('it listens', () => isListening(port));
    const { path } = await startRelay([{ port, tls: { ca } }]);
    expect(await (await openSender(path)).ask(adt('M1'))).toBe('AA M1');
    engine.kill();
  });

  test('may end the connection after each message, or while it is idle: no message is lost', async () => {
    const engine = await startReceiver(({ frame, socket }) => void socket.end(ackOf(frame)), 0, showing(good));
    const { path, codes, change } = await startRelay([{ ...engine, tls: { ca } }]);
    const sender = await openSender(path);
    for (let number = 1; number <= 20; number += 1) expect(await sender.ask(adt(`M${number}`))).toBe(`AA M${number}`);

    const patient = await secure();
    await change({ destinations: [{ servers: [{ name: 'p', address: `127.0.0.1:${patient.port}`, tls: { ca } }] }] });
    for (let number = 1; number <= 5; number += 1) {
      expect(await sender.ask(adt(`N${number}`))).toBe(`AA N${number}`);
      expect(await sender.ask(adt(`O${number}`))).toBe(`AA O${number}`);
      patient.received.at(-1)?.socket.end();
    }
    expect(codes()).toEqual([]);
  });

  test('is asked for its name, and sees our certificate', async () => {
    const asked: string[] = [];
    const engine = await secure(
      showing(good, {
        ca: certificates.authority().certificate,
        requestCert: true,
        SNICallback: (name, done) => {
          asked.push(name);
          done(null);
        },
      }),
    );
    const { path } = await startRelay([{ ...engine, tls: { ca, serverName: 'localhost', certificate: ours.path } }]);
    expect(await (await openSender(path)).ask(adt('M1'))).toBe('AA M1');
    expect(asked).toEqual(['localhost']);
  });

  test('is not verified where that is not asked for', async () => {
    const engine = await secure(showing(certificates.issue('old', { days: -1 })));
    const { path } = await startRelay([{ ...engine, tls: {} }]);
    expect(await (await openSender(path)).ask(adt('M1'))).toBe('AA M1');
  });
});

describe('a message goes to the next server, and nowhere is its outcome unknown, where the first', () => {
  test('is not there', async () => {
    const second = await startReceiver();
    const relay = await failover({ port: await freePort() }, second, { ca });
    await goesToTheNext(relay, second);
    expect(reasons(relay)).toEqual([expect.stringContaining('ECONNREFUSED')]);
  });

  test.each([
    [
      'has a certificate of somebody else',
      () => certificates.issue('other', { by: certificates.authority('other-ca') }),
      {},
      'its certificate is not accepted (UNABLE_TO_VERIFY_LEAF_SIGNATURE)',
    ],
    [
      'has one that has expired',
      () => certificates.issue('old', { days: -1 }),
      {},
      'its certificate is not accepted (CERT_HAS_EXPIRED)',
    ],
    [
      'has one with another name',
      () => good,
      { serverName: 'elsewhere.example' },
      'its certificate is not accepted (ERR_TLS_CERT_ALTNAME_INVALID)',
    ],
  ] as const)('%s', async (_what, certificate, more, why) => {
    const [first, second] = [await secure(showing(certificate())), await startReceiver()];
    const relay = await failover(first, second, { ca, ...more });
    await goesToTheNext(relay, second);
    expect(reasons(relay)).toEqual([expect.stringContaining(why)]);
    expect(first.ids()).toEqual([]);
  });

  test.each(['TLSv1.2', 'TLSv1.3'] as const)('wants a certificate that we do not have (%s)', async (version) => {
    const asks = {
      ca: certificates.authority().certificate,
      requestCert: true,
      minVersion: version,
      maxVersion: version,
    };
    const [first, second] = [await secure(showing(good, asks)), await startReceiver()];
    const relay = await failover(first, second, { ca });
    await goesToTheNext(relay, second);
    expect(reasons(relay)).toEqual([expect.stringContaining('it did not accept TLS with us')]);
  });

  test('speaks an older TLS than 1.2', async () => {
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' } as const;
    const [first, second] = [await secure(showing(good, old)), await startReceiver()];
    await goesToTheNext(await failover(first, second, { ca }), second);
  });

  test('speaks no TLS', async () => {
    const second = await startReceiver();
    // It waits for a message that it can read, and ends a connection on which something else comes.
    const deaf = createServer((socket) => socket.once('data', () => socket.end('what?')));
    await once(deaf.listen(0, '127.0.0.1'), 'listening');
    const { port } = deaf.address() as { port: number };
    await goesToTheNext(await failover({ port }, second, { ca }), second);
    deaf.close();
  });

  test('accepts, and is silent', { timeout: 15_000 }, async () => {
    const second = await startReceiver();
    const held: Socket[] = [];
    const mute = createServer((socket) => void held.push(socket));
    await once(mute.listen(0, '127.0.0.1'), 'listening');
    const { port } = mute.address() as { port: number };
    const relay = await startRelay([{ port, tls: { ca } }, second], { balance: 'failover', timeout: 20_000 });
    await goesToTheNext(relay, second);
    expect(reasons(relay)).toEqual([expect.stringContaining('in time')]);
    for (const socket of held) socket.destroy();
    mute.close();
  });
});

describe('a file', () => {
  const problems = (tls: object): readonly string[] => {
    const servers = [{ name: 'a', address: '10.0.0.1:1', tls }];
    const services = [{ name: 'adt', listen: '/l', destinations: [{ servers }] }];
    const read = readConfiguration(JSON.stringify({ control: '/c', journal: '/j', services }));
    return read.ok ? [] : read.error.message.split('\n');
  };

  test('that is not there, or not PEM, or has no key, is said by its path', () => {
    const empty = join(temporaryDirectory('tls'), 'empty.pem');
    writeFileSync(empty, 'nothing\n');
    const at = 'services[0].destinations[0].servers[0].tls';
    expect(problems({ ca: '/none.pem' })).toEqual([`${at}.ca cannot be read: /none.pem`]);
    expect(problems({ ca: empty })).toEqual([`${at}.ca must be a file with certificates in PEM`]);
    const noKey = `${at}.certificate must be a file with a certificate and its key in PEM`;
    expect(problems({ ca, certificate: empty })).toEqual([noKey]);
    const alone = join(temporaryDirectory('tls'), 'alone.pem');
    writeFileSync(alone, ours.certificate);
    expect(problems({ ca, certificate: alone })).toEqual([noKey]);
  });

  test('with other contents is used from the next reload on; with the same ones connections stay', async () => {
    const trusted = join(temporaryDirectory('tls'), 'trusted.pem');
    writeFileSync(trusted, certificates.authority().certificate);
    const [first, second] = [await secure(), await startReceiver()];
    const servers = [
      { name: 'engine1', address: `127.0.0.1:${first.port}`, tls: { ca: trusted } },
      { name: 'engine2', address: `127.0.0.1:${second.port}` },
    ];
    const service = { balance: 'failover', destinations: [{ servers }] };
    const relay = await startRelay([], service);
    const sender = await openSender(relay.path);
    expect(await sender.ask(adt('M1'))).toBe('AA M1');
    await relay.change(service);
    expect(await sender.ask(adt('M2'))).toBe('AA M2');
    expect(first.connections()).toBe(1);

    writeFileSync(trusted, certificates.authority('other-ca').certificate);
    await relay.change(service);
    expect(await sender.ask(adt('M3'))).toBe('AA M3');
    await waitFor('the old connection is ended', () => first.open() === 0);
    expect([first.ids(), second.ids()]).toEqual([['M1', 'M2'], ['M3']]);
  });
});
