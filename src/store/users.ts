import type { Fault, Result } from '#lib';

import { all, attempt, change, changeOne, one, type Store } from './database.ts';
import { json, integer, type Row, text, truth } from './rows.ts';

export type StoredUser = {
  readonly name: string;
  readonly passwordHash: string;
  /** As they were given; what they mean is for the room `access` to say. */
  readonly grants: unknown;
  readonly createdAt: number;
  readonly createdBy: string;
  readonly disabled: boolean;
};

const COLUMNS = 'name, password_hash, grants, created_at, created_by, disabled';

export const sql = {
  add: `INSERT INTO users (name, password_hash, grants, created_at, created_by)
    VALUES (:name, :passwordHash, :grants, :createdAt, :createdBy)`,
  get: `SELECT ${COLUMNS} FROM users WHERE name = :name`,
  list: `SELECT ${COLUMNS} FROM users ORDER BY name`,
  password: 'UPDATE users SET password_hash = :passwordHash WHERE name = :name',
  grants: 'UPDATE users SET grants = :grants WHERE name = :name',
  disabled: 'UPDATE users SET disabled = :disabled WHERE name = :name',
  remove: 'DELETE FROM users WHERE name = :name',
} as const;

/** Adds a user. `store-rule` where the name is taken. */
export const addUser = (store: Store, user: Omit<StoredUser, 'disabled'>): Result<void, Fault> =>
  attempt(store, () => void change(store, sql.add, { ...user, grants: JSON.stringify(user.grants) }));

export const findUser = (store: Store, name: string): Result<StoredUser | undefined, Fault> =>
  attempt(store, () => one(store, sql.get, { name }, userOf));

/** Every user, by name. */
export const allUsers = (store: Store): Result<readonly StoredUser[], Fault> =>
  attempt(store, () => all(store, sql.list, {}, userOf));

export const setPasswordHash = (store: Store, name: string, passwordHash: string): Result<void, Fault> =>
  changeOne(store, `user ${name}`, sql.password, { name, passwordHash });

export const setUserGrants = (store: Store, name: string, grants: unknown): Result<void, Fault> =>
  changeOne(store, `user ${name}`, sql.grants, { name, grants: JSON.stringify(grants) });

export const setUserDisabled = (store: Store, name: string, disabled: boolean): Result<void, Fault> =>
  changeOne(store, `user ${name}`, sql.disabled, { name, disabled: disabled ? 1 : 0 });

/** Removes a user and the sessions. */
export const deleteUser = (store: Store, name: string): Result<void, Fault> =>
  changeOne(store, `user ${name}`, sql.remove, { name });

const userOf = (row: Row): StoredUser => ({
  name: text(row, 'name'),
  passwordHash: text(row, 'password_hash'),
  grants: json(row, 'grants'),
  createdAt: integer(row, 'created_at'),
  createdBy: text(row, 'created_by'),
  disabled: truth(row, 'disabled'),
});
