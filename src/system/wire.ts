import { connect, type Socket } from 'node:net';
import { checkServerIdentity, connect as connectTls, type TLSSocket } from 'node:tls';

import type { Result } from '#lib';
import { err, isName, ok } from '#lib';

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
  /** How TLS is spoken, asked for each connection. Undefined: in the clear. */
  readonly tls: (() => WireTls) | undefined;
};

/** How TLS is spoken with a peer. */
export type WireTls = {
  /** PEM. Undefined: whatever certificate is shown. */
  readonly ca: string | undefined;
  /** The name to ask for and to find in the certificate. Undefined: any that the CA has signed. */
  readonly serverName: string | undefined;
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

/** A connection in TLS; `secured` is called once the certificate is found to be as it has to be. */
function secure({ host, port }: WirePeer, { ca, serverName }: WireTls, secured: () => void): TLSSocket {
  const socket = connectTls({
    host,
    port,
    rejectUnauthorized: ca !== undefined,
    ...(ca !== undefined && { ca }),
    checkServerIdentity: (_host, certificate) =>
      serverName === undefined ? undefined : checkServerIdentity(serverName, certificate),
    // RFC 6066 §3: an address is not asked for.
    ...(serverName !== undefined && isName(serverName) && { servername: serverName }),
  });
  return socket.once('secureConnect', secured);
}

/** Connects when it is first asked. */
export function wire(peer: WirePeer): Wire {
  let socket: Socket | undefined;
  let asking: Asking | undefined;
  let text = '';
  /** A question may hold a secret: in TLS it waits until the handshake has said who is asked. */
  let unsent: string | undefined;
  let isSecuring = false;
  /** How often it was hung up by whoever asks. */
  let hungUp = 0;

  function open(): Socket {
    const { host, port, tls } = peer;
    const received = (more: string): void => receive(opened, more);
    const opened = tls
      ? secure(peer, tls(), () => {
          isSecuring = false;
          if (unsent !== undefined) opened.write(unsent, 'latin1');
        })
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
    isSecuring = tls !== undefined;
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
    isSecuring = false;
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
    if (isSecuring) unsent = question;
    else if (question !== undefined) to.write(question, 'latin1');
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
