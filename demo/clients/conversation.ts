import { connect } from 'node:net';
import { err, ok, type Result } from '#lib';
import type { StreamReader } from '#protocols';
import { noAnswer, reasonOf } from './reason.ts';

/** A TCP connection on which one asks and waits for the answer. Reasons are short texts, to be counted. */
export type Conversation<Unit> = {
  send(bytes: Uint8Array): void;
  /** The next unit the peer sends. After an error the connection is gone. */
  receive(): Promise<Result<Unit, string>>;
  /** Ends our side in order. */
  end(): void;
  /** Cuts the connection. */
  cut(): void;
};

export type Peer = {
  readonly host: string;
  readonly port: number;
  /** Milliseconds to wait for the connection, and for each answer. Default 10 s. */
  readonly timeout?: number;
};

/** Connects. What the peer sends is cut into units by `reader`. */
export async function converse<Unit>(
  { host, port, timeout = 10_000 }: Peer,
  reader: StreamReader<Unit>,
): Promise<Result<Conversation<Unit>, string>> {
  const received: Result<Unit, string>[] = [];
  let connected = false;
  let failure: string | undefined;
  let waiting: { readonly done: () => boolean; readonly resume: () => void } | undefined;

  const socket = connect({ host, port, noDelay: true });
  const progress = (): void => {
    if (failure !== undefined || waiting?.done()) waiting?.resume();
  };
  const fail = (reason: string): void => {
    failure ??= reason;
    socket.destroy();
    progress();
  };
  socket.on('connect', () => {
    connected = true;
    progress();
  });
  socket.on('data', (chunk) => {
    for (const unit of reader.push(chunk)) received.push(unit.ok ? unit : err(unit.error.code));
    progress();
  });
  socket.on('end', () => fail('closed by the peer'));
  socket.on('error', (error) => fail(reasonOf(error)));

  /** Waits until `done`, a failure, or the time-out, which is a failure too. */
  async function until(done: () => boolean): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(() => fail(noAnswer(timeout)), timeout);
    waiting = { done, resume: resolve };
    progress();
    await promise;
    clearTimeout(timer);
  }

  await until(() => connected);
  if (failure !== undefined) return err(failure);
  return ok({
    send: (bytes) => void socket.write(bytes),
    async receive() {
      await until(() => received.length > 0);
      return received.shift() ?? err(failure ?? 'closed');
    },
    end: () => void socket.setTimeout(timeout, () => socket.destroy()).end(),
    cut: () => fail('cut by ourselves'),
  });
}
