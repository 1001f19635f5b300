import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '#system';

import { temporaryDirectory } from '../programs.ts';

export type Authority = {
  /** PEM, and the file it is in. */
  readonly pem: string;
  readonly file: string;
  /** Returns a certificate it has signed, for servers and clients: PEM of certificate and key, and the file it is in. */
  issue(
    name: string,
    options?: { readonly key?: 'ec' | 'rsa' },
  ): Promise<{ readonly pem: string; readonly file: string }>;
};

const KEYS = { ec: ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'], rsa: ['-newkey', 'rsa:2048'] } as const;

/** Makes an authority of its own, which nobody else trusts, with openssl. */
export async function authority(name: string): Promise<Authority> {
  const directory = temporaryDirectory('certificates');
  const path = (file: string): string => join(directory, file);
  const openssl = async (...args: readonly string[]): Promise<void> => {
    const ran = await run('openssl', ['req', '-x509', '-nodes', '-days', '30', ...args], { timeout: 30_000 });
    if (!ran.ok || ran.value.exitCode !== 0) throw new Error(ran.ok ? ran.value.stderr : ran.error.message);
  };
  const caFiles = ['-keyout', path('ca.key'), '-out', path('ca.pem')];
  await openssl(...KEYS.ec, '-subj', `/CN=${name}`, ...caFiles);
  let issued = 0;
  return {
    pem: readFileSync(path('ca.pem'), 'utf8'),
    file: path('ca.pem'),
    async issue(host, { key = 'ec' } = {}) {
      issued += 1;
      const [keyFile, certificateFile, file] = ['key', 'crt', 'pem'].map((end) => path(`${issued}.${end}`)) as [
        string,
        string,
        string,
      ];
      const extensions = ['-addext', `subjectAltName=DNS:${host}`, '-addext', 'basicConstraints=critical,CA:false'];
      const signer = ['-CA', path('ca.pem'), '-CAkey', path('ca.key')];
      const files = ['-keyout', keyFile, '-out', certificateFile];
      await openssl(...KEYS[key], '-subj', `/CN=${host}`, ...extensions, ...signer, ...files);
      const pem = readFileSync(certificateFile, 'utf8') + readFileSync(keyFile, 'utf8');
      writeFileSync(file, pem);
      return { pem, file };
    },
  };
}
