import { readFileSync } from 'node:fs';

import { output, type Rig } from './rig.ts';

const KEYS = {
  ecdsa: ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'],
  rsa: ['-newkey', 'rsa:2048'],
} as const;

/** Makes a certificate for localhost that lasts as long as a benchmark, and returns the path of chain and key in one file. */
export async function certificate(rig: Rig, kind: keyof typeof KEYS): Promise<string> {
  const [key, chain] = [rig.path(`${kind}.key`), rig.path(`${kind}.crt`)];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  await output([
    'openssl',
    'req',
    '-x509',
    '-nodes',
    '-days',
    '60',
    ...subject,
    ...KEYS[kind],
    '-keyout',
    key,
    '-out',
    chain,
  ]);
  return rig.write(`${kind}.pem`, readFileSync(chain, 'utf8') + readFileSync(key, 'utf8'));
}
