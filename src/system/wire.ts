import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

import type { Result } from '#lib';
import { err, ok } from '#lib';

import { DEADLINE } from './connection.ts';

/**
 * A way to ask one peer again and again, on a connection that is kept where the peer keeps it. One question at a time. A
 * thousand of them can be asked every second: nothing is made for a question but its answer.
 */
export type Wire = {
  /**
   * Sends `question` (nothing where it is undefined) and returns the answer, one letter a byte (latin1). The error is the
   * machine's code, `DEADLINE` after `within` ms, `TOO-LARGE`, or `NO-ANSWER` where the peer ended before a whole one.
   */
  ask(question: string | undefined, framing: Framing, within: number): Promise<Result<string, string>>;
  /** Sends something that nobody answers, where a connection is open. */
  tell(text: string): void;
  /** Whether a connection is open. */
  isOpen(): boolean;
  /** Ends the connection, and a question that is under way. The next one makes another. */
  hangUp(): void;
};

/**
 * How much of what has come is a whole answer; undefined: more is awaited. `ended`: nothing more comes. `NaN` where it
 * is no answer at all.
 */
export type Framing = (text: string, ended: boolean) => number | undefined;

export type WirePeer = {
  readonly host: string;
  readonly port: number;
  /** In TLS, whatever certificate is shown. */
  readonly tls: boolean;
};

export const TOO_LARGE = 'TOO-LARGE';
export const NO_ANSWER = 'NO-ANSWER';
export const NO_SENSE = 'NO-SENSE';

/** How a connection ends that the peer did not want to keep. */
const CUT: ReadonlySet<string> = new Set([NO_ANSWER, 'ECONNRESET', 'EPIPE']);

const MOST = 4 * 1024 * 1024;

/** What is read goes through one buffer: it is copied out before anything else is read. */
const shared = Buffer.allocUnsafe(64 * 1024);

type Asking = {
  readonly framing: Framing;
  readonly settle: (answer: Result<string, string>) => void;
};

/** Connects when it is first asked. */
export function wire(peer: WirePeer): Wire {
  let socket: Socket | undefined;
  let asking: Asking | undefined;
  let text = '';
  /** How often it was hung up by whoever asks. */
  let hungUp = 0;

  function open(): Socket {
    const { host, port, tls } = peer;
    const received = (more: string): void => receive(opened, more);
    const opened = tls
      ? connectTls({ host, port, rejectUnauthorized: false })
      : connect({
          host,
          port,
          noDelay: true,
          onread: {
            buffer: shared,
            callback(length) {
              received(shared.toString('latin1', 0, length));
              return true;
            },
          },
        });
    if (tls) opened.setEncoding('latin1').on('data', (more) => received(String(more)));
    opened.on('error', (cause: NodeJS.ErrnoException) => lost(opened, cause.code ?? NO_ANSWER));
    opened.on('end', () => ended(opened));
    opened.on('close', () => lost(opened, NO_ANSWER));
    // A question that nobody waits for any more does not keep the program alive.
    socket = opened.unref();
    return opened;
  }

  function receive(from: Socket, more: string): void {
    // What nobody asked for is no answer to the next question.
    if (from !== socket || asking === undefined) return;
    text += more;
    if (text.length > MOST) return drop(TOO_LARGE);
    complete(asking.framing(text, false));
  }

  function ended(from: Socket): void {
    if (from !== socket) return;
    if (asking !== undefined && text !== '') complete(asking.framing(text, true));
    lost(from, NO_ANSWER);
  }

  function complete(length: number | undefined): void {
    if (length === undefined) return;
    if (Number.isNaN(length)) return drop(NO_SENSE);
    finish(ok(text.slice(0, length)));
  }

  function finish(answer: Result<string, string>): void {
    const { settle } = asking ?? {};
    asking = undefined;
    text = '';
    settle?.(answer);
  }

  function lost(from: Socket, why: string): void {
    if (from !== socket) return;
    socket = undefined;
    from.destroy();
    finish(err(why));
  }

  function drop(why: string): void {
    if (socket !== undefined) lost(socket, why);
    else finish(err(why));
  }

  function askOnce(question: string | undefined, framing: Framing, within: number): Promise<Result<string, string>> {
    const { promise, resolve } = Promise.withResolvers<Result<string, string>>();
    const late = setTimeout(() => drop(DEADLINE), within);
    asking = {
      framing,
      settle(answer) {
        clearTimeout(late);
        resolve(answer);
      },
    };
    const to = socket ?? open();
    if (question !== undefined) to.write(question, 'latin1');
    return promise;
  }

  return {
    async ask(question, framing, within) {
      if (asking !== undefined) drop(NO_ANSWER);
      const begun = performance.now();
      const [wasOpen, before] = [socket !== undefined, hungUp];
      const answer = await askOnce(question, framing, within);
      if (answer.ok || !wasOpen || before !== hungUp || !CUT.has(answer.error)) return answer;
      // The peer had closed a connection that was kept, which is its right.
      const left = within - (performance.now() - begun);
      return left > 0 ? askOnce(question, framing, left) : answer;
    },
    tell: (words) => void socket?.write(words, 'latin1'),
    isOpen: () => socket !== undefined,
    hangUp() {
      hungUp += 1;
      drop(NO_ANSWER);
    },
  };
}
