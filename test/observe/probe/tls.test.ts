import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { makeCertificates } from '../../engines/haproxy/certificates.ts';
import { type Peer, peer } from './peers.ts';
import { directory, during, expectPoliteEnd, probed, stepsOf } from './support.ts';

const certificates = makeCertificates();
afterAll(() => rmSync(certificates.directory, { recursive: true }));

const ca = certificates.authority();
const server = certificates.issue('server');
const expired = certificates.issue('expired', { days: -1 });
const elsewhere = certificates.issue('elsewhere', { names: ['DNS:elsewhere.example'] });
const client = certificates.issue('client');
const stranger = certificates.issue('stranger', { by: certificates.authority('other-ca') });

const hello = (certificate: string): Promise<Peer> =>
  peer((socket) => void socket.on('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')), {
    cert: certificate,
    key: certificate,
  });

test('says what was agreed on and who answered', async () => {
  const listener = during(await hello(server.text));
  const report = await probed(`https://127.0.0.1:${listener.port}/`, { ca: ca.path });
  expect(report).toMatchObject({
    healthy: true,
    tls: {
      protocol: 'TLSv1.3',
      cipher: expect.stringMatching(/^TLS_/),
      subject: 'CN=server, O=St Elsewhere',
      issuer: 'CN=ca',
      names: ['DNS:localhost', 'IP Address:127.0.0.1'],
      validTo: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    },
  });
  expect(stepsOf(report)).toEqual(['connect', 'TLS', 'GET']);
  await expectPoliteEnd(listener);
});

test.each([
  ['that is expired', expired, 'certificate has expired'],
  ['of another CA', stranger, 'certificate is signed by a CA that is not trusted'],
  ['for another name', elsewhere, 'certificate is for another name'],
])('a certificate %s: nothing is asked, unless told so', async (_, certificate, why) => {
  const listener = during(await hello(certificate.text));
  const url = `https://127.0.0.1:${listener.port}/`;
  const report = await probed(url, { ca: ca.path });
  expect(report).toMatchObject({ healthy: false, verdict: `TLS handshake failed: ${why}` });
  expect(report.tls?.issuer).toMatch(/ca$/);
  expect(listener.bytes()).toHaveLength(0);

  const insecure = await probed(url, { insecure: true });
  expect(insecure.healthy).toBe(true);
  expect(insecure.steps.find(({ name }) => name === 'TLS')?.detail).toContain('not verified');
});

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('mutual, %s', (version) => {
  const mutual = (): Promise<Peer> =>
    peer((socket) => void socket.on('data', () => socket.end('HTTP/1.1 204 No Content\r\n\r\n')), {
      cert: server.text,
      key: server.text,
      ca: ca.certificate,
      requestCert: true,
      minVersion: version,
      maxVersion: version,
    });

  test('with a certificate', async () => {
    const { port } = during(await mutual());
    const options = { ca: ca.path, certificate: client.path };
    expect(await probed(`https://127.0.0.1:${port}/`, options)).toMatchObject({ healthy: true });
    expect(await probed(`tls://127.0.0.1:${port}`, options)).toMatchObject({ healthy: true });
  });

  test.each([
    ['without one', {}],
    ['with a stranger’s', { certificate: stranger.path }],
  ])('%s: refused', async (_, extra) => {
    const { port } = during(await mutual());
    for (const url of [`https://127.0.0.1:${port}/`, `mllps://127.0.0.1:${port}`]) {
      const report = await probed(url, { ca: ca.path, ...extra });
      expect([report.healthy, report.verdict]).toEqual([false, expect.stringMatching(/certificate|closes/)]);
    }
  });

  test('without one, when nothing is asked but TLS itself', async () => {
    const { port } = during(await mutual());
    const report = await probed(`tls://127.0.0.1:${port}`, { ca: ca.path });
    expect([report.healthy, report.verdict]).toEqual([false, expect.stringMatching(/client certificate|closes/)]);
  });
});

test('a port that does not speak it', async () => {
  const { port } = during(await peer((socket) => void socket.on('data', () => socket.write('HTTP/1.1 400 Bad\r\n'))));
  const report = await probed(`tls://127.0.0.1:${port}`);
  expect(report.verdict).toBe('TLS handshake failed: what answers there does not speak TLS');
});

test('a handshake that hangs', async () => {
  const { port } = during(await peer(() => undefined));
  const report = await probed(`dicoms://A@127.0.0.1:${port}`, { timeout: 300 });
  expect(report.verdict).toBe('accepts connections, but the TLS handshake hangs: no answer within 300 ms');
  expect(stepsOf(report)).toEqual(['connect', 'TLS']);
});

test('files that cannot be used are said before anything is sent', async () => {
  const listener = during(await hello(server.text));
  const url = `tls://127.0.0.1:${listener.port}`;
  writeFileSync(join(directory, 'broken.pem'), 'CANARY');
  const missing = await probed(url, { ca: join(directory, 'missing.pem') });
  expect([missing.healthy, missing.verdict]).toEqual([false, expect.stringContaining('missing.pem')]);
  for (const option of ['ca', 'certificate']) {
    const broken = await probed(url, { [option]: join(directory, 'broken.pem') });
    expect(broken.healthy).toBe(false);
    expect(JSON.stringify(broken)).not.toContain('CANARY');
  }
  const certificate = await probed(url, { certificate: join(directory, 'broken.pem') });
  expect(certificate.verdict).toContain('our certificate file, or the CA file, cannot be used');
  expect(listener.bytes()).toHaveLength(0);
});
