import { type ClientHttp2Session, connect } from 'node:http2';
import type { LoadReport } from './load.ts';

/** Milliseconds until a client gives up on one request. */
const PATIENCE = 30_000;

/** The server says that it has done nothing for the request: any client may, and browsers do, send it again. */
const REFUSED = 'NGHTTP2_REFUSED_STREAM';

export type H2Report = LoadReport & {
  readonly connections: number;
  readonly goneAway: number;
  /** Requests that crossed a GOAWAY on their way, and were sent again over the next connection. */
  readonly crossed: number;
};

/**
 * An HTTP/2 client, in this process, that has some requests under way at any time over one connection. Told to go away
 * (GOAWAY), it opens another for its next requests, and for those that crossed the GOAWAY: the server has not seen them
 * (RFC 9113 §6.8, §8.7). It sends nothing else twice.
 */
export function startH2Load(options: {
  readonly url: string;
  readonly ca: string;
  readonly servername: string;
  readonly streams?: number;
}): { stop(): Promise<H2Report> } {
  const { url, ca, servername, streams = 4 } = options;
  const began = Date.now();
  const report = { sent: 0, ok: 0, slowestMs: 0, failures: [] as LoadReport['failures'][number][] };
  const stopping = new AbortController();
  let [connections, goneAway, crossed] = [0, 0, 0];
  let session: ClientHttp2Session | undefined;

  function current(): ClientHttp2Session {
    if (session !== undefined && !session.closed && !session.destroyed) return session;
    const opened = connect(url, { ca, servername });
    connections += 1;
    opened.on('goaway', () => {
      goneAway += 1;
      opened.close();
    });
    // Each request under way hears of it too.
    opened.on('error', () => undefined);
    session = opened;
    return opened;
  }

  async function once(): Promise<string | undefined> {
    const { promise, resolve } = Promise.withResolvers<string | undefined>();
    const stream = current().request({ ':path': '/' });
    let status: number | undefined;
    stream.setTimeout(PATIENCE, () => resolve(`no answer within ${PATIENCE} ms`));
    stream.on('response', (headers) => (status = headers[':status']));
    stream.on('error', (error) => resolve(error.message));
    stream.on('end', () => resolve(status === 200 ? undefined : `status ${status}`));
    stream.on('close', () => resolve(`stream closed with code ${stream.rstCode}`));
    stream.resume().end();
    return promise;
  }

  async function work(): Promise<void> {
    while (!stopping.signal.aborted) {
      const from = performance.now();
      report.sent += 1;
      let why = await once();
      if (why?.includes(REFUSED)) {
        crossed += 1;
        why = await once();
      }
      const took = Math.round(performance.now() - from);
      report.slowestMs = Math.max(report.slowestMs, took);
      if (why === undefined) report.ok += 1;
      else report.failures.push({ at: Date.now(), since: Date.now() - began, took, kind: 'kept', why });
      await new Promise((resolve) => void setTimeout(resolve, why === undefined ? 1 : 20));
    }
  }

  const working = Array.from({ length: streams }, work);
  return {
    async stop() {
      stopping.abort();
      await Promise.all(working);
      session?.close();
      return { ...report, connections, goneAway, crossed };
    },
  };
}
