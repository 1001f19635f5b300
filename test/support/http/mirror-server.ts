import { appendFileSync, readFileSync } from 'node:fs';
import * as http from 'node:http';
import * as https from 'node:https';
import type { TLSSocket } from 'node:tls';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';

// A program: a server that says what it was asked, by whom and over what, and behaves as the query tells it to:
//   delay=MS     answers so late                    status=CODE           answers with that status
//   hang         never answers                      hold                  answers after PUT /release
//   echo         sends back the body as it comes    chunks=N&every=MS     answers in N pieces of 1 KiB
//   header=NAME:VALUE  adds a header, any number of times
// /health answers 200 until PUT /health?status=CODE. /count says how many requests there were beside those.
// With --status, that is the status of all but /health; PUT /all?status=CODE&delay=MS says it later, and how late all of them are. With --journal, the X-Request-Id of each request is on disk before anything is done for it.

const { values } = parseArgs({
  options: {
    name: { type: 'string', default: 'mirror' },
    port: { type: 'string', default: '0' },
    host: { type: 'string', default: '127.0.0.1' },
    certificate: { type: 'string' },
    journal: { type: 'string' },
    status: { type: 'string', default: '200' },
  },
});
const { name, journal } = values;
const PIECE = 'x'.repeat(1_024);

let health = 200;
let all = { status: Number(values.status), delay: 0 };
let requests = 0;
let released = Promise.withResolvers<void>();

async function respond(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://mirror');
  const number = (parameter: string): number => Number(searchParams.get(parameter) ?? 0);

  if (pathname === '/health') {
    if (request.method === 'PUT') health = number('status');
    response.writeHead(health).end();
    return;
  }
  if (pathname === '/all') {
    all = { status: number('status'), delay: number('delay') };
    response.end();
    return;
  }
  if (pathname === '/release') {
    released.resolve();
    released = Promise.withResolvers();
    response.end();
    return;
  }
  if (pathname === '/count') {
    response.end(String(requests));
    return;
  }

  requests += 1;
  const id = request.headers['x-request-id'];
  if (journal !== undefined && id !== undefined) appendFileSync(journal, `${request.method} ${String(id)} ${name}\n`);
  if (searchParams.has('hang')) return;
  if (searchParams.has('hold')) await released.promise;
  const delay = number('delay') || all.delay;
  if (delay > 0) await later(delay);

  response.setHeader('x-server', name);
  for (const header of searchParams.getAll('header')) {
    const colon = header.indexOf(':');
    response.setHeader(header.slice(0, colon), header.slice(colon + 1));
  }
  response.statusCode = number('status') || all.status;

  if (searchParams.has('echo')) {
    response.flushHeaders();
    await pipeline(request, response);
    return;
  }
  let received = 0;
  for await (const chunk of request) received += (chunk as Buffer).length;
  if (searchParams.has('chunks')) {
    for (let left = number('chunks'); left > 0; left -= 1) {
      response.write(PIECE);
      await later(number('every'));
    }
    response.end();
    return;
  }
  const socket = request.socket as Partial<TLSSocket>;
  response.setHeader('content-type', 'application/json');
  response.end(
    JSON.stringify({
      server: name,
      method: request.method,
      url: request.url,
      headers: request.headers,
      received,
      serverName: socket.servername === false ? undefined : socket.servername,
    }),
  );
}

const later = async (milliseconds: number): Promise<void> =>
  new Promise((resolve) => void setTimeout(resolve, milliseconds));

const listener = (request: http.IncomingMessage, response: http.ServerResponse): void => {
  respond(request, response).catch(() => response.destroy());
};
const pem = values.certificate === undefined ? undefined : readFileSync(values.certificate);
const server = pem === undefined ? http.createServer(listener) : https.createServer({ cert: pem, key: pem }, listener);
// Longer than any proxy keeps a connection it does not use, so that it is never closed while a request is on its way.
server.keepAliveTimeout = 75_000;
server.headersTimeout = 80_000;
server.requestTimeout = 0;
server.listen(Number(values.port), values.host, () => process.stdout.write(`${name} listens\n`));
