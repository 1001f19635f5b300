import type { Fault, Result } from '#lib';

import { all, attempt, change, changeOne, one, type Store } from './database.ts';
import { maybeInteger, maybeText, integer, orNull, type Row, text } from './rows.ts';

/** One reload of the engine that was asked for. */
export type Reload = {
  readonly id: number;
  readonly askedAt: number;
  readonly endedAt: number | undefined;
  readonly outcome: 'waiting' | 'running' | 'done' | 'failed';
  readonly message: string | undefined;
  readonly revision: number | undefined;
};

const COLUMNS = 'id, asked_at, ended_at, outcome, message, revision';

export const sql = {
  begin: `INSERT INTO reloads (asked_at, outcome, revision) VALUES (:askedAt, 'waiting', :revision)`,
  run: `UPDATE reloads SET outcome = 'running' WHERE id = :id AND ended_at IS NULL`,
  end: `UPDATE reloads SET outcome = :outcome, ended_at = :endedAt, message = :message WHERE id = :id AND ended_at IS NULL`,
  endAll: `UPDATE reloads SET outcome = 'failed', ended_at = :at, message = :message WHERE ended_at IS NULL`,
  get: `SELECT ${COLUMNS} FROM reloads WHERE id = :id`,
  list: `SELECT ${COLUMNS} FROM reloads WHERE id < :before ORDER BY id DESC LIMIT :limit`,
} as const;

/** Notes that a reload was asked for, and returns its id. The newest 1,000 are kept. */
export const beginReload = (
  store: Store,
  { askedAt, revision }: { readonly askedAt: number; readonly revision?: number | undefined },
): Result<number, Fault> => attempt(store, () => change(store, sql.begin, { askedAt, revision: orNull(revision) }).id);

/** Notes that a waiting reload is now being done. */
export const runReload = (store: Store, id: number): Result<void, Fault> =>
  changeOne(store, `reload ${id} that has not ended`, sql.run, { id });

/** Notes how a reload ended. */
export const endReload = (
  store: Store,
  id: number,
  end: { readonly outcome: 'done' | 'failed'; readonly endedAt: number; readonly message?: string | undefined },
): Result<void, Fault> =>
  changeOne(store, `reload ${id} that has not ended`, sql.end, {
    id,
    outcome: end.outcome,
    endedAt: end.endedAt,
    message: orNull(end.message),
  });

/** Notes that every reload without an end failed, as a killed controller leaves them. Returns how many there were. */
export const endReloads = (store: Store, at: number, message: string): Result<number, Fault> =>
  attempt(store, () => change(store, sql.endAll, { at, message }).changes);

/** The reload of that id. */
export const reload = (store: Store, id: number): Result<Reload | undefined, Fault> =>
  attempt(store, () => one(store, sql.get, { id }, reloadOf));

/** Reloads with ids below `before`, newest first. */
export const reloads = (
  store: Store,
  { before, limit }: { readonly before?: number | undefined; readonly limit: number },
): Result<readonly Reload[], Fault> =>
  attempt(store, () => all(store, sql.list, { before: before ?? Number.MAX_SAFE_INTEGER, limit }, reloadOf));

const reloadOf = (row: Row): Reload => ({
  id: integer(row, 'id'),
  askedAt: integer(row, 'asked_at'),
  endedAt: maybeInteger(row, 'ended_at'),
  outcome: text(row, 'outcome') as Reload['outcome'],
  message: maybeText(row, 'message'),
  revision: maybeInteger(row, 'revision'),
});
