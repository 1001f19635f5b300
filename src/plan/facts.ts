import { X509Certificate, createPrivateKey } from 'node:crypto';

import type { Fault, Result } from '#lib';
import type { Path, Spec } from '#spec';

import type { problemKinds } from './errors.ts';

/** What the machine says that a spec alone cannot: the content of the files it refers to, and the time. */
export type Facts = {
  /** By absolute path: the content, or why it cannot be read. */
  readonly files: ReadonlyMap<string, Result<string, Fault>>;
  /** Lower-case names that the machine's own hosts file resolves: no name server needs to be asked for them. */
  readonly hosts: ReadonlySet<string>;
  /** Milliseconds since 1970. */
  readonly now: number;
};

/** The names in the text of a hosts file (hosts(5)): an address and its names a line, `#` begins a comment. */
export const namesInHosts = (text: string): ReadonlySet<string> =>
  new Set(text.split('\n').flatMap((line) => line.replace(/#.*/, '').trim().toLowerCase().split(/\s+/).slice(1)));

/** A file that a spec refers to: where it says so, what for, and the name the engine will know it by. */
export type FileReference = {
  readonly file: string;
  readonly path: Path;
  readonly use: 'certificate' | 'authorities';
  /** Undefined: no engine reads it, but Vagus itself. */
  readonly name: string | undefined;
};

/** Every file that the spec refers to, each once per use. */
export function fileReferences(spec: Spec): readonly FileReference[] {
  const certificates = spec.certificates.flatMap((certificate) =>
    certificate.files.map((file, index) => ({
      file,
      path: certificate.path,
      use: 'certificate' as const,
      name: certificateFileName(certificate.name, index),
    })),
  );
  const clients = spec.services.flatMap((service) =>
    service.tls?.clients
      ? [
          {
            file: service.tls.clients.ca,
            path: [...service.tls.path, 'clients', 'ca'],
            name: clientsFileName(service.name),
          },
        ]
      : [],
  );
  const servers = spec.services.flatMap((service) =>
    service.pools.flatMap((pool) =>
      pool.servers.flatMap((server) =>
        server.tls && server.tls.verify !== 'none'
          ? [
              {
                file: server.tls.verify,
                path: [...server.tls.path, 'verify'],
                name: serverAuthoritiesFileName(service.name, pool.name, server.name),
              },
            ]
          : [],
      ),
    ),
  );
  return [
    ...certificates,
    ...[...clients, ...servers, ...telemetryAuthorities(spec)].map((reference) => ({
      ...reference,
      use: 'authorities' as const,
    })),
  ];
}

/** The CAs of whoever is asked how servers feel. Many servers may share one that is written once. */
function telemetryAuthorities(spec: Spec): readonly Omit<FileReference, 'use'>[] {
  const all = spec.services.flatMap(({ pools }) =>
    pools.flatMap(({ servers }) =>
      servers.flatMap(({ telemetry }) =>
        telemetry !== undefined && 'tls' in telemetry && typeof telemetry.tls === 'object'
          ? [{ file: telemetry.tls.verify, path: [...telemetry.path, 'tls', 'verify'], name: undefined }]
          : [],
      ),
    ),
  );
  return [...new Map(all.map((reference) => [JSON.stringify(reference), reference])).values()];
}

export const certificateFileName = (certificate: string, index: number): string =>
  index === 0 ? `tls/${certificate}.pem` : `tls/${certificate}.${index + 1}.pem`;

export const clientsFileName = (service: string): string => `tls/${service}.clients.pem`;

export const serverAuthoritiesFileName = (service: string, pool: string, server: string): string =>
  `tls/${service}.${pool}.${server}.authorities.pem`;

/** What a file that the engine knows by this name is for: names of certificates hold no dot. */
export const fileUse = (name: string): FileReference['use'] =>
  /\.(clients|authorities)\.pem$/.test(name) ? 'authorities' : 'certificate';

/** The service that a file belongs to; undefined for a certificate, which belongs to the whole site. */
export const serviceOfFile = (name: string): string | undefined =>
  fileUse(name) === 'authorities' ? name.replace(/^tls\//, '').split('.')[0] : undefined;

/** What is wrong with a file, in words that follow its name. */
export type FileTrouble = { readonly code: keyof typeof problemKinds; readonly message: string };

const DAY = 86_400_000;

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** Reads a PEM file as the engine will and says what is wrong with it: no certificate, no key or another's, expired. */
export function pemTrouble(content: string, use: FileReference['use'], now: number): FileTrouble | undefined {
  const blocks = content.match(CERTIFICATE) ?? [];
  const certificates = blocks.map(readCertificate);
  const [leaf] = certificates;
  if (leaf === undefined) return trouble('certificate-unreadable', 'holds no PEM certificate');
  if (certificates.includes(undefined))
    return trouble('certificate-unreadable', 'holds a certificate that cannot be read');
  if (use === 'certificate') {
    const key = /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----[\s\S]+?-----END (?:[A-Z]+ )?PRIVATE KEY-----/.exec(
      content,
    )?.[0];
    if (key === undefined)
      return trouble('certificate-key', 'holds no private key; put the key into the same file as the chain');
    if (!keyMatches(leaf, key)) return trouble('certificate-key', 'holds a private key that is not its certificate’s');
  }
  const until = Date.parse(leaf.validTo);
  const date = new Date(until).toISOString().slice(0, 10);
  if (until < now) return trouble('certificate-expired', `expired on ${date}; clients will refuse it`);
  if (until < now + 30 * DAY) return trouble('certificate-expires', `expires on ${date}; renew it`);
  return undefined;
}

/** True where the first certificate of a PEM file has an RSA key. */
export function hasRsaKey(content: string): boolean {
  const [block = ''] = content.match(CERTIFICATE) ?? [];
  return readCertificate(block)?.publicKey.asymmetricKeyType === 'rsa';
}

function readCertificate(block: string): X509Certificate | undefined {
  try {
    return new X509Certificate(block);
  } catch {
    return undefined;
  }
}

function keyMatches(certificate: X509Certificate, key: string): boolean {
  try {
    return certificate.checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}

const trouble = (code: FileTrouble['code'], message: string): FileTrouble => ({ code, message });
