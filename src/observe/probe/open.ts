import type { Fault, Result } from '#lib';
import { err, formatAddress, isName, ok } from '#lib';
import { type Connection, openConnection, readText, resolveName, secureConnection, type TlsPeer } from '#system';

import type { Session } from './session.ts';
import type { ProbeTarget } from './target.ts';
import { connectFailure, distrustInWords, resolveFailure, tlsFailure } from './words.ts';

export type Trust = {
  /** Path of a PEM file: the CAs to trust. Default: the well-known ones. */
  readonly ca?: string;
  /** Path of a PEM file with a chain and its key, for a server that asks for a client certificate. */
  readonly certificate?: string;
  /** Goes on whatever the server's certificate is. */
  readonly insecure?: boolean;
};

/** The connection, or in words why there is none; and what the server showed, if it came to that. */
export type Opened = {
  readonly connection: Result<Connection, string>;
  readonly tls: TlsPeer | undefined;
};

/** Looks up the name, connects, and agrees on TLS where the target speaks it. */
export async function open(target: ProbeTarget, trust: Trust, session: Session): Promise<Opened> {
  const pem = target.tls ? readPem(trust) : ok({ ca: undefined, certificate: undefined });
  if (!pem.ok) return notOpened(pem.error);

  const { timeout, deadline } = session;
  const { host, port } = target;
  const resolve = async () => failureIn(await resolveName(host, deadline), resolveFailure, timeout);
  const addresses = isName(host) ? await session.step('resolve', resolve, (found) => found.join(', ')) : ok([host]);
  if (!addresses.ok) return notOpened(addresses.error);

  const connect = async () =>
    failureIn(await openConnection(host, addresses.value, port, deadline), connectFailure, timeout);
  const opened = await session.step('connect', connect, ({ address }) => formatAddress({ host: address, port }));
  if (!opened.ok || !target.tls) return { connection: opened, tls: undefined };

  let peer: TlsPeer | undefined;
  const protocols = target.protocol === 'http' || target.protocol === 'fhir' ? ['http/1.1'] : [];
  const secure = async (): Promise<Result<{ connection: Connection; detail: string }, string>> => {
    const options = { host, protocols, ...pem.value };
    const secured = failureIn(await secureConnection(opened.value, options, deadline), tlsFailure, timeout);
    if (!secured.ok) return secured;
    const { connection, distrust } = secured.value;
    peer = secured.value.peer;
    const detail = `${peer.protocol}, ${peer.cipher}`;
    if (distrust === undefined) return ok({ connection, detail });
    const doubt = distrustInWords(distrust) ?? `certificate does not verify (${distrust})`;
    if (trust.insecure === true) return ok({ connection, detail: `${detail}; not verified: ${doubt}` });
    await connection.end();
    return err(`TLS handshake failed: ${doubt}`);
  };
  const secured = await session.step('TLS', secure, ({ detail }) => detail);
  return { connection: secured.ok ? ok(secured.value.connection) : secured, tls: peer };
}

const notOpened = (words: string): Opened => ({ connection: err(words), tls: undefined });

type Words = (code: string, timeout: number) => string;

const failureIn = <T>(result: Result<T, string>, words: Words, timeout: number): Result<T, string> =>
  result.ok ? result : err(words(result.error, timeout));

type Pem = { readonly ca: string | undefined; readonly certificate: string | undefined };

function readPem(trust: Trust): Result<Pem, string> {
  const ca = readOptional(trust.ca);
  const certificate = readOptional(trust.certificate);
  if (!ca.ok) return err(ca.error.message);
  if (!certificate.ok) return err(certificate.error.message);
  return ok({ ca: ca.value, certificate: certificate.value });
}

const readOptional = (path: string | undefined): Result<string | undefined, Fault> =>
  path === undefined ? ok(undefined) : readText(path);
