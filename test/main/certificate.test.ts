import { createPrivateKey, X509Certificate } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';

import { apiCertificate, watchApiCertificate } from '../../src/main/certificate.ts';
import { makeCertificates } from '../engines/haproxy/certificates.ts';
import { value } from '../store/support.ts';
import { endPrograms, temporaryDirectory } from '../support/programs.ts';
import { waitFor } from '../support/wait.ts';

let file: string;

beforeEach(() => {
  file = join(temporaryDirectory('api-certificate'), 'api.pem');
});

afterAll(endPrograms);

/** A self-signed certificate with its key. */
function selfSigned(subject: string, days: number): string {
  const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', '-'];
  const more = ['-out', '-', '-subj', subject, '-days', String(days)];
  return execFileSync('openssl', [...args, ...more], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
}

const certificate = async (host = '127.0.0.1') => value(await apiCertificate(file, host));

test('where there is none, one is made, once, for the owner alone', async () => {
  const made = await certificate();
  const text = readFileSync(file, 'utf8');
  expect(await certificate()).toEqual(made);
  expect(readFileSync(file, 'utf8')).toBe(text);
  expect(statSync(file).mode & 0o777).toBe(0o600);

  const found = new X509Certificate(made.cert);
  expect(found.checkPrivateKey(createPrivateKey(made.key.reveal()))).toBe(true);
  expect(made.fingerprint).toBe(found.fingerprint256);
  expect(Date.parse(found.validTo) - Date.now()).toBeLessThan(398 * 86_400_000);
  expect(JSON.stringify(made)).not.toContain('PRIVATE KEY');
});

test.each([
  ['0.0.0.0', ['localhost'], ['127.0.0.1', '::1']],
  ['10.1.2.3', ['localhost'], ['10.1.2.3']],
  ['::', ['localhost'], ['::1']],
  ['2001:db8::7', [], ['2001:db8::7']],
  ['adc.example', ['adc.example', 'localhost'], ['127.0.0.1']],
])('it is for whatever a client may call %s', async (host, names, addresses) => {
  const found = new X509Certificate((await certificate(host)).cert);
  for (const name of names) expect(found.checkHost(name)).toBe(name);
  for (const address of addresses) expect(found.checkIP(address)).toBe(address);
});

test('the hospital’s own is respected, with its whole chain, also where it ends soon', async () => {
  const certificates = makeCertificates();
  const [own, authority] = [certificates.issue('adc', { days: 3 }), certificates.authority()];
  rmSync(certificates.directory, { recursive: true });
  writeFileSync(file, own.text + authority.certificate);
  const { cert, key, fingerprint } = await certificate();
  expect(cert.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
  expect(fingerprint).toBe(new X509Certificate(own.certificate).fingerprint256);
  expect(key.reveal().trim()).toBe(own.key.trim());
  expect(readFileSync(file, 'utf8')).toBe(own.text + authority.certificate);
});

test.each([
  ['one of ours that ends soon is renewed', '/CN=vagus', 20, false],
  ['one of ours that lasts is kept', '/CN=vagus', 40, true],
  ['one of somebody else is kept', '/CN=adc', 20, true],
])('%s', async (_, subject, days, isKept) => {
  const pem = selfSigned(subject, days);
  writeFileSync(file, pem);
  const { fingerprint } = await certificate();
  expect(fingerprint === new X509Certificate(pem).fingerprint256).toBe(isKept);
});

test('one that is called like ours and signed by somebody else is kept', async () => {
  const certificates = makeCertificates();
  const authority = certificates.authority();
  const { directory } = certificates;
  const openssl = (...args: readonly string[]) => execFileSync('openssl', args, { cwd: directory, stdio: 'pipe' });
  openssl('req', '-new', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'k', '-subj', '/CN=vagus', '-out', 'r');
  openssl('x509', '-req', '-in', 'r', '-CA', authority.path, '-CAkey', authority.path, '-CAcreateserial', '-out', 'c');
  const pem = readFileSync(join(directory, 'c'), 'utf8') + readFileSync(join(directory, 'k'), 'utf8');
  rmSync(directory, { recursive: true });
  writeFileSync(file, pem);
  await certificate();
  expect(readFileSync(file, 'utf8')).toBe(pem);
});

test('what comes into its place is told once, and what is half written or no certificate changes nothing', async () => {
  const [changed, failed]: [string[], string[]] = [[], []];
  await certificate();
  const report = {
    changed: ({ fingerprint }: { readonly fingerprint: string }) => void changed.push(fingerprint),
    failed: ({ message }: { readonly message: string }) => void failed.push(message),
  };
  const watch = watchApiCertificate(file, '127.0.0.1', report, 5);
  const fingerprintOf = (pem: string): string => new X509Certificate(pem).fingerprint256;
  const [own, ending] = [selfSigned('/CN=adc', 90), selfSigned('/CN=vagus', 20)];
  writeFileSync(file, own);
  await waitFor('the new one is seen', () => changed.length === 1);
  expect(changed).toEqual([fingerprintOf(own)]);

  writeFileSync(file, ending);
  await waitFor('one of ours that ends soon is made anew', () => changed.length === 2);
  const renewed = readFileSync(file, 'utf8');
  expect(renewed).not.toBe(ending);
  expect(changed[1]).toBe(fingerprintOf(renewed));

  rmSync(file);
  await waitFor('there is one again', () => changed.length === 3);
  expect(failed).toEqual([]);
  watch.close();
});
