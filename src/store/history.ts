import type { Fault, Result } from '#lib';

import { attempt, change, one, type Store, transactionCheaply } from './database.ts';
import { text } from './rows.ts';

export const sql = {
  find: 'SELECT points FROM history WHERE step = :step AND at = :at AND service = :service',
  put: `INSERT INTO history (step, at, service, points) VALUES (:step, :at, :service, :points)
    ON CONFLICT (step, at, service) DO UPDATE SET points = excluded.points`,
  forget: 'DELETE FROM history WHERE step = :step AND at < :from',
  forgetFuture: 'DELETE FROM history WHERE step = :step AND at > :to',
} as const;

/** What was seen of a service and its servers in one slot of time. */
export type HistoryRow = {
  /** How long the slot is, ms. */
  readonly step: number;
  /** When it begins, ms since 1970. */
  readonly at: number;
  readonly service: string;
  /** As whoever writes it reads it. */
  readonly points: string;
};

/** Which slots of a length are kept, ms since 1970: what lies outside is forgotten. */
export type HistoryKept = { readonly step: number; readonly from: number; readonly to: number };

/** Adds to the history, all or nothing. Where a slot has something already, `join` makes one of both. */
export const addHistory = (
  store: Store,
  rows: Iterable<HistoryRow>,
  join: (stored: string, added: string) => string,
  kept: readonly HistoryKept[],
): Result<void, Fault> =>
  transactionCheaply(store, () =>
    attempt(store, () => {
      for (const { step, at, service, points } of rows) {
        const stored = one(store, sql.find, { step, at, service }, (row) => text(row, 'points'));
        change(store, sql.put, { step, at, service, points: stored === undefined ? points : join(stored, points) });
      }
      for (const { step, from, to } of kept) {
        change(store, sql.forget, { step, from });
        // The clock was put back: what it said before has not happened yet.
        change(store, sql.forgetFuture, { step, to });
      }
    }),
  );

/** What is known of a service in these slots, by their beginnings; a slot in which nothing was seen is left out. */
export const historyOf = (
  store: Store,
  service: string,
  step: number,
  slots: readonly number[],
): Result<ReadonlyMap<number, string>, Fault> =>
  attempt(store, () => {
    const found = new Map<number, string>();
    for (const at of slots) {
      const points = one(store, sql.find, { step, at, service }, (row) => text(row, 'points'));
      if (points !== undefined) found.set(at, points);
    }
    return found;
  });
