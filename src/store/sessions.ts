import type { Fault, Result } from '#lib';

import { all, attempt, attemptCheaply, change, one, type Store } from './database.ts';
import { integer, type Row, text } from './rows.ts';

export type StoredSession = {
  readonly idHash: string;
  readonly user: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly lastSeenAt: number;
  /** Where its user logged in from. */
  readonly address: string;
};

const COLUMNS = 'id_hash, user, created_at, expires_at, last_seen_at, address';

export const sql = {
  add: `INSERT INTO sessions (${COLUMNS}) VALUES (:idHash, :user, :createdAt, :expiresAt, :lastSeenAt, :address)`,
  get: `SELECT ${COLUMNS} FROM sessions WHERE id_hash = :idHash`,
  list: `SELECT ${COLUMNS} FROM sessions`,
  listByUser: `SELECT ${COLUMNS} FROM sessions WHERE user = :user`,
  seen: 'UPDATE sessions SET last_seen_at = :at WHERE id_hash = :idHash',
  remove: 'DELETE FROM sessions WHERE id_hash = :idHash',
  removeByUser: 'DELETE FROM sessions WHERE user = :user',
  removeExpired: 'DELETE FROM sessions WHERE expires_at <= :at',
} as const;

/** Adds a session, and forgets those that have expired by then. */
export const addSession = (store: Store, session: StoredSession): Result<void, Fault> =>
  attempt(store, () => {
    change(store, sql.removeExpired, { at: session.createdAt });
    change(store, sql.add, session);
  });

export const findSession = (store: Store, idHash: string): Result<StoredSession | undefined, Fault> =>
  attempt(store, () => one(store, sql.get, { idHash }, sessionOf));

/** Every session, of one user or of all; those that are over are among them until somebody logs in. */
export const allSessions = (store: Store, user: string | undefined): Result<readonly StoredSession[], Fault> =>
  attempt(store, () =>
    user === undefined ? all(store, sql.list, {}, sessionOf) : all(store, sql.listByUser, { user }, sessionOf),
  );

export const markSessionSeen = (store: Store, idHash: string, at: number): Result<void, Fault> =>
  attemptCheaply(store, () => void change(store, sql.seen, { idHash, at }));

/** Ends a session. Returns whether there was one. */
export const deleteSession = (store: Store, idHash: string): Result<boolean, Fault> =>
  attempt(store, () => change(store, sql.remove, { idHash }).changes > 0);

/** Ends every session of a user. Returns how many there were. */
export const deleteSessionsOf = (store: Store, user: string): Result<number, Fault> =>
  attempt(store, () => change(store, sql.removeByUser, { user }).changes);

const sessionOf = (row: Row): StoredSession => ({
  idHash: text(row, 'id_hash'),
  user: text(row, 'user'),
  createdAt: integer(row, 'created_at'),
  expiresAt: integer(row, 'expires_at'),
  lastSeenAt: integer(row, 'last_seen_at'),
  address: text(row, 'address'),
});
