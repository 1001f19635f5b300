import { chmodSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';

import type { Fault, Result } from '#lib';
import { err, ok } from '#lib';

import { fault } from './errors.ts';

/** Linux keeps 108 bytes for a unix socket's path; HAProxy adds a suffix of its own while it binds one. */
const LONGEST_SOCKET_PATH = 90;

/** The path itself, or the reason why no socket can be made there. */
export function socketPath(path: string): Result<string, Fault> {
  if (Buffer.byteLength(path) <= LONGEST_SOCKET_PATH) return ok(path);
  return err(
    fault(
      'system-socket-path',
      `the state directory's path is too long for a unix socket: ${path} has ${Buffer.byteLength(path)} bytes, ${LONGEST_SOCKET_PATH} is the most; choose a shorter one with --state`,
    ),
  );
}

/** Sends `text` to a unix socket and returns all that comes back until the peer closes. */
export function exchange(path: string, text: string, timeout = 5_000): Promise<Result<string, Fault>> {
  const { promise, resolve } = Promise.withResolvers<Result<string, Fault>>();
  const chunks: Buffer[] = [];
  const socket = connect(path);
  const end = (result: Result<string, Fault>) => {
    // A closed socket stays in memory until all of it is collected, and with it whatever hangs on it: many megabytes a minute.
    for (const event of ['data', 'end', 'error', 'timeout']) socket.removeAllListeners(event);
    socket.on('error', ignore).destroy();
    resolve(result);
  };
  const fail = (why: string) => end(err(fault('system-socket', `${path}: ${why}`)));
  socket.setTimeout(timeout, () => fail(`no answer within ${timeout} ms`));
  socket.on('error', (cause) => fail(cause.message));
  socket.on('data', (chunk) => chunks.push(chunk));
  socket.on('end', () => end(ok(Buffer.concat(chunks).toString('utf8'))));
  // Ending our side is what tells HAProxy's master that no further command follows.
  socket.end(text);
  return promise;
}

const ignore = (): void => undefined;

/** Sends `text` to a unix socket and calls `onLine` for each line that comes back, until it closes or `close` is called. */
export function follow(
  path: string,
  text: string,
  onLine: (line: string) => void,
  onClose: () => void,
): { close(): void } {
  const socket = connect(path);
  let rest = '';
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') onLine(line);
  });
  // An error is always followed by 'close', which is where the caller decides to come back.
  socket.on('error', () => undefined);
  socket.on('close', onClose);
  socket.write(text);
  return {
    close() {
      socket.off('close', onClose);
      socket.destroy();
    },
  };
}

/**
 * The same, but what comes back is read only in the moments after `gather` is called. In between nobody is woken by it;
 * what does not fit into the buffers on the way is the sender's to drop.
 */
export function tap(
  path: string,
  text: string,
  onLine: (line: string) => void,
  onClose: () => void,
): { gather(): void; close(): void } {
  const socket = connect(path);
  let rest = '';
  let pausing: NodeJS.Timeout | undefined;
  socket.setEncoding('latin1');
  socket.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') onLine(line);
  });
  socket.pause();
  socket.on('error', () => undefined);
  socket.on('close', () => {
    clearTimeout(pausing);
    onClose();
  });
  socket.write(text);
  return {
    gather() {
      socket.resume();
      clearTimeout(pausing);
      pausing = setTimeout(() => socket.pause(), GATHERING);
    },
    close() {
      clearTimeout(pausing);
      socket.removeAllListeners('close');
      socket.destroy();
    },
  };
}

/** How long what has come is read, ms. */
const GATHERING = 5;

/** How many may come at once: when all senders of a hospital connect anew, nobody is refused. Linux allows no more. */
const BACKLOG = 4_096;

/** A unix socket that is listened on. */
export type Listening = {
  /** Hands over every connection, those first that came before. */
  readonly serve: (onConnection: (socket: Socket) => void) => void;
  readonly close: () => void;
};

/**
 * Listens on a unix socket. A socket file that nobody answers on was left by a process that was killed, and is taken over.
 * The error `system-socket-taken` means that somebody does answer there. `mode`: who may connect, where not only the owner.
 */
export async function listenAt(path: string, mode?: number): Promise<Result<Listening, Fault>> {
  if (await isAnswered(path)) return err(fault('system-socket-taken', `${path} is in use by another process`));
  rmSync(path, { force: true });
  const waiting: Socket[] = [];
  let handle = (socket: Socket): void => void waiting.push(socket);
  const { promise, resolve } = Promise.withResolvers<Result<Listening, Fault>>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    // Whoever hangs up before they are answered is nobody's trouble.
    socket.on('error', () => undefined);
    handle(socket);
  });
  const serve: Listening['serve'] = (onConnection) => {
    handle = onConnection;
    for (const socket of waiting.splice(0)) onConnection(socket);
  };
  const close = (): void => {
    for (const socket of waiting.splice(0)) socket.destroy();
    server.close();
  };
  server.on('error', (cause) => resolve(err(fault('system-socket', `${path}: ${cause.message}`, cause))));
  server.listen({ path, backlog: BACKLOG }, () => {
    if (mode !== undefined) chmodSync(path, mode);
    resolve(ok({ serve, close }));
  });
  return promise;
}

function isAnswered(path: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(path, () => {
    socket.destroy();
    resolve(true);
  });
  socket.on('error', () => resolve(false));
  return promise;
}
