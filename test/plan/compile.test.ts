import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { Secret } from '#lib';
import { fileReferences } from '#plan';
import { formatProblem, readSpec } from '#spec';
import { makeCertificates } from '../engines/haproxy/certificates.ts';
import { compiled, desired, placeOf } from './support.ts';

const certificates = makeCertificates();
const ca = certificates.authority();
const site = certificates.issue('site');
const other = certificates.issue('other');
afterAll(() => rmSync(certificates.directory, { recursive: true }));

const DAY = 86_400_000;

describe('what must be true', () => {
  const result = desired(`version: 1
site: hospital
dns: { servers: 10.0.0.53 }
services:
  pacs:
    preset: dicom
    listen: [10.0.0.1:104, 10.0.0.1:11112]
    limits: { connections: 50 }
    routes: [{ when: { calledAeTitle: VNA }, pool: vna }]
    pools:
      default: { servers: { pacs1: 10.0.2.1:104, spare: { address: 10.0.2.2:104, backup: true, weight: 7 } } }
      vna: { servers: { vna1: 10.0.2.3:104 } }
`);

  test('a frontend for each service, a backend for each pool', () => {
    expect(result).toMatchObject({ site: 'hospital', dns: [{ host: '10.0.0.53', port: 53 }], files: [] });
    expect(result.frontends).toMatchObject([
      {
        name: 'pacs',
        path: ['services', 'pacs'],
        protocol: 'dicom',
        maxConnections: 50,
        defaultBackend: 'pacs',
        routes: [{ backend: 'pacs.vna', path: ['services', 'pacs', 'routes', 0] }],
        tls: undefined,
      },
    ]);
    expect(result.backends).toMatchObject([
      { name: 'pacs', service: 'pacs', pool: 'default', overTls: false },
      { name: 'pacs.vna', service: 'pacs', pool: 'vna', path: ['services', 'pacs', 'pools', 'vna'] },
    ]);
    expect(result.backends[0]?.servers).toMatchObject([
      { name: 'pacs1', address: { host: '10.0.2.1', port: 104 }, backup: false, tls: undefined, follows: undefined },
      { name: 'spare', backup: true, weight: 7 },
    ]);
  });

  test('without a pool named default, nobody has one', () => {
    const { frontends } = desired(`version: 1
site: s
services:
  web:
    preset: http
    listen: 10.0.0.1:80
    routes: [{ when: { path: /a }, pool: only }]
    pools: { only: { servers: { a: 10.0.1.1:80 } } }
`);
    expect(frontends[0]).toMatchObject({ defaultBackend: undefined, routes: [{ backend: 'web.only' }] });
  });

  test('failover keeps the order of the servers, for the engine to stand them by', () => {
    const { backends } = desired(`version: 1
site: s
services:
  adt: { preset: hl7-mllp, listen: 10.0.0.1:2575, balance: failover, servers: { b: 10.0.1.2:1, a: 10.0.1.1:1, c: 10.0.1.3:1 } }
`);
    expect(backends[0]?.balance).toBe('failover');
    expect(backends[0]?.servers.map(({ name }) => name)).toEqual(['b', 'a', 'c']);
  });
});

describe('following', () => {
  const followed = (pools: string): (string | undefined)[] =>
    desired(`version: 1
site: s
services:
  leader:
    preset: dicom
    listen: 10.0.0.1:104
    routes: [{ when: { calledAeTitle: VNA }, pool: vna }]
    pools:
      default: { servers: { a: 10.0.1.1:104, b: 10.0.1.2:104 } }
      vna: { servers: { a: 10.0.1.1:105, c: 10.0.1.3:105 } }
  follower:
    preset: dicom
    listen: 10.0.0.1:105
    check: { follow: leader }
${pools}
`)
      .backends.filter(({ service }) => service === 'follower')
      .flatMap(({ servers }) => servers.map(({ follows }) => follows));

  test('the server of the same name, in the first pool that has one', () => {
    expect(followed('    servers: { a: 10.0.2.1:104, b: 10.0.2.2:104, c: 10.0.2.3:104 }')).toEqual([
      'leader/a',
      'leader/b',
      'leader.vna/c',
    ]);
  });

  test('from every pool of the follower', () => {
    const routes = '    routes: [{ when: { calledAeTitle: VNA }, pool: vna }]\n';
    const pools = '    pools: { default: { servers: { a: 10.0.2.1:104 } }, vna: { servers: { c: 10.0.2.1:105 } } }';
    expect(followed(routes + pools)).toEqual(['leader/a', 'leader.vna/c']);
  });
});

const WITH_FILES = `version: 1
site: s
certificates:
  site: { file: [tls/site.pem, tls/second.pem] }
services:
  pacs:
    preset: dicom-tls
    listen: 10.0.0.1:2762
    tls: { clients: { ca: ca/modalities.pem } }
    servers:
      a: { address: 10.0.1.1:2762, tls: { verify: ca/pacs.pem, certificate: site } }
      b: { address: 10.0.1.2:2762, tls: { verify: none } }
`;

const FILES = {
  'tls/site.pem': site.text,
  'tls/second.pem': other.text,
  'ca/modalities.pem': ca.certificate,
  'ca/pacs.pem': ca.certificate,
};

describe('files', () => {
  test('which they are, where the spec names them, and how the engine knows them', () => {
    const { spec } = readSpec(WITH_FILES, { file: 'site.yaml', directory: '/etc/vagus' });
    expect(spec && fileReferences(spec)).toEqual([
      { file: '/etc/vagus/tls/site.pem', path: ['certificates', 'site'], use: 'certificate', name: 'tls/site.pem' },
      { file: '/etc/vagus/tls/second.pem', path: ['certificates', 'site'], use: 'certificate', name: 'tls/site.2.pem' },
      {
        file: '/etc/vagus/ca/modalities.pem',
        path: ['services', 'pacs', 'tls', 'clients', 'ca'],
        use: 'authorities',
        name: 'tls/pacs.clients.pem',
      },
      {
        file: '/etc/vagus/ca/pacs.pem',
        path: ['services', 'pacs', 'servers', 'a', 'tls', 'verify'],
        use: 'authorities',
        name: 'tls/pacs.default.a.authorities.pem',
      },
    ]);
  });

  test('become secrets with a digest, and their users name them', () => {
    const result = desired(WITH_FILES, FILES);
    const names = ['tls/site.pem', 'tls/site.2.pem', 'tls/pacs.clients.pem', 'tls/pacs.default.a.authorities.pem'];
    expect(result.files.map(({ name }) => name)).toEqual(names);
    expect(result.files[0]?.content).toBeInstanceOf(Secret);
    expect(result.files[0]?.content.reveal()).toBe(site.text);
    expect(result.files.map(({ digest }) => digest)).toEqual(names.map(() => expect.stringMatching(/^[0-9a-f]{64}$/)));
    expect(JSON.stringify(result)).not.toContain('PRIVATE KEY');
    expect(result.frontends[0]?.tls).toMatchObject({
      certificates: ['tls/site.pem', 'tls/site.2.pem'],
      clients: { caFile: 'tls/pacs.clients.pem', verify: 'required' },
    });
    expect(result.backends[0]?.servers.map(({ tls }) => tls)).toMatchObject([
      { caFile: 'tls/pacs.default.a.authorities.pem', certificate: 'tls/site.pem' },
      { caFile: undefined, certificate: undefined },
    ]);
  });

  const openssl = (...args: readonly string[]): string =>
    execFileSync('openssl', args, { cwd: certificates.directory, encoding: 'utf8', stdio: 'pipe' });

  test.each<[string, Readonly<Record<string, string | undefined>>, string, string]>([
    ['is not there', { 'tls/site.pem': undefined }, '4:3', '[file-unreadable]'],
    ['for clients is not there', { 'ca/modalities.pem': undefined }, '9:27', '[file-unreadable]'],
    ['for servers is not there', { 'ca/pacs.pem': undefined }, '11:51', '[file-unreadable]'],
    ['is empty', { 'tls/site.pem': '' }, '4:3', '[certificate-unreadable]'],
    ['holds no certificate', { 'ca/pacs.pem': site.key }, '11:51', '[certificate-unreadable]'],
    [
      'holds a broken certificate',
      { 'ca/pacs.pem': '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n' },
      '11:51',
      '[certificate-unreadable]',
    ],
    ['holds no key', { 'tls/site.pem': site.certificate }, '4:3', '[certificate-key]'],
    ['holds another’s key', { 'tls/second.pem': other.certificate + site.key }, '4:3', '[certificate-key]'],
  ])('one that %s is an error at its place', (_, change, place, code) => {
    const files = Object.fromEntries(
      Object.entries({ ...FILES, ...change }).filter((entry): entry is [string, string] => entry[1] !== undefined),
    );
    const { desired: nothing, problems } = compiled(WITH_FILES, files);
    expect(nothing).toBeUndefined();
    const [problem] = problems;
    expect(problems).toHaveLength(1);
    expect(problem?.severity).toBe('error');
    expect(problem && placeOf(problem.location)).toBe(place);
    expect(problem && formatProblem(problem)).toContain(code);
    expect(problem?.message).toContain(`/etc/vagus/${Object.keys(change)[0]} `);
    expect(problem?.message).not.toContain('-----');
  });

  test('one that has expired, or soon will, is a warning, and is used', () => {
    const soon = certificates.issue('soon', { days: 20 });
    const expired = certificates.issue('expired', { days: -1 });
    const result = compiled(WITH_FILES, { ...FILES, 'tls/site.pem': expired.text, 'tls/second.pem': soon.text });
    expect(result.desired).toBeDefined();
    expect(result.problems).toMatchObject([
      { severity: 'warning', code: 'certificate-expired', path: ['certificates', 'site'] },
      { severity: 'warning', code: 'certificate-expires', path: ['certificates', 'site'] },
    ]);
    expect(result.problems.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^\/etc\/vagus\/tls\/site\.pem expired on \d{4}-\d\d-\d\d; clients will refuse it$/),
      expect.stringMatching(/^\/etc\/vagus\/tls\/second\.pem expires on \d{4}-\d\d-\d\d; renew it$/),
    ]);
    expect(compiled(WITH_FILES, FILES, Date.now() + 350 * DAY).problems).not.toEqual([]);
    expect(compiled(WITH_FILES, FILES).problems).toEqual([]);
  });

  test('keys of every kind are read: RSA, EC, PKCS#1, PKCS#8, with a chain', () => {
    openssl(
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      'rsa.key',
      '-out',
      'rsa.crt',
      '-subj',
      '/CN=r',
      '-days',
      '99',
    );
    const certificate = openssl('x509', '-in', 'rsa.crt');
    const keys = [openssl('rsa', '-in', 'rsa.key', '-traditional'), openssl('pkey', '-in', 'rsa.key')];
    for (const key of keys) {
      for (const text of [certificate + key, key + certificate, certificate + ca.certificate + key]) {
        expect(compiled(WITH_FILES, { ...FILES, 'tls/site.pem': text }).problems).toEqual([]);
      }
    }
    const ec = openssl('ec', '-in', 'site.key');
    expect(ec).toContain('BEGIN EC PRIVATE KEY');
    expect(compiled(WITH_FILES, { ...FILES, 'tls/site.pem': site.certificate + ec }).problems).toEqual([]);
  });

  test('every trouble is told at once', () => {
    expect(compiled(WITH_FILES).problems.map(({ code }) => code)).toEqual(Array(4).fill('file-unreadable'));
  });
});
