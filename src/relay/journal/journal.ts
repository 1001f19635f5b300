import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';

import { err, type Fault, messageOf, ok, type Result } from '#lib';
import { faultPoint } from '#system';

import { fault } from '../errors.ts';

/** A message that came and is not stored yet. */
export type Incoming = {
  readonly frame: Buffer;
  /** What it is known again by; undefined where what is repeated is stored again. */
  readonly identity: Buffer | undefined;
  readonly deliveries: readonly { readonly queue: number; readonly keys: readonly string[] }[];
  /** It is on disk, under these ids, one for each delivery. None: it was there before. */
  stored(ids: readonly number[]): void;
  /** It is not. */
  failed(why: Fault): void;
};

/** A delivery that waits, as it is on disk. */
export type Waiting = {
  readonly id: number;
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

/** What becomes of a delivery: it is done, it is tried again, it is given up, or it was given up and comes again. */
export type Change =
  | { readonly kind: 'done' }
  | { readonly kind: 'again'; readonly attempts: number; readonly due: number; readonly server: string | undefined }
  | { readonly kind: 'dead'; readonly attempts: number; readonly reason: string };

/**
 * The messages that are stored. What comes and what is reported in one turn of the event loop is written together, in one
 * transaction, so that a disk that is asked to be sure a hundred times a second takes thousands of messages.
 */
export type Journal = {
  store(incoming: Incoming): void;
  /** Writes what became of a delivery, and calls `written` when it is. A full disk is tried until it has room. */
  report(id: number, change: Change, written: () => void): void;
  /** Those of a queue that wait, after an id, in order. */
  page(queue: number, after: number, limit: number): readonly Waiting[];
  /** The message of a delivery; undefined where there is none any more. */
  frameOf(id: number): Buffer | undefined;
  queue(service: string, destination: string): { readonly id: number; readonly isHeld: boolean };
  setHeld(queue: number, isHeld: boolean): Result<void, Fault>;
  counts(queue: number): { readonly waiting: number; readonly dead: number };
  /** When the one came that waits longest, ms since 1970. */
  oldest(queue: number): number | undefined;
  /** Those that were given up, the newest first. */
  dead(queue: number, before: number, limit: number): readonly Dead[];
  /** Takes one that was given up back, at the end of its queue. Returns its new id; undefined where there is none. */
  revive(queue: number, id: number): Result<number | undefined, Fault>;
  /** Forgets one that was given up. False where there is none. */
  discard(queue: number, id: number): Result<boolean, Fault>;
  close(): void;
};

/** How long is known again what was stored, ms. */
const REPEATED_WITHIN = 3_600_000;

/** How many of those that are too old are forgotten at once. */
const FORGET = 1_000;

/** How long after a failed write the next one is tried, ms. */
const AGAIN = 500;

/** SQLite's result code for a disk without room (https://sqlite.org/rescode.html#full). */
const FULL = 13;

type Report = { readonly id: number; readonly change: Change; readonly written: () => void };

/** Works with an open journal. `now`: ms since 1970. */
export function openJournal(database: DatabaseSync, now: () => number): Journal {
  const statements = new Map<string, StatementSync>();
  let incoming: Incoming[] = [];
  let reports: Report[] = [];
  let flushing: NodeJS.Immediate | undefined;
  let retrying: NodeJS.Timeout | undefined;
  let isClosed = false;

  const prepared = (sql: string): StatementSync => {
    const known = statements.get(sql) ?? database.prepare(sql);
    statements.set(sql, known);
    return known;
  };
  const run = (sql: string, ...values: SQLInputValue[]): { readonly id: number; readonly changes: number } => {
    const { lastInsertRowid, changes } = prepared(sql).run(...values);
    return { id: Number(lastInsertRowid), changes: Number(changes) };
  };

  function soon(): void {
    flushing ??= setImmediate(flush);
  }

  function flush(): void {
    flushing = undefined;
    if (isClosed) return;
    flushReports();
    flushIncoming();
  }

  /** Tells what was written, after it was. A report that is lost by a power cut only makes a message come twice. */
  function flushReports(): void {
    if (reports.length === 0 || retrying !== undefined) return;
    const batch = reports;
    reports = [];
    const done = together('NORMAL', () => {
      for (const { id, change } of batch) write(id, change);
    });
    if (done.ok) {
      for (const { written } of batch) written();
      return;
    }
    reports = [...batch, ...reports];
    retrying = setTimeout(() => {
      retrying = undefined;
      soon();
    }, AGAIN);
  }

  function flushIncoming(): void {
    if (incoming.length === 0) return;
    const batch = incoming;
    incoming = [];
    const at = now();
    const done = together('FULL', () => {
      run(
        'DELETE FROM seen WHERE identity IN (SELECT identity FROM seen WHERE at < ? LIMIT ?)',
        at - REPEATED_WITHIN,
        FORGET,
      );
      return batch.map((one) => insert(one, at));
    });
    faultPoint('relay-stored');
    for (const [index, one] of batch.entries()) {
      if (done.ok) one.stored(done.value[index] ?? []);
      else one.failed(done.error);
    }
  }

  function insert({ frame, identity, deliveries }: Incoming, at: number): readonly number[] {
    if (identity !== undefined) {
      const { changes } = run('INSERT OR IGNORE INTO seen (identity, at) VALUES (?, ?)', identity, at);
      if (changes === 0) return [];
    }
    const { id: message } = run('INSERT INTO messages (at, frame) VALUES (?, ?)', at, frame);
    return deliveries.map(
      ({ queue, keys }) =>
        run('INSERT INTO deliveries (queue, message, keys) VALUES (?, ?, ?)', queue, message, JSON.stringify(keys)).id,
    );
  }

  function write(id: number, change: Change): void {
    switch (change.kind) {
      case 'done':
        remove(id);
        return;
      case 'again':
        run(
          'UPDATE deliveries SET attempts = ?, due = ?, server = ? WHERE id = ?',
          change.attempts,
          change.due,
          change.server ?? null,
          id,
        );
        return;
      case 'dead':
        run(
          'UPDATE deliveries SET attempts = ?, dead = ?, dead_at = ? WHERE id = ?',
          change.attempts,
          change.reason,
          now(),
          id,
        );
    }
  }

  /** Removes a delivery, and its message with the last one. */
  function remove(id: number): void {
    const message = prepared('SELECT message FROM deliveries WHERE id = ?').get(id)?.['message'];
    if (message === undefined) return;
    run('DELETE FROM deliveries WHERE id = ?', id);
    run('DELETE FROM messages WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM deliveries WHERE message = ?1)', message);
  }

  /** Does several writes as one. `synchronous`: FULL outlives a power cut, NORMAL the end of the process. */
  function together<T>(synchronous: 'FULL' | 'NORMAL', act: () => T): Result<T, Fault> {
    try {
      database.exec(`PRAGMA synchronous = ${synchronous}; BEGIN IMMEDIATE`);
      const value = act();
      database.exec('COMMIT');
      return ok(value);
    } catch (thrown) {
      if (database.isTransaction) database.exec('ROLLBACK');
      return err(writeFault(thrown));
    }
  }

  return {
    store(one) {
      incoming.push(one);
      soon();
    },
    report(id, change, written) {
      reports.push({ id, change, written });
      soon();
    },
    page: (queue, after, limit) =>
      prepared(
        'SELECT id, keys, attempts, due, server FROM deliveries WHERE queue = ? AND id > ? AND dead IS NULL ORDER BY id LIMIT ?',
      )
        .all(queue, after, limit)
        .map((row) => ({
          id: row['id'] as number,
          keys: JSON.parse(row['keys'] as string) as readonly string[],
          attempts: row['attempts'] as number,
          due: row['due'] as number,
          server: (row['server'] as string | null) ?? undefined,
        })),
    frameOf(id) {
      const sql =
        'SELECT frame FROM deliveries JOIN messages ON messages.id = deliveries.message WHERE deliveries.id = ?';
      const frame = prepared(sql).get(id)?.['frame'];
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
      together('FULL', () => void run('UPDATE queues SET held = ? WHERE id = ?', isHeld ? 1 : 0, queue)),
    counts(queue) {
      const count = (where: string): number =>
        prepared(`SELECT count(*) AS n FROM deliveries WHERE queue = ? AND dead IS ${where}`).get(queue)?.[
          'n'
        ] as number;
      return { waiting: count('NULL'), dead: count('NOT NULL') };
    },
    oldest: (queue) =>
      prepared(
        `SELECT messages.at FROM deliveries JOIN messages ON messages.id = deliveries.message
         WHERE queue = ? AND dead IS NULL ORDER BY deliveries.id LIMIT 1`,
      ).get(queue)?.['at'] as number | undefined,
    dead: (queue, before, limit) =>
      prepared(
        `SELECT deliveries.id, dead, attempts, at, dead_at, frame FROM deliveries JOIN messages ON messages.id = deliveries.message
         WHERE queue = ? AND dead IS NOT NULL AND deliveries.id < ? ORDER BY deliveries.id DESC LIMIT ?`,
      )
        .all(queue, before, limit)
        .map((row) => ({
          id: row['id'] as number,
          reason: row['dead'] as string,
          attempts: row['attempts'] as number,
          at: row['at'] as number,
          deadAt: row['dead_at'] as number,
          frame: Buffer.from(row['frame'] as Uint8Array),
        })),
    revive: (queue, id) =>
      together('FULL', () => {
        const { id: revived, changes } = run(
          `INSERT INTO deliveries (queue, message, keys)
           SELECT queue, message, keys FROM deliveries WHERE id = ? AND queue = ? AND dead IS NOT NULL`,
          id,
          queue,
        );
        if (changes === 0) return undefined;
        run('DELETE FROM deliveries WHERE id = ?', id);
        return revived;
      }),
    discard: (queue, id) =>
      together('FULL', () => {
        const is = prepared('SELECT 1 FROM deliveries WHERE id = ? AND queue = ? AND dead IS NOT NULL').get(id, queue);
        if (is === undefined) return false;
        remove(id);
        return true;
      }),
    close() {
      flush();
      isClosed = true;
      clearImmediate(flushing);
      clearTimeout(retrying);
      statements.clear();
      database.close();
    },
  };
}

const writeFault = (thrown: unknown): Fault =>
  thrown instanceof Error && 'errcode' in thrown && (Number(thrown.errcode) & 0xff) === FULL
    ? fault('relay-journal-full', 'the disk with the journal is full', thrown)
    : fault('relay-journal', `the journal can not be written: ${messageOf(thrown)}`, thrown);
