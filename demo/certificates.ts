import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import type { Fault, Result } from '#lib';
import { err, ok } from '#lib';
import { makeDirectory, now, readText, remove, run, writeAtomically } from '#system';
import { fault } from './errors.ts';

export type Certificates = {
  /** The demonstration's own authority, for `curl --cacert`. */
  readonly ca: string;
  /** Chain and key of the same names, once ECDSA and once RSA. */
  readonly ecdsa: string;
  readonly rsa: string;
};

const DAYS = 90;
const STILL_GOOD_FOR = 24 * 3_600_000;

const CONFIGURATION = `
[req]
distinguished_name = name
prompt = no
[name]
O = St. Elsewhere, a demonstration
CN = Vagus demonstration CA
[ca]
basicConstraints = critical, CA:true, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature, keyEncipherment
extendedKeyUsage = serverAuth
subjectAltName = DNS:localhost, DNS:portal.localhost, DNS:fhir.localhost, IP:127.0.0.1
`;

const KEYS = {
  ecdsa: ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'],
  rsa: ['-newkey', 'rsa:2048'],
} as const;

/**
 * Certificates for 127.0.0.1, localhost and two names under it in `directory`, made anew where there are none or they end within a day. The
 * authority's key is thrown away once it has signed them: a browser that was taught to trust it trusts nothing else by it.
 */
export async function certificatesIn(directory: string): Promise<Result<Certificates, Fault>> {
  const certificates = {
    ca: join(directory, 'ca.pem'),
    ecdsa: join(directory, 'hospital-ecdsa.pem'),
    rsa: join(directory, 'hospital-rsa.pem'),
  };
  if (Object.values(certificates).every(isGood)) return ok(certificates);

  const workshop = join(directory, 'making-certificates');
  const made = await makeCertificates(certificates, workshop);
  remove(workshop);
  return made.ok ? ok(certificates) : made;
}

function isGood(file: string): boolean {
  const pem = readText(file);
  return pem.ok && new X509Certificate(pem.value).validToDate.getTime() > now() + STILL_GOOD_FOR;
}

async function makeCertificates({ ca, ecdsa, rsa }: Certificates, workshop: string): Promise<Result<void, Fault>> {
  const file = (name: string): string => join(workshop, name);
  const prepared = makeDirectory(workshop);
  if (!prepared.ok) return prepared;
  const written = writeAtomically(file('openssl.cnf'), CONFIGURATION);
  if (!written.ok) return written;

  const request = ['req', '-x509', '-config', file('openssl.cnf'), '-nodes', '-days', String(DAYS)];
  const caFiles = ['-keyout', file('ca.key'), '-out', file('ca.pem')];
  const asCa = await openssl([...request, '-extensions', 'ca', ...KEYS.ecdsa, ...caFiles]);
  if (!asCa.ok) return asCa;

  for (const [kind, target] of [
    ['ecdsa', ecdsa],
    ['rsa', rsa],
  ] as const) {
    const signer = ['-CA', file('ca.pem'), '-CAkey', file('ca.key')];
    const files = ['-keyout', file(`${kind}.key`), '-out', file(`${kind}.pem`)];
    const subject = ['-extensions', 'server', '-subj', '/CN=localhost'];
    const signed = await openssl([...request, ...subject, ...signer, ...KEYS[kind], ...files]);
    if (!signed.ok) return signed;
    const joined = concatenate(file(`${kind}.pem`), file(`${kind}.key`), target);
    if (!joined.ok) return joined;
  }
  // The authority comes last: with it, the set is whole.
  const pem = readText(file('ca.pem'));
  return pem.ok ? writeAtomically(ca, pem.value, 0o644) : pem;
}

function concatenate(certificate: string, key: string, target: string): Result<void, Fault> {
  const parts = [readText(certificate), readText(key)];
  let pem = '';
  for (const part of parts) {
    if (!part.ok) return part;
    pem += part.value;
  }
  return writeAtomically(target, pem);
}

async function openssl(args: readonly string[]): Promise<Result<void, Fault>> {
  const ran = await run('openssl', args, { timeout: 30_000 });
  if (!ran.ok) return ran;
  if (ran.value.exitCode === 0) return ok(undefined);
  return err(fault('demo-certificate', `openssl could not make a certificate: ${ran.value.stderr.trim()}`));
}
