import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Pem } from './certificates.ts';

/** A web server that answers its name, and requests for `/slow` only once it is told to. */
export type Responder = {
  readonly name: string;
  readonly port: number;
  /** How many requests for `/slow` wait. */
  waiting(): number;
  /** Answers those that wait. */
  release(): void;
  close(): Promise<void>;
};

export async function startResponder(name: string, pem?: Pem): Promise<Responder> {
  const held: ServerResponse[] = [];
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    if (request.url === '/slow') held.push(response);
    else response.end(name);
  };
  const server: Server =
    pem === undefined ? createServer(answer) : createSecureServer({ cert: pem.certificate, key: pem.key }, answer);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const release = (): void => {
    for (const response of held.splice(0)) response.end(name);
  };
  return {
    name,
    port: (server.address() as AddressInfo).port,
    waiting: () => held.length,
    release,
    async close() {
      release();
      server.close();
      if ('closeAllConnections' in server) (server.closeAllConnections as () => void)();
      await once(server, 'close');
    },
  };
}

/** One request over a connection of its own: who answered it, or the status where it was refused. */
export async function ask(port: number, path = '/', localAddress = '127.0.0.1'): Promise<string> {
  const request = get({ host: '127.0.0.1', port, path, agent: false, localAddress });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const body = await text(response);
  return response.statusCode === 200 ? body : String(response.statusCode);
}

/** Who answered how many of `count` requests. */
export async function tally(port: number, count = 40): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  for (let index = 0; index < count; index += 1) {
    const who = await ask(port);
    counts[who] = (counts[who] ?? 0) + 1;
  }
  return counts;
}
