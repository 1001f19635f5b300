import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// Certificates are made by openssl when a test needs them: no key is ever committed.

/** A PEM file: a certificate and its key in one, as a spec names them. */
export type Pem = { readonly path: string; readonly text: string; readonly certificate: string; readonly key: string };

export type Certificates = {
  readonly directory: string;
  /** A CA of one's own; the same name gives the same one. */
  authority(name?: string): Pem;
  /** A certificate of that CA for `localhost` and `127.0.0.1`, or for `names`. `days`: how long it lasts, -1: expired. */
  issue(name: string, options?: { readonly by?: Pem; readonly days?: number; readonly names?: readonly string[] }): Pem;
};

/** Makes certificates in a directory of its own under the system's temporary one; the caller removes it. */
export function makeCertificates(): Certificates {
  const directory = mkdtempSync(join(tmpdir(), 'vagus-certificates-'));
  const openssl = (...args: readonly string[]): void =>
    void execFileSync('openssl', args, { cwd: directory, stdio: 'pipe' });
  const keyOf = (name: string): readonly string[] => [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-keyout',
    `${name}.key`,
  ];
  const pem = (name: string): Pem => {
    const path = join(directory, `${name}.pem`);
    const certificate = readFileSync(join(directory, `${name}.crt`), 'utf8');
    const key = readFileSync(join(directory, `${name}.key`), 'utf8');
    writeFileSync(path, certificate + key);
    return { path, text: certificate + key, certificate, key };
  };
  const authorities = new Map<string, Pem>();

  function authority(name = 'ca'): Pem {
    const known = authorities.get(name);
    if (known) return known;
    openssl('req', '-x509', ...keyOf(name), '-days', '365', '-subj', `/CN=${name}`, '-out', `${name}.crt`);
    const made = pem(name);
    authorities.set(name, made);
    return made;
  }

  return {
    directory,
    authority,
    issue(name, { by = authority(), days = 365, names = ['DNS:localhost', 'IP:127.0.0.1'] } = {}) {
      writeFileSync(join(directory, `${name}.ext`), `subjectAltName=${names.join(',')}\n`);
      openssl('req', '-new', ...keyOf(name), '-subj', `/CN=${name}/O=St Elsewhere`, '-out', `${name}.csr`);
      const signed = ['-CA', by.path, '-CAkey', by.path, '-CAcreateserial', '-days', String(days)];
      openssl('x509', '-req', '-in', `${name}.csr`, ...signed, '-extfile', `${name}.ext`, '-out', `${name}.crt`);
      return pem(name);
    },
  };
}
