import { X509Certificate } from 'node:crypto';
import { hostname } from 'node:os';

import type { Fault, Result } from '#lib';
import { isName, ok, Secret } from '#lib';
import { exists, now, readText, run, writeAtomically } from '#system';

const DAY = 86_400_000;

/** For how long a certificate that is made here is good, days: what browsers take at the most. */
const DAYS = 397;

export type ApiCertificate = { readonly key: Secret; readonly cert: string; readonly fingerprint: string };

/**
 * The certificate and key that the API shows: one PEM file, which may be replaced with the hospital's own. Where there is
 * none, or one of ours that ends soon, it is made: self-signed, for this host's name and address.
 */
export async function apiCertificate(file: string, host: string): Promise<Result<ApiCertificate, Fault>> {
  if (!exists(file) || endsSoon(file)) {
    const made = await make(file, host);
    if (!made.ok) return made;
  }
  const pem = readText(file);
  if (!pem.ok) return pem;
  const key = /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----[\s\S]+?-----END (?:[A-Z]+ )?PRIVATE KEY-----/.exec(
    pem.value,
  )?.[0];
  const cert = (pem.value.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? []).join('\n');
  return ok({ key: new Secret(key ?? ''), cert, fingerprint: read(cert)?.fingerprint256 ?? 'unreadable' });
}

/** How often to look whether the file holds another certificate, ms. */
const LOOK = 2_000;

/**
 * Looks at the file again and again: reports each certificate that comes into its place, and makes ours anew before it ends.
 * Only what says the same at two looks, as a file may be half written. What is wrong is told once.
 */
export function watchApiCertificate(
  file: string,
  host: string,
  report: { readonly changed: (to: ApiCertificate) => void; readonly failed: (why: Fault) => void },
  every = LOOK,
): { readonly close: () => void } {
  const textNow = (): string | undefined => {
    const pem = readText(file);
    return pem.ok ? pem.value : undefined;
  };
  let shown = textNow();
  let seen = shown;
  let complained = '';
  let isBusy = false;
  const look = async (): Promise<void> => {
    const text = textNow();
    const isWritten = text === seen;
    seen = text;
    if (!isWritten || (text === shown && !endsSoon(file))) return;
    const certificate = await apiCertificate(file, host);
    if (!certificate.ok) {
      if (certificate.error.message !== complained) report.failed(certificate.error);
      complained = certificate.error.message;
      return;
    }
    complained = '';
    shown = textNow();
    seen = shown;
    report.changed(certificate.value);
  };
  const clock = setInterval(() => {
    if (isBusy) return;
    isBusy = true;
    void look().finally(() => (isBusy = false));
  }, every);
  return { close: () => clearInterval(clock) };
}

/** True for a certificate of our own making that has less than a month to go; the hospital's own is its own business. */
function endsSoon(file: string): boolean {
  const pem = readText(file);
  const certificate = pem.ok ? read(pem.value) : undefined;
  const isOurs = certificate?.subject === 'CN=vagus' && certificate.issuer === certificate.subject;
  return isOurs && Date.parse(certificate.validTo) - now() < 30 * DAY;
}

function read(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

async function make(file: string, host: string): Promise<Result<void, Fault>> {
  const hosts = new Set(['DNS:localhost', 'IP:127.0.0.1', 'IP:::1', `DNS:${hostname()}`]);
  if (!['0.0.0.0', '::'].includes(host)) hosts.add(isName(host) ? `DNS:${host}` : `IP:${host}`);
  const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const names = ['-days', String(DAYS), '-subj', '/CN=vagus', '-addext', `subjectAltName=${[...hosts].join(',')}`];
  const made = await run('openssl', [...request, ...names, '-keyout', '-', '-out', '-']);
  if (!made.ok) return made;
  return writeAtomically(file, made.value.stdout);
}
