import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';

import type { Result } from '#lib';
import { err, ok } from '#lib';

/**
 * A connection as a client has it. Its errors are the codes of the machine: `ECONNREFUSED`, `ERR_SSL_…`, or `DEADLINE`
 * where the time was up first.
 */
export type Connection = {
  /** For this room alone. */
  readonly socket: Socket;
  /** The IP address at the other end. */
  readonly address: string;
  write(bytes: Uint8Array): void;
  /** The next bytes that arrive; undefined where the peer has ended its side. */
  read(deadline: Deadline): Promise<Result<Uint8Array | undefined, string>>;
  /**
   * Ends our side with FIN and reads on to the peer's, for a second at most: bytes left unread would turn it into a reset.
   * The error is one that came in that time, e.g. a TLS alert.
   */
  end(): Promise<Result<void, string>>;
};

export const DEADLINE = 'DEADLINE';

/** A moment after which nothing is waited for. */
export type Deadline = { readonly passed: Promise<never> };

/** The moment `milliseconds` from now. */
export function deadlineIn(milliseconds: number): Deadline {
  const { promise, reject } = Promise.withResolvers<never>();
  // Whoever waits is told by the race; a deadline that nobody waits for any more is no error.
  promise.catch(() => undefined);
  setTimeout(() => reject(Object.assign(new Error('the time is up'), { code: DEADLINE })), milliseconds).unref();
  return { passed: promise };
}

/** Looks up a name as the machine does. An address is its own. */
export const resolveName = (host: string, deadline: Deadline): Promise<Result<readonly string[], string>> =>
  before(
    deadline,
    isIP(host) === 0
      ? lookup(host, { all: true }).then((found) => found.map(({ address }) => address))
      : Promise.resolve([host]),
  );

/** Connects to one of a host's addresses, as browsers do: the next is tried where one fails or is slow (RFC 8305). */
export async function openConnection(
  host: string,
  addresses: readonly string[],
  port: number,
  deadline: Deadline,
): Promise<Result<Connection, string>> {
  const all = addresses.map((address) => ({ address, family: isIP(address) }));
  const socket = quiet(
    connect({ host, port, noDelay: true, autoSelectFamily: true, lookup: (_, __, done) => done(null, all) }),
  );
  const connected = await before(deadline, once(socket, 'connect'));
  if (connected.ok) return ok(connectionOn(socket));
  socket.destroy();
  return connected;
}

export type TlsOptions = {
  /** The name to ask for and to find in the certificate, or the IP address. */
  readonly host: string;
  /** PEM. Default: the CAs that Node trusts. */
  readonly ca: string | undefined;
  /** PEM with a chain and its key, shown to a server that asks. */
  readonly certificate: string | undefined;
  readonly protocols: readonly string[];
};

/** What the other side of a TLS connection has shown. */
export type TlsPeer = {
  /** `TLSv1.2`, `TLSv1.3` */
  readonly protocol: string;
  readonly cipher: string;
  readonly subject: string;
  readonly issuer: string;
  /** ISO 8601 */
  readonly validTo: string;
  /** Subject alternative names, e.g. `DNS:pacs.hospital.example`. */
  readonly names: readonly string[];
};

/**
 * Speaks TLS on an open connection from here on. A certificate that does not verify is no error here: `distrust` is the
 * code of what is wrong with it, e.g. `CERT_HAS_EXPIRED`, and the caller decides.
 */
export async function secureConnection(
  { socket: plain }: Connection,
  { host, ca, certificate, protocols }: TlsOptions,
  deadline: Deadline,
): Promise<
  Result<{ readonly connection: Connection; readonly peer: TlsPeer; readonly distrust: string | undefined }, string>
> {
  let socket: TLSSocket;
  try {
    socket = connectTls({
      socket: plain,
      host,
      ...(isIP(host) === 0 && { servername: host }),
      ...(ca !== undefined && { ca }),
      ...(certificate !== undefined && { cert: certificate, key: certificate }),
      ALPNProtocols: [...protocols],
      rejectUnauthorized: false,
    });
  } catch (cause) {
    plain.destroy();
    return err(codeOf(cause));
  }
  quiet(socket);
  const secured = await before(deadline, once(socket, 'secureConnect'));
  if (!secured.ok) {
    socket.destroy();
    return secured;
  }
  const distrust = socket.authorized ? undefined : String(socket.authorizationError);
  return ok({ connection: connectionOn(socket), peer: peerOf(socket), distrust });
}

function peerOf(socket: TLSSocket): TlsPeer {
  const certificate = socket.getPeerX509Certificate();
  return {
    protocol: socket.getProtocol() ?? '',
    cipher: socket.getCipher().name,
    subject: oneLine(certificate?.subject),
    issuer: oneLine(certificate?.issuer),
    validTo: certificate === undefined ? '' : new Date(certificate.validTo).toISOString(),
    names: certificate?.subjectAltName?.split(', ') ?? [],
  };
}

const oneLine = (name: string | undefined): string => (name ?? '').replaceAll('\n', ', ');

/** How long a peer may take to end its side after we have ended ours, ms. */
const PARTING = 1_000;

function connectionOn(socket: Socket): Connection {
  // Begun with the first read: a socket that is being read cannot change over to TLS.
  let chunks: AsyncIterator<Uint8Array> | undefined;
  const read: Connection['read'] = async (deadline) => {
    chunks ??= socket[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
    const next = await before(deadline, chunks.next());
    return next.ok ? ok(next.value.done ? undefined : next.value.value) : next;
  };
  return {
    socket,
    address: socket.remoteAddress ?? '',
    read,
    write: (bytes) => void socket.write(bytes),
    async end() {
      const deadline = deadlineIn(PARTING);
      socket.end();
      let rest = await read(deadline);
      while (rest.ok && rest.value !== undefined) rest = await read(deadline);
      socket.destroy();
      return rest.ok || rest.error === DEADLINE ? ok(undefined) : rest;
    },
  };
}

/** Errors are told to whoever waits; one that comes while nobody does must not end the program. */
function quiet<S extends Socket>(socket: S): S {
  return socket.on('error', () => undefined);
}

/** The value of a promise, if it comes before the deadline. */
export async function before<T>(deadline: Deadline, promise: Promise<T>): Promise<Result<T, string>> {
  try {
    return ok(await Promise.race([promise, deadline.passed]));
  } catch (cause) {
    return err(codeOf(cause));
  }
}

const codeOf = (cause: unknown): string => (cause as NodeJS.ErrnoException).code ?? 'UNKNOWN';
