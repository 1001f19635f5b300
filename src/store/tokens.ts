import type { Fault, Result } from '#lib';

import { all, attempt, attemptCheaply, change, changeOne, one, type Store } from './database.ts';
import { json, maybeInteger, maybeText, integer, orNull, type Row, text } from './rows.ts';

export type StoredToken = {
  readonly id: number;
  readonly name: string;
  readonly hash: string;
  readonly grants: unknown;
  /** The user it was created by and ends with; undefined where that was nobody with an account. */
  readonly owner: string | undefined;
  readonly createdAt: number;
  readonly createdBy: string;
  readonly expiresAt: number;
  readonly revokedAt: number | undefined;
  readonly lastUsedAt: number | undefined;
};

const COLUMNS = 'id, name, hash, grants, owner, created_at, created_by, expires_at, revoked_at, last_used_at';

export const sql = {
  add: `INSERT INTO tokens (name, hash, grants, owner, created_at, created_by, expires_at)
    VALUES (:name, :hash, :grants, :owner, :createdAt, :createdBy, :expiresAt)`,
  byHash: `SELECT ${COLUMNS} FROM tokens WHERE hash = :hash`,
  byName: `SELECT ${COLUMNS} FROM tokens WHERE name = :name AND revoked_at IS NULL`,
  byOwner: `SELECT ${COLUMNS} FROM tokens WHERE owner = :owner AND revoked_at IS NULL`,
  get: `SELECT ${COLUMNS} FROM tokens WHERE id = :id`,
  list: `SELECT ${COLUMNS} FROM tokens ORDER BY id`,
  revoke: 'UPDATE tokens SET revoked_at = :at WHERE id = :id AND revoked_at IS NULL',
  used: 'UPDATE tokens SET last_used_at = :at WHERE id = :id',
} as const;

/** Adds a token, and returns its id. `store-rule` where one of that name is not revoked. */
export const addToken = (
  store: Store,
  token: Omit<StoredToken, 'id' | 'revokedAt' | 'lastUsedAt'>,
): Result<number, Fault> =>
  attempt(
    store,
    () => change(store, sql.add, { ...token, owner: orNull(token.owner), grants: JSON.stringify(token.grants) }).id,
  );

export const findToken = (store: Store, id: number): Result<StoredToken | undefined, Fault> =>
  attempt(store, () => one(store, sql.get, { id }, tokenOf));

export const findTokenByHash = (store: Store, hash: string): Result<StoredToken | undefined, Fault> =>
  attempt(store, () => one(store, sql.byHash, { hash }, tokenOf));

/** The token of that name which is not revoked. */
export const findTokenByName = (store: Store, name: string): Result<StoredToken | undefined, Fault> =>
  attempt(store, () => one(store, sql.byName, { name }, tokenOf));

/** The tokens of a user that are not revoked. */
export const tokensOwnedBy = (store: Store, owner: string): Result<readonly StoredToken[], Fault> =>
  attempt(store, () => all(store, sql.byOwner, { owner }, tokenOf));

/** Every token, revoked and expired ones too, by id. */
export const allTokens = (store: Store): Result<readonly StoredToken[], Fault> =>
  attempt(store, () => all(store, sql.list, {}, tokenOf));

/** Revokes a token. `store-rule` where there is none, or it is revoked already. */
export const markTokenRevoked = (store: Store, id: number, at: number): Result<void, Fault> =>
  changeOne(store, `token ${id} in use`, sql.revoke, { id, at });

export const markTokenUsed = (store: Store, id: number, at: number): Result<void, Fault> =>
  attemptCheaply(store, () => void change(store, sql.used, { id, at }));

const tokenOf = (row: Row): StoredToken => ({
  id: integer(row, 'id'),
  name: text(row, 'name'),
  hash: text(row, 'hash'),
  grants: json(row, 'grants'),
  owner: maybeText(row, 'owner'),
  createdAt: integer(row, 'created_at'),
  createdBy: text(row, 'created_by'),
  expiresAt: integer(row, 'expires_at'),
  revokedAt: maybeInteger(row, 'revoked_at'),
  lastUsedAt: maybeInteger(row, 'last_used_at'),
});
