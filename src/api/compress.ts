import type { FastifyInstance } from 'fastify';
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';

/** Shorter answers go into a few packets as they are, characters. */
const LONG = 16_384;

const compressed = promisify(gzip);

/** Compresses long answers for whoever takes gzip: all servers of a large site, asked for every second, shrink to a twentieth. */
export function compressLongAnswers(app: FastifyInstance): void {
  // The same text goes to everybody who asked at nearly the same time: once is enough.
  let last: { readonly text: string; readonly compressed: Promise<Buffer> } | undefined;
  const compress = (text: string): Promise<Buffer> => {
    if (last?.text !== text) last = { text, compressed: compressed(text, { level: constants.Z_BEST_SPEED }) };
    return last.compressed;
  };
  app.addHook('onSend', async ({ headers }, reply, payload) => {
    if (typeof payload !== 'string' || payload.length < LONG) return payload;
    reply.header('vary', 'accept-encoding');
    if (!/\bgzip\b/.test(headers['accept-encoding'] ?? '')) return payload;
    reply.header('content-encoding', 'gzip').removeHeader('content-length');
    return compress(payload);
  });
}
