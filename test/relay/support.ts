import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';

import { acknowledge, type AcknowledgementCode, encodeFrame, frameSplitter, readHeader } from '#protocols';

import { queueCommands } from '../../src/relay/commands.ts';
import { readConfiguration } from '../../src/relay/configuration.ts';
import { openEvents, type RelayEvent } from '../../src/relay/events.ts';
import { openJournal, type Journal } from '../../src/relay/journal/journal.ts';
import { openFile } from '../../src/relay/journal/open.ts';
import { openStatements } from '../../src/relay/journal/statements.ts';
import { batchWriter } from '../../src/relay/journal/write.ts';
import type { Writer } from '../../src/relay/journal/writer.ts';
import { openRelay, type Relay } from '../../src/relay/relay.ts';
import { valueOf } from '../protocols/support.ts';
import { temporaryDirectory } from '../support/programs.ts';
import { waitFor } from '../support/wait.ts';

/** A message of a patient, in its frame. `fields`: MSH-13 and what follows. */
export const adt = (controlId: string, patient = 'P1', fields = ''): Buffer =>
  encodeFrame(
    Buffer.from(
      `MSH|^~\\&|ADT1|ST_E|LAB|ST_E|20261124||ADT^A08|${controlId}|P|2.5${fields}\rPID|1||${patient}^^^MPI||DÖE^ANN\r`,
      'latin1',
    ),
  );

/** MSH-15 and MSH-16. */
export const wants = (accept: string, application: string): string => `|||${accept}|${application}`;

/** An acknowledgement of the message in a frame. */
export const ackOf = (frame: Buffer, code: AcknowledgementCode = 'AA', controlId = 'R1'): Buffer =>
  encodeFrame(
    acknowledge(valueOf(readHeader(frame.subarray(1), 'client')), {
      code,
      controlId,
      time: '20261124',
      text: 'as told',
    }),
  );

/** MSA-1 and MSA-2 of an acknowledgement in a frame: `AA M1`. */
export const said = (frame: Buffer | undefined): string =>
  frame === undefined
    ? 'closed'
    : (/\rMSA\|([^|\r]*)\|([^|\r]*)/.exec(frame.toString('latin1'))?.slice(1).join(' ') ?? 'no MSA');

/** MSH-10. */
export const idOf = (frame: Buffer): string => frame.toString('latin1').split('|')[9] ?? '';

/** A message that a receiver has got, and what it can do about it. */
export type Received = {
  readonly frame: Buffer;
  readonly socket: Socket;
  /** Which connection it came on, counted from 1. */
  readonly connection: number;
  answer(code?: AcknowledgementCode): void;
};

export type Receiver = {
  readonly port: number;
  readonly received: readonly Received[];
  /** The control ids of what it has got. */
  ids(): readonly string[];
  connections(): number;
  /** Connections that stand. */
  open(): number;
  close(): Promise<void>;
};

const receivers: Receiver[] = [];
const relays: Relay[] = [];
const sockets: Socket[] = [];

/** A receiver that does with each message as it is told; by default it acknowledges it. `tls`: it speaks TLS, in this way. */
export async function startReceiver(
  behave: (received: Received) => void = (received) => received.answer(),
  port = 0,
  tls?: TlsOptions,
  host = '127.0.0.1',
): Promise<Receiver> {
  const received: Received[] = [];
  const open = new Set<Socket>();
  let connections = 0;
  const serve = (socket: Socket): void => {
    connections += 1;
    const connection = connections;
    const frames = frameSplitter({ from: 'client', maxFrameBytes: 100_000_000 });
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      for (const one of frames.push(chunk)) {
        const frame = valueOf(one);
        const message: Received = {
          frame,
          socket,
          connection,
          answer: (code) => void socket.write(ackOf(frame, code)),
        };
        received.push(message);
        behave(message);
      }
    });
  };
  const server = tls === undefined ? createServer({ noDelay: true }, serve) : createTlsServer(tls, serve);
  await once(server.listen(port, host), 'listening');
  const receiver: Receiver = {
    port: (server.address() as AddressInfo).port,
    received,
    ids: () => received.map(({ frame }) => idOf(frame)),
    connections: () => connections,
    open: () => open.size,
    async close() {
      const closed = server.listening ? once(server, 'close') : undefined;
      server.close();
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
  receivers.push(receiver);
  return receiver;
}

export type SenderPeer = {
  send(...frames: readonly Buffer[]): void;
  /** The next frame that comes; undefined where the connection is ended instead. */
  next(): Promise<Buffer | undefined>;
  /** Sends a message and says what it is answered: `AA M1`, or `closed`. */
  ask(frame: Buffer): Promise<string>;
  /** Everything that came and was not taken by `next`. */
  pending(): number;
  end(): void;
  destroy(): void;
  readonly socket: Socket;
};

/** What HAProxy writes before what a client at 10.1.2.3 sends. */
export const PROXY_HEADER = Buffer.from('0d0a0d0a000d0a515549540a2111000c0a0102030a04050604d20a0f', 'hex');

/** A sender, as HAProxy hands it over. */
export async function openSender(path: string): Promise<SenderPeer> {
  const socket = connect({ path, allowHalfOpen: true });
  sockets.push(socket);
  const frames: Buffer[] = [];
  const splitter = frameSplitter({ from: 'server', maxFrameBytes: 100_000_000 });
  let hasEnded = false;
  socket.on('data', (chunk) => frames.push(...splitter.push(chunk).map(valueOf)));
  socket.on('end', () => (hasEnded = true));
  socket.on('close', () => (hasEnded = true));
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(PROXY_HEADER);
  const sender: SenderPeer = {
    socket,
    send: (...all) => void socket.write(Buffer.concat(all)),
    async next() {
      await waitFor('an answer, or the end', () => frames.length > 0 || hasEnded);
      return frames.shift();
    },
    async ask(frame) {
      sender.send(frame);
      return said(await sender.next());
    },
    pending: () => frames.length,
    end: () => void socket.end(),
    destroy: () => void socket.destroy(),
  };
  return sender;
}

export type TestRelay = {
  readonly relay: Relay;
  /** Where the service listens. */
  readonly path: string;
  /** The codes of the events so far. */
  readonly codes: () => readonly string[];
  readonly events: () => readonly RelayEvent[];
  readonly journal: Journal;
  readonly database: DatabaseSync;
  /** Does a command, and returns what it answers. */
  command(name: string, fields?: object): Promise<unknown>;
  /** Changes the service. */
  readonly change: (service: object) => Promise<void>;
};

/** A relay in this process with one service, whose servers are `engine1`, `engine2`, … at these ports. */
export async function startRelay(
  servers: readonly { readonly port: number; readonly connections?: number | (() => number); readonly tls?: object }[],
  service: object = {},
  whole: object = {},
): Promise<TestRelay> {
  const directory = temporaryDirectory('relay');
  const path = join(directory, 'adt.sock');
  const events = openEvents(Date.now);
  const journalFile = join(directory, 'queue.db');
  const database = valueOf(openFile(journalFile));
  const statements = openStatements(database);
  const write = batchWriter(statements);
  // Written in this thread, so that a test can do to the disk what it likes.
  const writer: Writer = {
    write: (batch, written) => void setImmediate(() => written(write(batch))),
    close: () => Promise.resolve(),
  };
  const journal = openJournal(database, writer, Date.now);
  const relay = openRelay({ events, hashKey: Buffer.from('key'), journal });
  relays.push(relay);
  const commands = queueCommands(relay, journal, (controlId) => `hash of ${controlId.length} characters`);
  const all = servers.map(({ port, connections, tls }, index) => ({
    name: `engine${index + 1}`,
    address: `127.0.0.1:${port}`,
    connections: typeof connections === 'number' ? connections : 1,
    tls,
  }));
  const change = async (changed: object): Promise<void> => {
    const configuration = valueOf(
      readConfiguration(
        JSON.stringify({
          control: join(directory, 'control.sock'),
          journal: join(directory, 'queue.db'),
          ...whole,
          services: [{ name: 'adt', listen: path, drain: 300, destinations: [{ servers: all }], ...changed }],
        }),
      ),
    );
    valueOf(await relay.update(configuration));
  };
  await change(service);
  return {
    relay,
    path,
    journal,
    database,
    async command(name, fields = {}) {
      const answered = await commands[name]?.({ service: 'adt', ...fields });
      if (answered === undefined) throw new Error(`no command ${name}`);
      return answered.ok ? answered.value : answered.error.code;
    },
    codes: () => events.after(0).map(({ code }) => code),
    events: () => events.after(0),
    change,
  };
}

/** Resolves once so many ms have passed: for what is to be seen only by its not happening, or by what is too late. */
export async function passed(milliseconds: number): Promise<void> {
  const start = performance.now();
  await waitFor('time passes', () => performance.now() - start >= milliseconds);
}

/** Ends what a test has started. For `afterEach`. */
export async function endAll(): Promise<void> {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(relays.splice(0).map((relay) => relay.drain()));
  await Promise.all(receivers.splice(0).map((receiver) => receiver.close()));
}
