import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { associateRequest, UID } from '#protocols';
import { run } from '#system';

import { dcmtk, startStorescp, type Storescp, storescu, writeSeries } from '../support/dcmtk.ts';
import { type Authority, authority } from '../support/http/certificates.ts';
import { endPrograms } from '../support/programs.ts';
import { freePorts } from '../support/stand-ins.ts';
import { startVagus, type Vagus } from '../support/vagus.ts';
import { waitFor } from '../support/wait.ts';

// DICOM over TLS, both sides authenticated, with dcmtk as modality and as archive. One service for each kind of stranger,
// because of one kind of event only one line is said in five seconds.

const SERVICES = ['pacs', 'wrong', 'none', 'clear'] as const;

/** PS3.15 B.12: ephemeral keys and AES-GCM. */
const SUITES = [
  'DHE-RSA-AES128-GCM-SHA256',
  'DHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES256-GCM-SHA384',
];

let hospital: Authority;
/** A file with a certificate and its key. */
let modality: string;
let stranger: string;
let archive: Storescp;
let ports: Readonly<Record<(typeof SERVICES)[number], number>>;
let vagus: Vagus;

beforeAll(async () => {
  const [ours, modalities, strangers] = (await Promise.all(
    ['Hospital CA', 'Modalities CA', 'Strangers CA'].map(authority),
  )) as [Authority, Authority, Authority];
  hospital = ours;
  const [ecdsa, rsa, own, known, unknown] = await Promise.all([
    ours.issue('localhost'),
    ours.issue('localhost', { key: 'rsa' }),
    ours.issue('localhost'),
    modalities.issue('localhost'),
    strangers.issue('localhost'),
  ]);
  [modality, stranger] = [known.file, unknown.file];
  // The archives want a certificate of ours, too.
  const scp = (file: string) => startStorescp('ARCHIVE', ['--fork', '+tls', file, file, '+cf', ours.file]);
  const [real, impostor] = await Promise.all([scp(own.file), scp(stranger)]);
  archive = real;
  const [pacs = 0, wrong = 0, none = 0, clear = 0] = await freePorts(SERVICES.length);
  ports = { pacs, wrong, none, clear };
  const service = (name: keyof typeof ports): string => `
  ${name}:
    preset: dicom-tls
    listen: 127.0.0.1:${ports[name]}
    tls: { clients: { ca: ${modalities.file} } }
    check: { calledAeTitle: ARCHIVE, interval: 1s }
    servers:
      real: { address: 127.0.0.1:${real.port}, tls: { verify: ${ours.file}, certificate: imaging } }
      impostor: { address: 127.0.0.1:${impostor.port}, tls: { verify: ${ours.file}, certificate: imaging } }`;
  vagus = await startVagus(`
version: 1
site: tls
certificates:
  imaging: { file: [${ecdsa.file}, ${rsa.file}] }
services:${SERVICES.map(service).join('')}
`);
  await waitFor('the archive is up, the impostor is down', async () => {
    const [good, bad] = await Promise.all([vagus.server('pacs/real'), vagus.server('pacs/impostor')]);
    return good.state === 'up' && bad.state === 'down';
  });
});

afterAll(async () => {
  await vagus?.stop();
  await endPrograms();
});

const showing = (file: string): readonly string[] => ['+tls', file, file, '+cf', hospital.file];
const TO = ['-aec', 'ARCHIVE'];

test('a modality with a certificate of ours echoes and stores, over TLS all the way', async () => {
  expect(await dcmtk('echoscu', ports.pacs, [...TO, ...showing(modality)])).toEqual({ exitCode: 0, output: '' });
  const sent = await storescu(ports.pacs, writeSeries(5), [...TO, ...showing(modality)]);
  expect(sent).toEqual({ exitCode: 0, output: '' });
  expect(archive.received()).toBe(5);
});

test('an archive with a certificate of others gets nothing, and the status says that TLS is why', async () => {
  expect((await vagus.server('pacs/impostor')).why).toMatch(/TLS handshake failed/);
});

describe('refused, and an event', () => {
  const isEvent = (service: keyof typeof ports) =>
    waitFor(`the event of ${service} in:\n${vagus.output()}`, () =>
      vagus.output().includes(`${service}: TLS handshake with 127.0.0.1 failed`),
    );

  test('a certificate of others', async () => {
    const refused = await dcmtk('echoscu', ports.wrong, [...TO, ...showing(stranger)]);
    expect(refused.exitCode, refused.output).not.toBe(0);
    await isEvent('wrong');
  });

  test('no certificate', async () => {
    const refused = await dcmtk('echoscu', ports.none, [...TO, '+tla', '+cf', hospital.file]);
    expect(refused.exitCode, refused.output).not.toBe(0);
    await isEvent('none');
  });

  test('DICOM in clear text, at once', async () => {
    const began = Date.now();
    const socket = connect(ports.clear, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(associateRequest({ called: 'ARCHIVE', calling: 'CT1', contexts: [UID.verification] }));
    await once(socket.resume(), 'close');
    expect(Date.now() - began).toBeLessThan(2_000);
    await isEvent('clear');
  });

  test('silence, after ten seconds', async () => {
    const socket = connect(ports.clear, '127.0.0.1').resume();
    socket.on('error', () => undefined);
    const closed = once(socket, 'close').then(() => 'closed');
    const patience = new AbortController();
    const waited = pause(14_000, 'still open', { signal: patience.signal });
    expect(await Promise.race([closed, waited.catch(() => 'closed')])).toBe('closed');
    patience.abort();
  });
});

describe('the profile dicom-bcp195', () => {
  const handshake = async (...args: readonly string[]): Promise<string | undefined> => {
    // HAProxy chooses between an ECDSA and an RSA certificate where the client names the host.
    const name = args.includes('-noservername') ? [] : ['-servername', 'localhost'];
    const peer = ['-connect', `127.0.0.1:${ports.pacs}`, ...name, '-CAfile', hospital.file];
    const own = ['-cert', modality, '-key', modality];
    const ran = await run('openssl', ['s_client', ...peer, ...own, ...args]);
    if (!ran.ok) throw new Error(ran.error.message);
    return ran.value.exitCode === 0 ? ran.value.stdout : undefined;
  };

  test('offers TLS 1.3 and 1.2, and nothing older', async () => {
    const versions = ['-tls1_3', '-tls1_2', '-tls1_1', '-tls1'];
    const answers = await Promise.all(versions.map((version) => handshake(version, '-cipher', 'ALL:@SECLEVEL=0')));
    expect(versions.filter((_, index) => answers[index] !== undefined)).toEqual(['-tls1_3', '-tls1_2']);
  });

  test.each(SUITES)('offers %s', async (suite) => {
    expect(await handshake('-tls1_2', '-cipher', suite)).toBeDefined();
  });

  test('offers RSA to a client that names no host, as most modalities do not', async () => {
    expect(await handshake('-noservername', '-tls1_2', '-cipher', 'ECDHE-RSA-AES128-GCM-SHA256')).toBeDefined();
  });

  test('offers no other suite of TLS 1.2 that OpenSSL has', async () => {
    const others = ['ALL', 'COMPLEMENTOFALL', ...SUITES.map((suite) => `!${suite}`), '@SECLEVEL=0'].join(':');
    expect(await handshake('-tls1_2', '-cipher', others)).toBeUndefined();
  });

  test('its ephemeral keys are no shorter than 2048 bits, or 256 on a curve', async () => {
    expect(await handshake('-tls1_2', '-cipher', 'DHE')).toMatch(/Server Temp Key: DH, (2048|3072|4096) bits/);
    expect(await handshake('-tls1_2', '-cipher', 'ECDHE')).toMatch(
      /Server Temp Key: (X25519, 253|ECDH, .*, (256|384|521)) bits/,
    );
  });
});
