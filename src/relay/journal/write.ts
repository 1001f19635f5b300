import type { Result } from '#lib';
import { faultPoint } from '#system';

import type { Failure, Statements } from './statements.ts';

/** What becomes of a delivery: it is done, it is tried again, or it is given up. */
export type Change =
  | { readonly kind: 'done' }
  | { readonly kind: 'again'; readonly attempts: number; readonly due: number; readonly server: string | undefined }
  | { readonly kind: 'dead'; readonly attempts: number; readonly reason: string };

/** What is written together, so that many share one fsync. Plain data: another thread writes it. */
export type Batch = {
  /** When it is written, ms since 1970. */
  readonly at: number;
  readonly reports: readonly { readonly id: number; readonly change: Change }[];
  readonly incoming: readonly {
    /** The length of its frame. */
    readonly bytes: number;
    readonly identity: Uint8Array | undefined;
    readonly deliveries: readonly { readonly queue: number; readonly keys: readonly string[] }[];
  }[];
  /** The frames, one after another. */
  readonly frames: Uint8Array;
};

/** What was written of a batch: its reports, and what came, the ids of the deliveries of each. None: it was there before. */
export type Written = {
  readonly reported: Result<void, Failure>;
  readonly stored: Result<readonly (readonly number[])[], Failure>;
};

/** How long is known again what was stored, ms. */
const REPEATED_WITHIN = 3_600_000;

/** How many of those that are too old are forgotten at once. */
const FORGET = 1_000;

/**
 * Writes a batch. A report that is lost by a power cut only makes a message come twice: it needs no fsync of its own, and shares
 * that of what came. Where what came has no room, the reports are written all the same: they make room.
 */
export function writeBatch(statements: Statements, batch: Batch): Written {
  const reportAll = (): void => {
    for (const { id, change } of batch.reports) report(statements, id, change, batch.at);
  };
  if (batch.incoming.length === 0) return { reported: statements.together('NORMAL', reportAll), stored: NOTHING };
  const stored = statements.together('FULL', () => {
    reportAll();
    return storeAll(statements, batch);
  });
  faultPoint('relay-stored');
  return { reported: stored.ok ? DONE : statements.together('NORMAL', reportAll), stored };
}

const DONE: Written['reported'] = { ok: true, value: undefined };
const NOTHING: Written['stored'] = { ok: true, value: [] };

function storeAll(statements: Statements, { at, incoming, frames }: Batch): readonly (readonly number[])[] {
  statements.run(
    'DELETE FROM seen WHERE identity IN (SELECT identity FROM seen WHERE at < ? LIMIT ?)',
    at - REPEATED_WITHIN,
    FORGET,
  );
  let start = 0;
  return incoming.map((one) => {
    const frame = frames.subarray(start, (start += one.bytes));
    return insert(statements, one, frame, at);
  });
}

function insert(
  { run }: Statements,
  { identity, deliveries }: Batch['incoming'][number],
  frame: Uint8Array,
  at: number,
): readonly number[] {
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

function report(statements: Statements, id: number, change: Change, at: number): void {
  switch (change.kind) {
    case 'done':
      return remove(statements, id);
    case 'again': {
      const sql = 'UPDATE deliveries SET attempts = ?, due = ?, server = ? WHERE id = ?';
      statements.run(sql, change.attempts, change.due, change.server ?? null, id);
      return;
    }
    case 'dead': {
      const sql = 'UPDATE deliveries SET attempts = ?, dead = ?, dead_at = ? WHERE id = ?';
      statements.run(sql, change.attempts, change.reason, at, id);
    }
  }
}

/** Removes a delivery, and its message with the last one. */
export function remove({ prepared, run }: Statements, id: number): void {
  const message = prepared('DELETE FROM deliveries WHERE id = ? RETURNING message').get(id)?.['message'];
  if (message === undefined) return;
  run('DELETE FROM messages WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM deliveries WHERE message = ?1)', message);
}
