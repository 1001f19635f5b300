import type { DatabaseSync } from 'node:sqlite';

import { err, type Fault, type Result } from '#lib';

import { fault } from '../errors.ts';
import { givenUpIn, newestIn, oldestIn, type QueueOnDisk, queuesOnDisk, waitingIn } from './queues.ts';
import { type Failure, openStatements } from './statements.ts';
import { type Batch, type Change, type Entry, remove, takeIds } from './write.ts';
import type { Writer } from './writer.ts';

/** A message that came and is not stored yet. */
export type Incoming = {
  readonly frame: Buffer;
  /** What it is known again by; undefined where what is repeated is stored again. */
  readonly identity: Buffer | undefined;
  readonly keys: readonly string[];
  /** The queues it goes to. */
  readonly queues: readonly number[];
  /** It is on disk, under these ids, one for each delivery, the first of them its own. None: it was there before. */
  stored(ids: readonly number[]): void;
  /** It is not. */
  failed(why: Fault): void;
};

/** A delivery that waits, as it is on disk. */
export type Waiting = {
  readonly id: number;
  readonly message: number;
  readonly keys: readonly string[];
  readonly attempts: number;
  /** When it may be tried again, ms since 1970. */
  readonly due: number;
  /** The server that may have it already. */
  readonly server: string | undefined;
};

/** A delivery that was given up. */
export type Dead = {
  readonly id: number;
  readonly reason: string;
  readonly attempts: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly deadAt: number;
  readonly frame: Buffer;
};

/** Deliveries that were given up: one by its id, or all of a queue. */
export type Which = number | 'all';

/**
 * The messages that are stored. What comes and what is reported while something is written is written together after it, in one
 * transaction, so that a disk that is asked to be sure a hundred times a second takes thousands of messages.
 */
export type Journal = {
  store(incoming: Incoming): void;
  /** Writes what became of a delivery, and calls `written` when it is. A full disk is tried until it has room. */
  report(entry: Entry, change: Change, written: () => void): void;
  /** Those of a queue that wait, after an id, in order. */
  page(queue: number, after: number, limit: number): readonly Waiting[];
  /** A message; undefined where there is none any more. */
  frameOf(message: number): Buffer | undefined;
  queue(service: string, destination: string): { readonly id: number; readonly isHeld: boolean };
  setHeld(queue: number, isHeld: boolean): Result<void, Fault>;
  /** All that there ever were, also those that nobody serves any more. */
  queues(): readonly QueueOnDisk[];
  /** How many wait, and how many were given up. */
  waiting(queue: number): number;
  givenUp(queue: number): number;
  /** When the one came that waits longest, ms since 1970. */
  oldest(queue: number): number | undefined;
  /** Those that were given up, the newest first. */
  dead(queue: number, before: number, limit: number): readonly Dead[];
  /** Takes what was given up back, in its order, at the end of the queue. Returns how many that were. */
  revive(queue: number, which: Which): Result<number, Fault>;
  /** Forgets what was given up, so many at most. Returns how many that were. */
  discard(queue: number, which: Which, limit: number): Result<number, Fault>;
  /** Forgets what waits up to an id, so many at most. Only where none of it is under way. Returns how many that were. */
  discardWaiting(queue: number, last: number, limit: number): Result<number, Fault>;
  /** The id of what came last of what waits; 0 where nothing does. */
  newest(queue: number): number;
  /** Writes what is to be written still. */
  close(): Promise<void>;
};

/** How long after a failed write the next one is tried, ms. */
const AGAIN = 500;

/** What was given up of a queue, between two ids. */
const GIVEN_UP = 'FROM dead WHERE queue = ? AND id BETWEEN ? AND ?';
const given = (queue: number, which: Which): readonly [number, number, number] =>
  which === 'all' ? [queue, 0, Number.MAX_SAFE_INTEGER] : [queue, which, which];

type Report = { readonly entry: Entry; readonly change: Change; readonly written: () => void };

/** Works with an open journal, and with whoever writes it. `now`: ms since 1970. */
export function openJournal(database: DatabaseSync, writer: Writer, now: () => number): Journal {
  const statements = openStatements(database);
  const { prepared, run } = statements;
  let incoming: Incoming[] = [];
  let reports: Report[] = [];
  let isSoon = false;
  let isWriting = false;
  let retrying: NodeJS.Timeout | undefined;
  let isClosed = false;

  /** What comes while a batch is written is the next one. */
  function soon(): void {
    if (isSoon || isWriting || isClosed) return;
    isSoon = true;
    setImmediate(flush);
  }

  function flush(): void {
    isSoon = false;
    if (!isWriting && !isClosed) write();
  }

  function write(): void {
    const [came, told] = [incoming, retrying === undefined ? reports : []];
    if (came.length + told.length === 0) return;
    incoming = [];
    if (retrying === undefined) reports = [];
    isWriting = true;
    writer.write(batchOf(came, told, now()), ({ reported, stored }) => {
      isWriting = false;
      if (reported.ok) for (const { written } of told) written();
      else writeAgain(told);
      for (const [index, one] of came.entries()) {
        if (stored.ok) one.stored(stored.value[index] ?? []);
        else one.failed(faultOf(stored.error));
      }
      if (incoming.length + reports.length > 0) soon();
    });
  }

  function writeAgain(failed: readonly Report[]): void {
    reports = [...failed, ...reports];
    retrying = setTimeout(() => {
      retrying = undefined;
      soon();
    }, AGAIN);
  }

  function together<T>(act: () => T): Result<T, Fault> {
    const done = statements.together('FULL', act);
    return done.ok ? done : err(faultOf(done.error));
  }

  function removeAll(from: 'waiting' | 'dead', rows: readonly Readonly<Record<string, unknown>>[]): number {
    for (const row of rows) remove(statements, from, row as Entry);
    return rows.length;
  }

  return {
    store(one) {
      incoming.push(one);
      soon();
    },
    report(entry, change, written) {
      reports.push({ entry, change, written });
      soon();
    },
    page: (queue, after, limit) =>
      prepared(
        'SELECT id, message, keys, attempts, due, server FROM waiting WHERE queue = ? AND id > ? ORDER BY id LIMIT ?',
      )
        .all(queue, after, limit)
        .map((row) => ({
          id: row['id'] as number,
          message: row['message'] as number,
          keys: JSON.parse(row['keys'] as string) as readonly string[],
          attempts: row['attempts'] as number,
          due: row['due'] as number,
          server: (row['server'] as string | null) ?? undefined,
        })),
    frameOf(message) {
      const frame = prepared('SELECT frame FROM messages WHERE id = ?').get(message)?.['frame'];
      return frame instanceof Uint8Array ? Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength) : undefined;
    },
    queue(service, destination) {
      run('INSERT OR IGNORE INTO queues (service, destination) VALUES (?, ?)', service, destination);
      const row = prepared('SELECT id, held FROM queues WHERE service = ? AND destination = ?').get(
        service,
        destination,
      );
      return { id: row?.['id'] as number, isHeld: row?.['held'] === 1 };
    },
    setHeld: (queue, isHeld) =>
      together(() => void run('UPDATE queues SET held = ? WHERE id = ?', isHeld ? 1 : 0, queue)),
    queues: () => queuesOnDisk(statements),
    waiting: (queue) => waitingIn(statements, queue),
    givenUp: (queue) => givenUpIn(statements, queue),
    oldest: (queue) => oldestIn(statements, queue),
    dead: (queue, before, limit) =>
      prepared(
        `SELECT dead.id, reason, attempts, messages.at, dead.at AS dead_at, frame FROM dead JOIN messages ON messages.id = dead.message
         WHERE queue = ? AND dead.id < ? ORDER BY dead.id DESC LIMIT ?`,
      )
        .all(queue, before, limit)
        .map((row) => ({
          id: row['id'] as number,
          reason: row['reason'] as string,
          attempts: row['attempts'] as number,
          at: row['at'] as number,
          deadAt: row['dead_at'] as number,
          frame: Buffer.from(row['frame'] as Uint8Array),
        })),
    revive: (queue, which) =>
      together(() => {
        const count = prepared(`SELECT count(*) AS n ${GIVEN_UP}`).get(...given(queue, which))?.['n'] as number;
        run(
          `INSERT INTO waiting (queue, id, message, keys)
           SELECT queue, ? + row_number() OVER (ORDER BY id) - 1, message, keys ${GIVEN_UP}`,
          takeIds(statements, count),
          ...given(queue, which),
        );
        return run(`DELETE ${GIVEN_UP}`, ...given(queue, which)).changes;
      }),
    discard(queue, which, limit) {
      const sql = `SELECT queue, id, message ${GIVEN_UP} LIMIT ?`;
      return together(() => removeAll('dead', prepared(sql).all(...given(queue, which), limit)));
    },
    discardWaiting(queue, last, limit) {
      const sql = 'SELECT queue, id, message FROM waiting WHERE queue = ? AND id <= ? LIMIT ?';
      return together(() => removeAll('waiting', prepared(sql).all(queue, last, limit)));
    },
    newest: (queue) => newestIn(statements, queue),
    async close() {
      // What was reported last is written, whatever is being written now.
      write();
      isClosed = true;
      clearTimeout(retrying);
      await writer.close();
      statements.close();
    },
  };
}

/** What comes is copied once, into a buffer of its own, which is handed over. */
function batchOf(incoming: readonly Incoming[], reports: readonly Report[], at: number): Batch {
  const parts = incoming.flatMap(({ identity, frame }) => [identity ?? NONE, frame]);
  const bytes = Buffer.allocUnsafeSlow(parts.reduce((sum, { length }) => sum + length, 0));
  let start = 0;
  for (const part of parts) start += part.copy(bytes, start);
  return {
    at,
    reports: reports.map(({ entry, change }) => ({ ...entry, ...change })),
    incoming: incoming.map(({ identity = NONE, frame, keys, queues }) => {
      return { identity: identity.length, frame: frame.length, keys, queues };
    }),
    bytes,
  };
}

const NONE = Buffer.alloc(0);

const faultOf = ({ code, message }: Failure): Fault => fault(code, message);
