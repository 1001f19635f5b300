import type { Fault, Result } from '#lib';

import { attempt, change, one, type Store } from './database.ts';

export const sql = {
  set: `INSERT OR REPLACE INTO setup_link (one, hash, created_at, expires_at, used_at)
    VALUES (1, :hash, :createdAt, :expiresAt, NULL)`,
  open: `SELECT 1 AS open FROM setup_link WHERE one = 1 AND hash = :hash AND used_at IS NULL AND expires_at > :at`,
  use: `UPDATE setup_link SET used_at = :at
    WHERE one = 1 AND hash = :hash AND used_at IS NULL AND expires_at > :at`,
} as const;

/** Notes the one secret with which the first administrator is made, in place of an earlier one. */
export const setSetupLink = (
  store: Store,
  link: { readonly hash: string; readonly createdAt: number; readonly expiresAt: number },
): Result<void, Fault> => attempt(store, () => void change(store, sql.set, link));

/** Whether the secret could be used. */
export const isSetupLinkOpen = (store: Store, hash: string, at: number): Result<boolean, Fault> =>
  attempt(store, () => one(store, sql.open, { hash, at }, () => true) ?? false);

/** Uses it up. Returns whether it could be used: it is the newest one, in time, and was not used before. */
export const useSetupLink = (store: Store, hash: string, at: number): Result<boolean, Fault> =>
  attempt(store, () => change(store, sql.use, { hash, at }).changes > 0);
