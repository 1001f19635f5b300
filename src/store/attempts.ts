import type { Fault, Result } from '#lib';

import { attempt, attemptCheaply, change, one, type Store } from './database.ts';
import { integer, type Row } from './rows.ts';

/** Failed logins that count against something: an account, or an address. */
export type Attempts = { readonly failures: number; readonly lastAt: number };

export const sql = {
  get: 'SELECT failures, last_at FROM attempts WHERE key = :key',
  set: 'INSERT OR REPLACE INTO attempts (key, failures, last_at) VALUES (:key, :failures, :lastAt)',
  clear: 'DELETE FROM attempts WHERE key = :key',
  forget: 'DELETE FROM attempts WHERE last_at < :before',
} as const;

/** What counts against a key; undefined where nothing does. */
export const findAttempts = (store: Store, key: string): Result<Attempts | undefined, Fault> =>
  attempt(store, () => one(store, sql.get, { key }, attemptsOf));

export const setAttempts = (store: Store, key: string, { failures, lastAt }: Attempts): Result<void, Fault> =>
  attemptCheaply(store, () => void change(store, sql.set, { key, failures, lastAt }));

/** Forgets what counts against a key. */
export const clearAttempts = (store: Store, key: string): Result<void, Fault> =>
  attemptCheaply(store, () => void change(store, sql.clear, { key }));

/** Forgets everything that has not failed since. */
export const forgetAttempts = (store: Store, before: number): Result<void, Fault> =>
  attemptCheaply(store, () => void change(store, sql.forget, { before }));

const attemptsOf = (row: Row): Attempts => ({ failures: integer(row, 'failures'), lastAt: integer(row, 'last_at') });
