import type { Fault, Result } from '#lib';

import { all, attempt, change, changeOne, one, type Store } from './database.ts';
import { json, maybeText, integer, orNull, type Row, text, truth } from './rows.ts';

export type WindowState = 'planned' | 'active' | 'ended' | 'cancelled';

/** A time for which servers are planned to be in maintenance. */
export type MaintenanceWindow = {
  readonly id: number;
  /** The servers as people write them: `SERVICE/SERVER`. */
  readonly labels: readonly string[];
  /** Milliseconds since 1970; `until` is later than `from`. */
  readonly from: number;
  readonly until: number;
  readonly by: string;
  readonly why: string | undefined;
  /** Also where nobody would be left to serve. */
  readonly force: boolean;
  readonly state: WindowState;
};

export type NewWindow = Pick<MaintenanceWindow, 'labels' | 'from' | 'until' | 'by'> & {
  readonly why?: string | undefined;
  readonly force?: boolean;
};

const COLUMNS = 'id, labels, starts, ends, who, why, force, state';

export const sql = {
  add: `INSERT INTO windows (labels, starts, ends, who, why, force, state)
    VALUES (:labels, :from, :until, :by, :why, :force, 'planned')`,
  update: `UPDATE windows SET state = coalesce(:state, state), ends = coalesce(:until, ends) WHERE id = :id`,
  get: `SELECT ${COLUMNS} FROM windows WHERE id = :id`,
  open: `SELECT ${COLUMNS} FROM windows WHERE open = 1 ORDER BY starts, id`,
  list: `SELECT ${COLUMNS} FROM windows ORDER BY id DESC LIMIT :limit`,
} as const;

/** Plans a window, and returns its id. */
export const addWindow = (store: Store, planned: NewWindow): Result<number, Fault> =>
  attempt(store, () => {
    const { labels, from, until, by, why, force = false } = planned;
    const values = { labels: JSON.stringify(labels), from, until, by, why: orNull(why), force: force ? 1 : 0 };
    return change(store, sql.add, values).id;
  });

/** Moves a window to another state, or its end to another time. `store-rule` where there is none of that id. */
export const updateWindow = (
  store: Store,
  id: number,
  { state, until }: { readonly state?: WindowState | undefined; readonly until?: number | undefined },
): Result<void, Fault> =>
  changeOne(store, `maintenance window ${id}`, sql.update, { id, state: orNull(state), until: orNull(until) });

/** The window of that id. */
export const maintenanceWindow = (store: Store, id: number): Result<MaintenanceWindow | undefined, Fault> =>
  attempt(store, () => one(store, sql.get, { id }, windowOf));

/** Windows that are planned or active, by their beginning. */
export const openWindows = (store: Store): Result<readonly MaintenanceWindow[], Fault> =>
  attempt(store, () => all(store, sql.open, {}, windowOf));

/** The newest windows of every state, newest first. */
export const maintenanceWindows = (store: Store, limit: number): Result<readonly MaintenanceWindow[], Fault> =>
  attempt(store, () => all(store, sql.list, { limit }, windowOf));

const windowOf = (row: Row): MaintenanceWindow => ({
  id: integer(row, 'id'),
  labels: json(row, 'labels') as readonly string[],
  from: integer(row, 'starts'),
  until: integer(row, 'ends'),
  by: text(row, 'who'),
  why: maybeText(row, 'why'),
  force: truth(row, 'force'),
  state: text(row, 'state') as WindowState,
});
