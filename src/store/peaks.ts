import type { Fault, Result } from '#lib';

import { attempt, change, one, type Store, transactionCheaply } from './database.ts';
import { maybeInteger } from './rows.ts';

/** How long peaks are kept: a week and the day it is compared with. */
const HOURS_KEPT = 8 * 24;

export const sql = {
  note: `INSERT INTO peaks (backend, hour, value) VALUES (:backend, :hour, :value)
    ON CONFLICT (backend, hour) DO UPDATE SET value = excluded.value WHERE excluded.value > value`,
  forget: 'DELETE FROM peaks WHERE hour < :before',
  highest: 'SELECT max(value) AS value FROM peaks WHERE backend = :backend AND hour >= :since',
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

/** The most sessions that a backend had at once since an hour; undefined where nothing was noted. */
export const peakOf = (store: Store, backend: string, sinceHour: number): Result<number | undefined, Fault> =>
  attempt(store, () => one(store, sql.highest, { backend, since: sinceHour }, (row) => maybeInteger(row, 'value')));
