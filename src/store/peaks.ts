import type { Fault, Result } from '#lib';

import { attempt, change, one, type Store, transactionCheaply } from './database.ts';
import { integer, maybeInteger } from './rows.ts';

/** How long peaks are kept: a week and the day it is compared with. */
const HOURS_KEPT = 8 * 24;

export const sql = {
  note: `INSERT INTO peaks (backend, hour, value) VALUES (:backend, :hour, :value)
    ON CONFLICT (backend, hour) DO UPDATE SET value = excluded.value WHERE excluded.value > value`,
  forget: 'DELETE FROM peaks WHERE hour < :before',
  // SQLite takes what stands beside a max() from the row that has it (https://sqlite.org/lang_select.html#bareagg).
  highest: 'SELECT max(value) AS value, hour FROM peaks WHERE backend = :backend AND hour >= :since',
} as const;

/** The hour a time lies in, counted since 1970. */
export const hourOf = (at: number): number => Math.floor(at / 3_600_000);

/** Notes how many sessions each backend had at once in an hour. The highest of each hour stays, for 8 days. */
export const notePeaks = (
  store: Store,
  hour: number,
  peaks: Iterable<readonly [backend: string, sessions: number]>,
): Result<void, Fault> =>
  transactionCheaply(store, () =>
    attempt(store, () => {
      for (const [backend, value] of peaks) change(store, sql.note, { backend, hour, value });
      change(store, sql.forget, { before: hour - HOURS_KEPT });
    }),
  );

export type Peak = {
  readonly sessions: number;
  /** Counted since 1970. */
  readonly hour: number;
};

/** The most sessions that a backend had at once since an hour, and the hour of it; undefined where nothing was noted. */
export const peakOf = (store: Store, backend: string, sinceHour: number): Result<Peak | undefined, Fault> =>
  attempt(store, () =>
    one(store, sql.highest, { backend, since: sinceHour }, (row) => {
      const sessions = maybeInteger(row, 'value');
      return sessions === undefined ? undefined : { sessions, hour: integer(row, 'hour') };
    }),
  );
