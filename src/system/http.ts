import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';

import type { Result } from '#lib';
import { ok } from '#lib';

import { before, type Connection, type Deadline } from './connection.ts';

export type HttpAnswer = {
  readonly status: number;
  readonly location: string | undefined;
  readonly body: Buffer;
  /** False where the body is longer than what was read. */
  readonly whole: boolean;
};

const MAX_BODY = 1024 * 1024;

/**
 * One GET on an open connection, which is used up by it. Redirects are answers like any other; of a body the first MiB is
 * read. The error is the machine's code, e.g. `HPE_INVALID_CONSTANT` for an answer that is not HTTP.
 */
export async function httpGet(
  { socket }: Connection,
  asked: { readonly uri: string; readonly headers: Readonly<Record<string, string>> },
  deadline: Deadline,
): Promise<Result<HttpAnswer, string>> {
  const sent = request({
    createConnection: () => socket,
    path: asked.uri,
    headers: { ...asked.headers, Connection: 'close' },
  });
  // Errors after the answer has begun are told to whoever reads its body.
  sent.on('error', () => undefined);
  const answered = before(deadline, once(sent, 'response') as Promise<[IncomingMessage]>);
  sent.end();
  const answer = await answered;
  if (!answer.ok) {
    sent.destroy();
    return answer;
  }
  const [message] = answer.value;
  const body = await before(deadline, firstBytes(message));
  message.destroy();
  return body.ok ? ok({ status: message.statusCode ?? 0, location: message.headers.location, ...body.value }) : body;
}

async function firstBytes(message: IncomingMessage): Promise<Pick<HttpAnswer, 'body' | 'whole'>> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > MAX_BODY) return { body: Buffer.concat(chunks).subarray(0, MAX_BODY), whole: false };
  }
  return { body: Buffer.concat(chunks), whole: true };
}
