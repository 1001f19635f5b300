import { X509Certificate } from 'node:crypto';
import type { Desired, DesiredFile } from '#plan';

/** A certificate that clients or servers are shown, or that theirs must chain to. Never its key. */
export type CertificateInUse = {
  /** The name its file has in the configuration. */
  readonly file: string;
  readonly use: 'certificate' | 'authorities';
  readonly subject: string;
  /** The hosts it is for. */
  readonly names: readonly string[];
  readonly issuer: string;
  /** Milliseconds since 1970. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** SHA-256 of the certificate, in hex with colons. */
  readonly fingerprint: string;
  /** Of its key: `EC prime256v1`, `RSA 2048`. */
  readonly algorithm: string;
  readonly services: readonly string[];
};

const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** The certificates in use, in the order of their files; of a file of authorities each of them, of a chain its first. */
export function certificatesIn(desired: Desired): readonly CertificateInUse[] {
  const shown = usersOf(desired, 'certificate');
  const trusted = usersOf(desired, 'authorities');
  return desired.files.flatMap((file) => {
    const inFile = read(file);
    return [
      ...inFile.slice(0, 1).flatMap((one) => described(file, one, 'certificate', shown)),
      ...inFile.flatMap((one) => described(file, one, 'authorities', trusted)),
    ];
  });
}

type Use = CertificateInUse['use'];
type Users = ReadonlyMap<string, ReadonlySet<string>>;

/** Which services use a file, by the file's name. */
function usersOf({ frontends, backends }: Desired, use: Use): Users {
  const users = new Map<string, Set<string>>();
  const add = (file: string | undefined, service: string): void => {
    if (file !== undefined) users.set(file, (users.get(file) ?? new Set()).add(service));
  };
  for (const { name, tls } of frontends) {
    if (use === 'authorities') add(tls?.clients?.caFile, name);
    else for (const file of tls?.certificates ?? []) add(file, name);
  }
  for (const { service, servers } of backends) {
    for (const { tls } of servers) add(use === 'authorities' ? tls?.caFile : tls?.certificate, service);
  }
  return users;
}

/** What is no certificate is left out: HAProxy has judged the file, and said so. */
const read = ({ content }: DesiredFile): readonly X509Certificate[] =>
  [...content.reveal().matchAll(PEM)].flatMap(([pem]) => {
    try {
      return [new X509Certificate(pem)];
    } catch {
      return [];
    }
  });

function described(
  { name }: DesiredFile,
  certificate: X509Certificate,
  use: Use,
  users: Users,
): readonly CertificateInUse[] {
  const services = users.get(name);
  if (services === undefined) return [];
  return [
    {
      file: name,
      use,
      subject: inOneLine(certificate.subject),
      names: hostsOf(certificate.subjectAltName),
      issuer: inOneLine(certificate.issuer),
      notBefore: Date.parse(certificate.validFrom),
      notAfter: Date.parse(certificate.validTo),
      fingerprint: certificate.fingerprint256,
      algorithm: algorithmOf(certificate),
      services: [...services],
    },
  ];
}

/** Node writes a name on several lines; one that is empty it leaves out. */
const inOneLine = (name: string | undefined): string => (name ?? '').split('\n').join(', ');

/** `DNS:a.example, IP Address:10.0.0.1`; a value with a comma in it is quoted. */
const hostsOf = (names: string | undefined): readonly string[] =>
  [...(names ?? '').matchAll(/(?:DNS|IP Address):(?:"([^"]*)"|([^,]*))/g)].map(([, quoted, plain]) =>
    (quoted ?? plain ?? '').trim(),
  );

function algorithmOf({ publicKey }: X509Certificate): string {
  const { namedCurve, modulusLength } = publicKey.asymmetricKeyDetails ?? {};
  return [publicKey.asymmetricKeyType?.toUpperCase(), namedCurve ?? modulusLength].filter(Boolean).join(' ');
}
