import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

import { freePort } from './stand-ins.ts';

/** A server that takes down how each of its connections was ended by the peer. */
export type Recorder = {
  readonly port: number;
  /** With a FIN. */
  ended(): number;
  /** With a reset, or any other error. */
  broken(): readonly string[];
  close(): void;
};

/** `serve` gets every connection; who never ends them finds the peer's FIN recorded all the same. */
export async function startRecorder(serve: (socket: Socket) => void): Promise<Recorder> {
  let ended = 0;
  const broken: string[] = [];
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    open.add(socket);
    socket.on('end', () => {
      ended += 1;
    });
    socket.on('error', (error: NodeJS.ErrnoException) => broken.push(error.code ?? error.message));
    socket.on('close', () => open.delete(socket));
    serve(socket);
  });
  const port = await freePort();
  await once(server.listen(port, '127.0.0.1'), 'listening');
  return {
    port,
    ended: () => ended,
    broken: () => broken,
    close() {
      for (const socket of open) socket.destroy();
      server.close();
    },
  };
}

/** Stands between a client and the server on `port`, and passes everything on, FINs included. */
export const startTap = (port: number): Promise<Recorder> =>
  startRecorder((client) => {
    const server = connect({ host: '127.0.0.1', port, allowHalfOpen: true, noDelay: true });
    server.on('error', () => client.destroy());
    client.on('error', () => server.destroy());
    client.pipe(server);
    server.pipe(client);
  });
