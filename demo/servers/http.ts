import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

export type Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

/** Longer than any proxy keeps a connection it does not use, so that it is never closed while a request is on its way. */
const KEEP_ALIVE = 75_000;

/** A server that answers what `respond` says. */
export function httpServer(respond: (request: IncomingMessage) => Promise<Answer>): Server {
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { status, headers, body } = await respond(request);
    response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
    response.end(request.method === 'HEAD' ? undefined : body);
  };
  const server = createServer((request, response) => {
    // A client that leaves in the middle of its request has no use for an answer.
    serve(request, response).catch(() => response.destroy());
  });
  server.keepAliveTimeout = KEEP_ALIVE;
  server.headersTimeout = KEEP_ALIVE + 5_000;
  return server;
}

/** The path of a request and what follows its question mark. */
export const targetOf = (request: IncomingMessage): URL => new URL(request.url ?? '/', 'http://localhost');
