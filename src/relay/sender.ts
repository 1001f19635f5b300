import type { Socket } from 'node:net';

import type { Fault } from '#lib';
import { frameSplitter } from '#protocols';

import { fault } from './errors.ts';
import { readProxyHeader } from './proxy-header.ts';
import { watch } from './watch.ts';

/** What is said to the sender of one message. One of the three, once; what is said after that is not heard. */
export type Reply = {
  /** The answer, in its frame. It leaves when those of all messages before it have left. */
  answer(frame: Buffer): void;
  /** There is none, for none was asked for. */
  none(): void;
  /** There will be none: the connection is closed, after the answers to all messages before it have left. */
  hangUp(): void;
  /** Something more that belongs to the message: an acknowledgement of the application, after one of acceptance. */
  add(frame: Buffer): void;
  /** True while the sender can be answered. */
  isOpen(): boolean;
  /** True while the message may be sent to a server, if it was not yet. */
  readonly isWanted: () => boolean;
};

/** A connection of a sender. */
export type Sender = {
  /** Where it is: an IP address, once it is known. */
  source(): string | undefined;
  /** Takes no more messages, and closes when all that came were answered. */
  leave(): void;
  /** Closes at once. */
  cut(): void;
};

export type SenderEvents = {
  message(frame: Buffer, reply: Reply, sender: Sender): void;
  /** What came is no message. `head`: the beginning of what is too large to be one. */
  broken(why: Fault, head: Buffer, reply: Reply, sender: Sender): void;
  /** It has ended. `why` is something that should not have been. */
  ended(sender: Sender, why: Fault | undefined): void;
};

/** How many messages of a sender may be unanswered before no more are read. */
const UNANSWERED = 64;

/** How much of its answers a sender may leave unread before no more of its messages are read, bytes. */
const UNREAD = 1024 * 1024;

/** How long a sender is given to end its side, ms. */
const LINGER = 5_000;

type Slot = { answer: Buffer | 'none' | 'hang-up' | undefined; readonly bytes: number };

/** What part of a service's `timeout` messages wait whose sender has ended its side. */
const HALF_CLOSED = 1 / 6;

/** Serves a connection as HAProxy hands it over. `maxMessage`: bytes; `idle`, `timeout`: ms. */
export function serveSender(
  socket: Socket,
  { maxMessage, idle, timeout }: { readonly maxMessage: number; readonly idle: number; readonly timeout: number },
  events: SenderEvents,
): Sender {
  const frames = frameSplitter({ from: 'client', maxFrameBytes: maxMessage });
  const slots: Slot[] = [];
  let opening: Buffer | undefined = Buffer.alloc(0);
  let source: string | undefined;
  let unansweredBytes = 0;
  let isLeaving = false;
  let isClosing = false;
  let isClosed = false;
  let wantedUntil = Infinity;
  let isQuiet = false;
  let quietSince = 0;
  let why: Fault | undefined;

  socket.on('data', (chunk: Buffer) => {
    isQuiet = false;
    if (isLeaving) return;
    if (opening === undefined) take(chunk);
    else open(Buffer.concat([opening, chunk]));
  });
  socket.on('drain', throttle);
  socket.on('end', () => {
    if (frames.pending() > 0) why ??= fault('relay-message-cut', 'a sender ended the connection within a message');
    // Some say no more and wait for their answers. Others have given up and are about to send it all again, and end alike.
    wantedUntil = performance.now() + timeout * HALF_CLOSED;
    sender.leave();
  });
  socket.on('close', () => {
    isClosed = true;
    unwatch();
    events.ended(sender, why);
  });
  const unwatch = watch((now) => {
    if (!isQuiet) quietSince = now;
    isQuiet = slots.length === 0;
    if (isQuiet && now - quietSince > idle) sender.leave();
  });

  function open(bytes: Buffer): void {
    opening = bytes;
    const header = readProxyHeader(bytes);
    if (header === undefined) return;
    opening = undefined;
    if (header.ok) {
      source = header.value.source;
      take(bytes.subarray(header.value.bytes));
    } else {
      why = header.error;
      sender.cut();
    }
  }

  function take(chunk: Buffer): void {
    for (const frame of frames.push(chunk)) {
      if (isLeaving) return;
      const bytes = frame.ok ? frame.value.length : 0;
      const slot: Slot = { answer: undefined, bytes };
      slots.push(slot);
      unansweredBytes += bytes;
      const reply = replyTo(slot);
      if (frame.ok) {
        events.message(frame.value, reply, sender);
      } else {
        isLeaving = true;
        events.broken(frame.error, frames.held(), reply, sender);
      }
    }
    throttle();
  }

  const replyTo = (slot: Slot): Reply => ({
    answer: (frame) => say(slot, frame),
    none: () => say(slot, 'none'),
    hangUp: () => say(slot, 'hang-up'),
    add(frame) {
      if (isOpen()) socket.write(frame);
    },
    isOpen,
    isWanted: () => isOpen() && (wantedUntil === Infinity || performance.now() < wantedUntil),
  });

  const isOpen = (): boolean => !isClosing && !isClosed;

  function say(slot: Slot, answer: Buffer | 'none' | 'hang-up'): void {
    if (slot.answer !== undefined) return;
    slot.answer = answer;
    if (slots[0] === slot) flush();
  }

  /** Sends the answers whose turn it is. */
  function flush(): void {
    for (let slot = slots[0]; slot?.answer !== undefined && isOpen(); slot = slots[0]) {
      slots.shift();
      unansweredBytes -= slot.bytes;
      if (slot.answer === 'hang-up') close();
      else if (slot.answer !== 'none') socket.write(slot.answer);
    }
    if (isLeaving && slots.length === 0) close();
    throttle();
  }

  function throttle(): void {
    if (isLeaving) return;
    const isFull = slots.length >= UNANSWERED || unansweredBytes >= maxMessage || socket.writableLength > UNREAD;
    if (isFull === socket.isPaused()) return;
    if (isFull) socket.pause();
    else socket.resume();
  }

  /** Ends our side; what still comes is read and dropped, lest it turns the end into a reset that takes the last answer with it. */
  function close(): void {
    if (!isOpen()) return;
    isClosing = true;
    isLeaving = true;
    socket.end();
    socket.resume();
    const lingering = setTimeout(() => socket.destroy(), LINGER);
    socket.once('close', () => clearTimeout(lingering));
  }

  const sender: Sender = {
    source: () => source,
    leave() {
      isLeaving = true;
      if (slots.length === 0) close();
    },
    cut: () => void socket.destroy(),
  };
  return sender;
}
