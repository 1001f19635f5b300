import { afterAll, expect, test } from 'vitest';
import { Secret } from '#lib';
import { certificatesIn } from '#observe';

import { desired } from '../plan/support.ts';
import { authority } from '../support/http/certificates.ts';
import { endPrograms } from '../support/programs.ts';

afterAll(endPrograms);

const DAY = 86_400_000;

test('a certificate is told by its names, dates and users; authorities each by itself; keys not at all', async () => {
  const [ca, other] = await Promise.all([authority('Harbour CA'), authority('Other CA')]);
  const portal = await ca.issue('portal.harbour.example', { key: 'rsa' });
  const plan = desired(
    `version: 1
site: harbour
certificates: { portal: { file: portal.pem } }
services:
  portal:
    preset: http
    listen: 10.0.0.1:443
    tls: { certificate: portal }
    servers: { web1: { address: 10.0.2.1:443, tls: { verify: cas.pem } } }
`,
    { 'portal.pem': portal.pem, 'cas.pem': `${ca.pem}${other.pem}` },
  );
  const found = certificatesIn(plan);
  expect(
    found
      .map(({ use, subject, issuer, services }) => ({ use, subject, issuer, services }))
      .toSorted((a, b) => (a.subject < b.subject ? -1 : 1)),
  ).toEqual([
    { use: 'authorities', subject: 'CN=Harbour CA', issuer: 'CN=Harbour CA', services: ['portal'] },
    { use: 'authorities', subject: 'CN=Other CA', issuer: 'CN=Other CA', services: ['portal'] },
    { use: 'certificate', subject: 'CN=portal.harbour.example', issuer: 'CN=Harbour CA', services: ['portal'] },
  ]);
  const shown = found.find(({ use }) => use === 'certificate');
  expect(shown).toMatchObject({
    names: ['portal.harbour.example'],
    fingerprint: expect.stringMatching(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/),
    algorithm: 'RSA 2048',
  });
  expect(((shown?.notAfter ?? 0) - (shown?.notBefore ?? 0)) / DAY).toBe(30);
  expect(found.find(({ subject }) => subject === 'CN=Other CA')?.algorithm).toBe('EC prime256v1');
  expect(JSON.stringify(found)).not.toContain('PRIVATE');
});

test('a file that is no certificate is left out', () => {
  const file = { name: 'ca.pem', path: [], content: new Secret('AAAA'), digest: '' };
  expect(certificatesIn({ site: 'harbour', dns: [], frontends: [], backends: [], files: [file], relays: [] })).toEqual(
    [],
  );
});
