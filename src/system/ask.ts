import { type IncomingMessage, request as overHttp } from 'node:http';
import { request as overTls } from 'node:https';

import type { Fault, Result } from '#lib';
import { err, ok } from '#lib';

import { fault } from './errors.ts';

/** Where a program answers HTTP: on a unix socket, or at `https://host:port`, vouched for by the CAs in `ca` (PEM). */
export type Peer = { readonly socket: string } | { readonly url: string; readonly ca: string | undefined };

export type HttpQuestion = {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
};

export type HttpReply = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

/** How long nothing at all may come back, ms: a spec of a thousand services takes seconds to be judged. */
const SILENCE = 300_000;

/** How long a connection may take, ms. */
const CONNECT = 10_000;

/**
 * One request on a connection of its own. The error is `system-nobody-there` where nobody listens, `system-unreachable`
 * where we may not or cannot connect (or the certificate is not to be trusted), and `system-no-answer` where the request
 * was sent and no whole answer came.
 */
export function ask(peer: Peer, { method, path, headers, body }: HttpQuestion): Promise<Result<HttpReply, Fault>> {
  const { promise, resolve } = Promise.withResolvers<Result<HttpReply, Fault>>();
  const length = body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) };
  const common = { method, agent: false as const, headers: { ...length, ...headers } };
  const answered = (message: IncomingMessage): void => {
    readAll(message).then((reply) => resolve(ok(reply)), fail);
  };
  const request =
    'socket' in peer
      ? overHttp({ ...common, socketPath: peer.socket, path }, answered)
      : overTls(new URL(path, peer.url), { ...common, ca: peer.ca }, answered);

  let connected = false;
  request.on('socket', (socket) => {
    const late = setTimeout(() => request.destroy(new Error(`no connection within ${CONNECT / 1_000} s`)), CONNECT);
    const stopWaiting = () => clearTimeout(late);
    socket.once('close', stopWaiting);
    socket.once('socket' in peer ? 'connect' : 'secureConnect', () => {
      stopWaiting();
      connected = true;
    });
  });
  function fail(cause: NodeJS.ErrnoException): void {
    resolve(err(faultOf('socket' in peer ? peer.socket : peer.url, cause, connected)));
  }
  request.on('error', fail);
  request.setTimeout(SILENCE, () => request.destroy(new Error(`no answer within ${SILENCE / 1_000} s`)));
  request.end(body);
  return promise;
}

async function readAll(message: IncomingMessage): Promise<HttpReply> {
  const chunks: Buffer[] = [];
  for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk);
  const headers = Object.entries(message.headers).map(([name, value]) => [name, String(value ?? '')]);
  return {
    status: message.statusCode ?? 0,
    headers: Object.fromEntries(headers) as Record<string, string>,
    body: Buffer.concat(chunks).toString('utf8'),
  };
}

const NOBODY: ReadonlySet<string> = new Set(['ENOENT', 'ECONNREFUSED', 'ENOTDIR']);

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there',
  ENOENT: 'nobody listens there',
  ENOTDIR: 'nobody listens there',
  EACCES: 'its owner alone may open it',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the name cannot be resolved now',
  EHOSTUNREACH: 'no way to this host',
  ENETUNREACH: 'no way to this network',
  ECONNRESET: 'the connection was cut',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by itself; --ca names it, or the CA to trust',
  SELF_SIGNED_CERT_IN_CHAIN: 'its CA is not trusted; --ca names the CA to trust',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its CA is not trusted; --ca names the CA to trust',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its CA is not trusted; --ca names the CA to trust',
};

function faultOf(where: string, cause: NodeJS.ErrnoException, connected: boolean): Fault {
  const code = cause.code ?? '';
  const message = `${where}: ${WORDS[code] ?? cause.message}`;
  if (connected) return fault('system-no-answer', message, cause);
  return fault(NOBODY.has(code) ? 'system-nobody-there' : 'system-unreachable', message, cause);
}
