import type { Result } from '#lib';
import { faultPoint } from '#system';

import type { Failure, Statements } from './statements.ts';

/** A delivery, as it is found on disk. */
export type Entry = { readonly queue: number; readonly id: number; readonly message: number };

/** What becomes of a delivery: it is done, it is tried again, or it is given up. */
export type Change =
  | { readonly kind: 'done' }
  | { readonly kind: 'again'; readonly attempts: number; readonly due: number; readonly server: string | undefined }
  | { readonly kind: 'dead'; readonly attempts: number; readonly reason: string };

/**
 * What is written together, so that many share one fsync. Plain and flat data: another thread writes it, and each object costs on
 * the way there.
 */
export type Batch = {
  /** When it is written, ms since 1970. */
  readonly at: number;
  readonly reports: readonly (Entry & Change)[];
  readonly incoming: readonly {
    /** The lengths of its identity and its frame. Without an identity, what is repeated is stored again. */
    readonly identity: number;
    readonly frame: number;
    readonly keys: readonly string[];
    readonly queues: readonly number[];
  }[];
  /** The identities and frames, one after another. */
  readonly bytes: Uint8Array;
};

/** What was written of a batch: its reports, and what came, the ids of the deliveries of each. None: it was there before. */
export type Written = {
  readonly reported: Result<void, Failure>;
  readonly stored: Result<readonly (readonly number[])[], Failure>;
};

/** How long is known again what was stored, ms. */
const REPEATED_WITHIN = 3_600_000;

/**
 * How many identities are looked at with each batch, beside twice as many as come with it: those that are too old are forgotten.
 * Where messages come steadily, each is looked at again within the hour.
 */
const LOOKED_AT = 30;

/**
 * Returns what writes batches. A report that is lost by a power cut only makes a message come twice: it needs no fsync of its own,
 * and shares that of what came. Where what came has no room, the reports are written all the same: they make room.
 */
export function batchWriter(statements: Statements): (batch: Batch) => Written {
  const forgetOld = sweepSeen(statements);
  return (batch) => {
    const reportAll = (): void => {
      for (const each of batch.reports) report(statements, each, batch.at);
    };
    if (batch.incoming.length === 0) return { reported: statements.together('NORMAL', reportAll), stored: NOTHING };
    const stored = statements.together('FULL', () => {
      reportAll();
      forgetOld(batch.at - REPEATED_WITHIN, 2 * batch.incoming.length + LOOKED_AT);
      return storeAll(statements, batch);
    });
    faultPoint('relay-stored');
    return { reported: stored.ok ? DONE : statements.together('NORMAL', reportAll), stored };
  };
}

const DONE: Written['reported'] = { ok: true, value: undefined };
const NOTHING: Written['stored'] = { ok: true, value: [] };

/** What every identity comes after. (An empty one would be NULL.) */
const BEFORE_ALL = new Uint8Array(1);

/** Returns what goes on through all that was seen, so many with each call, and forgets what is older. An index by age would cost each message more. */
function sweepSeen({ prepared, run }: Statements): (before: number, count: number) => void {
  let from: Uint8Array = BEFORE_ALL;
  return (before, count) => {
    const end = prepared('SELECT identity FROM seen WHERE identity > ? ORDER BY identity LIMIT 1 OFFSET ?').get(
      from,
      count,
    )?.['identity'];
    if (end instanceof Uint8Array) {
      run('DELETE FROM seen WHERE identity > ? AND identity <= ? AND at < ?', from, end, before);
      from = end;
    } else {
      run('DELETE FROM seen WHERE identity > ? AND at < ?', from, before);
      from = BEFORE_ALL;
    }
  };
}

function storeAll(statements: Statements, { at, incoming, bytes }: Batch): readonly (readonly number[])[] {
  let first = takeIds(
    statements,
    incoming.reduce((sum, { queues }) => sum + queues.length, 0),
  );
  let start = 0;
  const next = (length: number): Uint8Array => bytes.subarray(start, (start += length));
  return incoming.map(({ identity, frame, keys, queues }) => {
    const message = { id: first, at, identity: next(identity), frame: next(frame), keys, queues };
    first += queues.length;
    return insert(statements, message);
  });
}

/** The first of so many ids that nobody has. */
export const takeIds = ({ prepared }: Pick<Statements, 'prepared'>, count: number): number =>
  (prepared('UPDATE ids SET next = next + ? RETURNING next').get(count)?.['next'] as number) - count;

type NewMessage = {
  readonly id: number;
  readonly at: number;
  readonly identity: Uint8Array;
  readonly frame: Uint8Array;
  readonly keys: readonly string[];
  readonly queues: readonly number[];
};

function insert({ run }: Statements, { id, at, identity, frame, keys, queues }: NewMessage): readonly number[] {
  if (identity.length > 0) {
    const sql = `INSERT INTO seen (identity, at) VALUES (?, ?)
      ON CONFLICT DO UPDATE SET at = excluded.at WHERE at < ?`;
    const { changes } = run(sql, identity, at, at - REPEATED_WITHIN);
    if (changes === 0) return [];
  }
  run('INSERT INTO messages (id, at, frame) VALUES (?, ?, ?)', id, at, frame);
  if (queues.length > 1) run('INSERT INTO shared (message, deliveries) VALUES (?, ?)', id, queues.length);
  const text = JSON.stringify(keys);
  return queues.map((queue, index) => {
    run('INSERT INTO waiting (queue, id, message, keys) VALUES (?, ?, ?, ?)', queue, id + index, id, text);
    return id + index;
  });
}

function report(statements: Statements, what: Batch['reports'][number], at: number): void {
  const { queue, id } = what;
  switch (what.kind) {
    case 'done':
      return remove(statements, 'waiting', what);
    case 'again': {
      const sql = 'UPDATE waiting SET attempts = ?, due = ?, server = ? WHERE queue = ? AND id = ?';
      statements.run(sql, what.attempts, what.due, what.server ?? null, queue, id);
      return;
    }
    case 'dead': {
      const sql = `INSERT INTO dead (queue, id, message, keys, attempts, reason, at)
        SELECT queue, id, message, keys, ?, ?, ? FROM waiting WHERE queue = ? AND id = ?`;
      statements.run(sql, what.attempts, what.reason, at, queue, id);
      statements.run('DELETE FROM waiting WHERE queue = ? AND id = ?', queue, id);
    }
  }
}

/** Removes a delivery, and its message with the last one. */
export function remove({ prepared, run }: Statements, from: 'waiting' | 'dead', { queue, id, message }: Entry): void {
  if (run(`DELETE FROM ${from} WHERE queue = ? AND id = ?`, queue, id).changes === 0) return;
  const alone = 'DELETE FROM messages WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM shared WHERE message = ?1)';
  if (run(alone, message).changes > 0) return;
  const left = prepared('UPDATE shared SET deliveries = deliveries - 1 WHERE message = ? RETURNING deliveries').get(
    message,
  )?.['deliveries'];
  if (left === 1) run('DELETE FROM shared WHERE message = ?', message);
}
