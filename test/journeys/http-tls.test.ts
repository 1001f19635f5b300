import { connect as connectH2 } from 'node:http2';
import { connect } from 'node:tls';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from '#system';
import { ask, type Question } from '../support/http/ask.ts';
import { type Authority, authority } from '../support/http/certificates.ts';
import { startLoad, told } from '../support/http/load.ts';
import { type Mirrored, startMirror } from '../support/http/mirror.ts';
import { endPrograms } from '../support/programs.ts';
import { freePorts } from '../support/stand-ins.ts';
import { startVagus, type Vagus } from '../support/vagus.ts';
import { waitFor } from '../support/wait.ts';

// What a client sees of TLS, and what Vagus checks of its servers' TLS.

const PORTAL = 'portal.example';
const IMAGING = 'imaging.example';

let hospital: Authority;
let strangers: Authority;
let vagus: Vagus;
let spec: string;
const ports = { portal: 0, redirect: 0, modern: 0, staff: 0, guests: 0, inside: 0, wrongCa: 0, wrongName: 0 };

beforeAll(async () => {
  [hospital, strangers] = await Promise.all([authority('The hospital'), authority('Strangers')]);
  const free = await freePorts(Object.keys(ports).length);
  for (const [index, name] of (Object.keys(ports) as (keyof typeof ports)[]).entries()) ports[name] = free[index] ?? 0;
  const [ecdsa, rsa, imaging, backend] = await Promise.all([
    hospital.issue(PORTAL),
    hospital.issue(PORTAL, { key: 'rsa' }),
    hospital.issue(IMAGING),
    hospital.issue('app1.example'),
  ]);
  const [plain, secure] = await Promise.all([startMirror('app'), startMirror('secure', { certificate: backend.file })]);
  const service = (name: keyof typeof ports, tls: string, server = `app: 127.0.0.1:${plain.port}`) => `
  ${name}:
    preset: http
    listen: 127.0.0.1:${ports[name]}
    ${tls}
    check: { path: /health, interval: 1s, timeout: 500ms }
    servers: { ${server} }`;
  const secureServer = (ca: string, name: string) =>
    `app: { address: 127.0.0.1:${secure.port}, tls: { verify: ${ca}, serverName: ${name} } }`;
  spec = `
version: 1
site: st-elsewhere
certificates:
  portal: { file: [portal-ecdsa.pem, portal-rsa.pem] }
  imaging: { file: imaging.pem }
services:
${service('portal', `tls: { certificate: [portal, imaging], redirectFrom: 127.0.0.1:${ports.redirect} }`)}
${service('modern', 'tls: { certificate: portal, profile: modern }')}
${service('staff', 'tls: { certificate: portal, clients: { ca: hospital.pem } }')}
${service('guests', 'tls: { certificate: portal, clients: { ca: hospital.pem, verify: optional } }')}
${service('inside', '', secureServer('hospital.pem', 'app1.example'))}
${service('wrongCa', '', secureServer('strangers.pem', 'app1.example')).replace('wrongCa:', 'wrong-ca:')}
${service('wrongName', '', secureServer('hospital.pem', 'app2.example')).replace('wrongName:', 'wrong-name:')}
`;
  const files = {
    'portal-ecdsa.pem': ecdsa.pem,
    'portal-rsa.pem': rsa.pem,
    'imaging.pem': imaging.pem,
    'hospital.pem': hospital.pem,
    'strangers.pem': strangers.pem,
  };
  vagus = await startVagus(spec, { files });
});

afterAll(async () => {
  await vagus?.stop();
  await endPrograms();
});

const from = (service: keyof typeof ports, path = '/', question: Question = {}) =>
  ask(`https://127.0.0.1:${ports[service]}${path}`, { ca: hospital.pem, servername: PORTAL, ...question });

test('each name gets its certificate, and who names none, or an unknown one, the first', async () => {
  expect((await from('portal')).tls?.subject).toContain(PORTAL);
  expect((await from('portal', '/', { servername: IMAGING })).tls?.subject).toContain(IMAGING);
  const unnamed = { servername: '', checkServerIdentity: () => undefined };
  expect((await from('portal', '/', unnamed)).tls?.subject).toContain(PORTAL);
});

test('of two certificates for one name, a client gets the ECDSA one if it can take it, else the RSA one', async () => {
  expect((await from('portal')).tls?.keyType).toBe('EC');
  const old = { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES128-GCM-SHA256' } as const;
  expect((await from('portal', '/', old)).tls?.keyType).toBe('RSA');
  const rsaOnly = { sigalgs: 'rsa_pss_rsae_sha256:RSA+SHA256' };
  expect((await from('portal', '/', rsaOnly)).tls?.keyType).toBe('RSA');
});

test('a profile says which versions are spoken', async () => {
  const only = (version: 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3') =>
    ({ minVersion: version, maxVersion: version, ciphers: 'DEFAULT:@SECLEVEL=0' }) as const;
  expect((await from('portal', '/', only('TLSv1.3'))).tls?.version).toBe('TLSv1.3');
  expect((await from('portal', '/', only('TLSv1.2'))).tls?.version).toBe('TLSv1.2');
  await expect(from('portal', '/', only('TLSv1.1'))).rejects.toThrow(/alert protocol version/);
  expect((await from('modern', '/', only('TLSv1.3'))).tls?.version).toBe('TLSv1.3');
  await expect(from('modern', '/', only('TLSv1.2'))).rejects.toThrow(/alert protocol version/);
});

test('HTTP is sent to HTTPS, with method, path and query', async () => {
  const url = `http://127.0.0.1:${ports.redirect}/records/1?view=full&x=%C3%A4`;
  const answer = await ask(url, { method: 'POST', headers: { host: `${PORTAL}:${ports.redirect}` } });
  expect(answer.status).toBe(308);
  expect(answer.headers.location).toBe(`https://${PORTAL}:${ports.portal}/records/1?view=full&x=%C3%A4`);
});

test('curl follows the redirect, over HTTP/2', async () => {
  const resolve = (port: number) => ['--connect-to', `${PORTAL}:${port}:127.0.0.1:${port}`];
  const url = `http://${PORTAL}:${ports.redirect}/records/1?view=full`;
  const ca = `${vagus.directory}/hospital.pem`;
  const args = [
    '-sSL',
    '--cacert',
    ca,
    '-w',
    '\n%{http_version}',
    ...resolve(ports.redirect),
    ...resolve(ports.portal),
  ];
  const ran = await run('curl', [...args, url]);
  if (!ran.ok) throw ran.error;
  expect(ran.value.stderr).toBe('');
  const [body = '', version] = ran.value.stdout.split('\n');
  expect(version).toBe('2');
  const { url: asked, headers } = JSON.parse(body) as Mirrored;
  expect(asked).toBe('/records/1?view=full');
  expect(headers).toMatchObject({
    host: `${PORTAL}:${ports.portal}`,
    'x-forwarded-for': '127.0.0.1',
    'x-forwarded-proto': 'https',
    'x-forwarded-host': `${PORTAL}:${ports.portal}`,
  });
});

test('HTTP/2 and HTTP/1.1 are offered by ALPN; many requests go over one connection', async () => {
  const session = connectH2(`https://127.0.0.1:${ports.portal}`, { ca: hospital.pem, servername: PORTAL });
  const status = () => {
    const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
    const stream = session.request({ ':path': '/' });
    stream.on('response', (headers) => resolve(headers[':status'])).on('error', reject);
    stream.resume().end();
    return promise;
  };
  expect(new Set(await Promise.all(Array.from({ length: 50 }, status)))).toEqual(new Set([200]));
  session.close();
  await once(session, 'close');

  const http1 = connect({ port: ports.portal, ca: hospital.pem, servername: PORTAL, ALPNProtocols: ['http/1.1'] });
  await once(http1, 'secureConnect');
  expect(http1.alpnProtocol).toBe('http/1.1');
  http1.destroy();
});

test('mutual TLS: who must show a certificate, who may, and whose is refused', async () => {
  const [nurse, stranger] = await Promise.all([hospital.issue('nurse'), strangers.issue('stranger')]);
  const show = ({ pem }: { pem: string }): Question => ({ cert: pem, key: pem });
  expect((await from('staff', '/', show(nurse))).status).toBe(200);
  await expect(from('staff')).rejects.toThrow(/alert|ECONNRESET|socket hang up/);
  await expect(from('staff', '/', show(stranger))).rejects.toThrow(/alert|ECONNRESET|socket hang up/);
  expect((await from('guests', '/', show(nurse))).status).toBe(200);
  expect((await from('guests')).status).toBe(200);
  await expect(from('guests', '/', show(stranger))).rejects.toThrow(/alert|ECONNRESET|socket hang up/);
});

test('a plain request to the TLS port gets no answer', async () => {
  await expect(ask(`http://127.0.0.1:${ports.portal}/`)).rejects.toThrow(/socket hang up|ECONNRESET|Parse Error/);
});

test('servers are spoken to in TLS: verified and named; one that cannot prove who it is gets nothing', async () => {
  const answer = await ask(`http://127.0.0.1:${ports.inside}/`);
  expect(JSON.parse(answer.body)).toMatchObject({ server: 'secure', serverName: 'app1.example' });
  for (const label of ['wrong-ca/app', 'wrong-name/app']) {
    await waitFor(`${label} is down`, async () => (await vagus.server(label)).state === 'down');
    expect((await vagus.server(label)).why).toMatch(/TLS handshake failed \(wrong certificate/);
  }
  expect((await ask(`http://127.0.0.1:${ports.wrongCa}/`)).status).toBe(503);
  expect((await ask(`http://127.0.0.1:${ports.wrongName}/`)).status).toBe(503);
});

test('a certificate is renewed by applying again, and no request is lost', async () => {
  const renewed = await hospital.issue('localhost');
  vagus.write('renewed.pem', renewed.pem);
  const withRenewed = spec
    .replace('services:', '  renewed: { file: renewed.pem }\nservices:')
    .replace('[portal, imaging]', '[portal, imaging, renewed]');
  await vagus.apply(withRenewed);

  const load = await startLoad({ url: `https://localhost:${ports.portal}/`, ca: hospital.file });
  const serial = async () => {
    const socket = connect({ port: ports.portal, ca: hospital.pem, servername: 'localhost' });
    await once(socket, 'secureConnect');
    const { serialNumber } = socket.getPeerCertificate();
    socket.destroy();
    return serialNumber;
  };
  const before = await serial();
  vagus.write('renewed.pem', (await hospital.issue('localhost')).pem);
  await vagus.apply(withRenewed);
  expect(await serial()).not.toBe(before);
  await load.more(100);
  const report = await load.stop();
  expect(report.failures, told(report)).toEqual([]);
});
