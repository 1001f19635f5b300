import { createHash, X509Certificate } from 'node:crypto';
import { checkServerIdentity, connect, createSecureContext, type SecureContext, type TLSSocket } from 'node:tls';

import { type Address, isName } from '#lib';

import type { Fields } from './json.ts';

/** How TLS is spoken to a server: as HAProxy is told in the line of the same server, by which it checks it. */
export type ServerTls = {
  /** What is asked for by name (SNI), and looked for in the certificate that comes. */
  readonly serverName: string | undefined;
  /** False: any certificate is accepted. */
  readonly isVerified: boolean;
  /** SHA-256 of the files' contents: other contents are another server to whoever compares two. */
  readonly digest: string;
  /** Trust, and what is shown. A function, so that no comparison and no output goes into it. */
  readonly context: () => SecureContext;
};

/** Returns the text of a file; undefined where it cannot be read. */
export type ReadFile = (path: string) => string | undefined;

/**
 * Reads `tls` of a server, and the files it names. Without `ca` any certificate is accepted; `certificate` holds chain and key.
 */
export function readTls(fields: Fields, readFile: ReadFile): ServerTls {
  const serverName = fields.has('serverName') ? fields.text('serverName') : undefined;
  const ca = fields.has('ca') ? contentOf(fields, 'ca', readFile) : undefined;
  const shown = fields.has('certificate') ? contentOf(fields, 'certificate', readFile) : undefined;
  fields.end();
  const context = contextOf(fields, ca, shown) ?? createSecureContext();
  const digest = createHash('sha256')
    .update(JSON.stringify([ca, shown]))
    .digest('hex');
  return { serverName, isVerified: ca !== undefined, digest, context: () => context };
}

/** Undefined, and noted, where it cannot be read. */
function contentOf(fields: Fields, name: string, readFile: ReadFile): string | undefined {
  const path = fields.text(name);
  if (path === '') return undefined;
  const content = readFile(path);
  if (content === undefined) fields.wrong(name, `cannot be read: ${path}`);
  return content;
}

/** Undefined, and noted, where there is no PEM in it: OpenSSL itself passes over a CA that is none. */
function contextOf(fields: Fields, ca: string | undefined, shown: string | undefined): SecureContext | undefined {
  if (ca !== undefined && !isPossible(() => new X509Certificate(ca))) {
    fields.wrong('ca', 'must be a file with certificates in PEM');
    return undefined;
  }
  const context = isPossible(() => createSecureContext({ minVersion: 'TLSv1.2', ca, cert: shown, key: shown }));
  if (context === false) fields.wrong('certificate', 'must be a file with a certificate and its key in PEM');
  return context === false ? undefined : context;
}

function isPossible<T extends object>(make: () => T): T | false {
  try {
    return make();
  } catch {
    return false;
  }
}

/**
 * How long a server may take, in TLS 1.3, to be heard after our side of the handshake, ms. Those that send no tickets say nothing
 * where all is well.
 */
const SECOND_THOUGHTS = 200;

/** Connects in TLS. `stands`: the server has accepted us, too. Verification that fails is an error of the socket. */
export function connectTls({ host, port }: Address, tls: ServerTls, stands: () => void): TLSSocket {
  const { serverName } = tls;
  const socket = connect({
    host,
    port,
    secureContext: tls.context(),
    rejectUnauthorized: tls.isVerified,
    checkServerIdentity: (_host, certificate) =>
      serverName === undefined ? undefined : checkServerIdentity(serverName, certificate),
    // RFC 6066 §3: an address is not asked for.
    ...(serverName !== undefined && isName(serverName) && { servername: serverName }),
  });
  socket.once('secureConnect', () => {
    if (socket.getProtocol() === 'TLSv1.3') waitForServer(socket, stands);
    else stands();
  });
  return socket;
}

/**
 * RFC 8446 §4.4.2.4, §4.6.1: the server looks at our certificate after we are done. It sends tickets once it is content, else an
 * alert; what we had sent by then it would never have read, and we could not have known.
 */
function waitForServer(socket: TLSSocket, stands: () => void): void {
  // OpenSSL is in the middle of reading as it tells of a ticket: what is written then does not go out.
  const hears = (): void => void setImmediate(settle);
  const waiting = setTimeout(settle, SECOND_THOUGHTS);
  socket.once('session', hears);
  socket.once('close', () => clearTimeout(waiting));

  function settle(): void {
    clearTimeout(waiting);
    socket.off('session', hears);
    stands();
  }
}

/** Why a connection in TLS did not come to stand, by the code alone: what is in a certificate is nobody's. */
export function tlsTrouble({ authorizationError }: TLSSocket, code: string): string | undefined {
  // Node has the code here, where its types say that it is an error.
  if (code === (authorizationError as unknown)) return `its certificate is not accepted (${code})`;
  return code.startsWith('ERR_SSL_') ? `it did not accept TLS with us (${code})` : undefined;
}
