import * as http from 'node:http';
import * as https from 'node:https';
import { text } from 'node:stream/consumers';
import type { TLSSocket } from 'node:tls';

export type Answer = {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
  /** Of a TLS connection: its version and what the server showed. */
  readonly tls?: {
    readonly version: string | null;
    readonly subject: string;
    readonly keyType: 'EC' | 'RSA';
    /** SHA-256 of the certificate. */
    readonly fingerprint: string;
  };
  /** Whether it went over a connection that was used before. */
  readonly reused: boolean;
};

/** `timeout`: milliseconds without a sign of the server, 15 s unless told. */
export type Question = https.RequestOptions & { readonly body?: string };

/** One request, over a connection of its own unless an `agent` says otherwise. Rejects where there was no whole answer. */
export async function ask(url: string, question: Question = {}): Promise<Answer> {
  const { body, timeout = 15_000, ...options } = question;
  const isTls = url.startsWith('https:');
  const sent = (isTls ? https : http).request(url, { agent: false, timeout, ...options });
  const { promise, resolve, reject } = Promise.withResolvers<http.IncomingMessage>();
  sent.on('response', resolve).on('error', reject);
  sent.on('timeout', () => sent.destroy(new Error(`no answer within ${timeout} ms`)));
  sent.end(body);
  const response = await promise;
  const tls = isTls ? { tls: shown(response.socket as TLSSocket) } : {};
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    ...tls,
    body: await text(response),
    reused: sent.reusedSocket,
  };
}

function shown(socket: TLSSocket): NonNullable<Answer['tls']> {
  const certificate = socket.getPeerX509Certificate();
  return {
    version: socket.getProtocol(),
    subject: certificate?.subject ?? '',
    keyType: certificate?.publicKey.asymmetricKeyType === 'ec' ? 'EC' : 'RSA',
    fingerprint: certificate?.fingerprint256 ?? '',
  };
}
