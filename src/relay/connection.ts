import { connect, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

import { frameSplitter } from '#protocols';

import { type Answer, expectationOf, isAnswerTo, readAnswer } from './answer.ts';
import type { Target } from './configuration.ts';
import type { Delivery } from './delivery.ts';
import { connectTls, tlsTrouble } from './tls.ts';
import { watch } from './watch.ts';

/** How long a server may take to accept a connection, and TLS on it, ms. */
const CONNECT = 4_000;

/** How long an answer is waited for that the sender of a message did not ask for, ms. */
const SILENCE = 1_000;

/** After how long without a message a connection is looked at before it is used, ms: its server may have ended it meanwhile. */
const UNSURE = 5;

/** How often a quiet connection is probed by TCP, ms: firewalls on the way forget those that are quieter. */
const KEEP_ALIVE = 60_000;

/** How long a server is given to end its side, ms. */
const LINGER = 5_000;

/** A connection to a server, with at most one message under way. */
export type ServerConnection = {
  /** Sends a message, as soon as the connection stands. Only where none is under way. */
  send(delivery: Delivery): void;
  /** Ends the connection in order: at once, or when the message that is under way was answered. */
  retire(): void;
};

/** Who is told what becomes of a connection and of the messages on it. */
export type ConnectionEvents = {
  /** The message was answered, `took` ms after it was sent. `isOpen`: another one can be sent. */
  answered(delivery: Delivery, answer: Answer, took: number, isOpen: boolean): void;
  /** No answer was asked for, and none came. */
  silent(delivery: Delivery, isOpen: boolean): void;
  /** An answer to nothing that is under way here. True where somebody waits for it. */
  unasked(answer: Answer): boolean;
  /** It has ended; not called where it was open to be sent on and is so still. */
  ended(end: ConnectionEnd): void;
};

export type ConnectionEnd = {
  /** The message that was under way, and whether any of it may have been sent. */
  readonly delivery: Delivery | undefined;
  readonly isSent: boolean;
  readonly why: string;
  /** False where it never stood. */
  readonly hasStood: boolean;
  /** True where it was the server's doing. */
  readonly isByServer: boolean;
  /** How many messages were answered on it, and how long ago the last one was, ms. */
  readonly answered: number;
  readonly quiet: number;
};

/** Connects to a server, and goes on until either side ends it. `timeout`, `idle`: ms; `maxMessage`: bytes of an answer. */
export function connectTo(
  target: Target,
  options: { readonly timeout: number; readonly idle: number; readonly maxMessage: number },
  events: ConnectionEvents,
): ServerConnection {
  const socket = open(target, stands, received);
  const frames = frameSplitter({ from: 'server', maxFrameBytes: options.maxMessage });
  let current: Delivery | undefined;
  /** What was answered last: some receivers acknowledge twice. */
  let last: Delivery | undefined;
  let hasStood = false;
  let isSent = false;
  let isRetiring = false;
  let isOver = false;
  let answered = 0;
  let sentAt = 0;
  let lastUse = performance.now();
  /** Until when the acknowledgement of what was sent may come. */
  let answerUntil = Infinity;

  const unwatch = watch(look);
  const connecting = setTimeout(() => over('it did not accept a connection in time'), CONNECT);
  let silence: NodeJS.Timeout | undefined;

  socket.on('end', () => over('it ended the connection', true));
  socket.on('error', ({ code = 'unknown' }: NodeJS.ErrnoException) => over(whyBroken(socket, code, hasStood), true));
  socket.on('close', () => over('the connection was closed', true));

  function stands(): void {
    if (isOver || hasStood) return;
    hasStood = true;
    clearTimeout(connecting);
    write();
  }

  function look(now: number): void {
    if (now > answerUntil) over('no acknowledgement came in time');
    else if (current === undefined && now - lastUse > options.idle) over('nothing was sent for long');
  }

  /** `bytes` is where the next ones will be read to, too: what is kept of them is copied. */
  function received(length: number, bytes: Uint8Array): boolean {
    if (isOver) return true;
    const before = current;
    const answer = takeAll(Buffer.from(bytes.subarray(0, length)));
    if (before !== undefined && answer !== undefined) events.answered(before, answer, lastUse - sentAt, isStillOpen());
    return true;
  }

  function write(): void {
    const delivery = current;
    if (delivery === undefined || isOver) return;
    isSent = true;
    sentAt = performance.now();
    answerUntil = sentAt + options.timeout;
    // A large message takes its time to be sent; the server's begins when it is.
    if (!socket.write(delivery.message.frame)) socket.once('drain', waitForAnswer);
    if (expectationOf(delivery.message.header) !== 'always') silence = setTimeout(beSilent, SILENCE);
  }

  function waitForAnswer(): void {
    if (isSent) answerUntil = performance.now() + options.timeout;
  }

  function beSilent(): void {
    const delivery = current;
    if (delivery === undefined || !isSent) return;
    finish();
    events.silent(delivery, isStillOpen());
  }

  /** Takes what came, all of it before anything else is sent, and returns the answer to the message that was under way. */
  function takeAll(chunk: Buffer): Answer | undefined {
    let found: Answer | undefined;
    for (const frame of frames.push(chunk)) {
      const answer = frame.ok ? readAnswer(frame.value) : undefined;
      if (answer === undefined) {
        over('it sent something other than an acknowledgement');
        break;
      }
      if (current !== undefined && isSent && isAnswerTo(current.message, answer)) {
        found = answer;
        finish();
        continue;
      }
      const isHarmless = events.unasked(answer) || (last !== undefined && isAnswerTo(last.message, answer));
      if (isHarmless) continue;
      over('it acknowledged something else');
      break;
    }
    return found;
  }

  function finish(): void {
    last = current;
    current = undefined;
    isSent = false;
    answered += 1;
    lastUse = performance.now();
    answerUntil = Infinity;
    clearTimeout(silence);
  }

  function isStillOpen(): boolean {
    if (isRetiring) over('it is not needed any more');
    return !isOver;
  }

  function over(why: string, isByServer = false): void {
    if (isOver) return;
    isOver = true;
    unwatch();
    clearTimeout(connecting);
    clearTimeout(silence);
    if (current === undefined && hasStood) leave(socket);
    else socket.destroy();
    events.ended({
      delivery: current,
      isSent,
      why,
      hasStood,
      isByServer,
      answered,
      quiet: performance.now() - lastUse,
    });
  }

  return {
    send(delivery) {
      current = delivery;
      if (!hasStood) return;
      // What has come of the server's end is seen in the next turns. Not a byte was sent until then.
      if (answered === 1) setImmediate(() => setImmediate(write));
      else if (performance.now() - lastUse > UNSURE) setImmediate(write);
      else write();
    },
    retire() {
      isRetiring = true;
      if (current === undefined) over('it is not needed any more');
    },
  };
}

/** What all connections read to, one after another: Node would make a buffer of this size for each read. */
const READ = new Uint8Array(65_536);

function open(
  { address, tls }: Target,
  stands: () => void,
  received: (length: number, bytes: Uint8Array) => boolean,
): Socket {
  if (tls === undefined) {
    const onread = { buffer: READ, callback: received };
    return connect({ ...address, onread, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE }, stands);
  }
  const socket = connectTls(address, tls, stands);
  socket.once('connect', () => socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE));
  return socket.on('data', (bytes: Buffer) => received(bytes.length, bytes));
}

const whyBroken = (socket: Socket, code: string, hasStood: boolean): string =>
  (socket instanceof TLSSocket && !hasStood ? tlsTrouble(socket, code) : undefined) ?? `the connection broke (${code})`;

/** Ends our side, and does not wait forever for the other. */
function leave(socket: Socket): void {
  socket.end();
  const lingering = setTimeout(() => socket.destroy(), LINGER);
  socket.once('close', () => clearTimeout(lingering));
}
