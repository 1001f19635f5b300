import type { Fault, Result } from '#lib';

import { all, attempt, change, type Store } from './database.ts';
import { maybeInteger, maybeText, integer, orNull, type Row, text } from './rows.ts';

/** What an operator made of a server, which no spec says. It holds until somebody takes it back. */
export type Override = {
  /** `backend/server`, as HAProxy names them. */
  readonly key: string;
  readonly backend: string;
  readonly server: string;
  /** The server as people write it: `SERVICE/SERVER`. */
  readonly label: string;
  readonly state: 'drain' | 'maint';
  readonly by: string;
  readonly why?: string | undefined;
  readonly since: number;
  /** When a draining server goes into maintenance whatever is still under way, in ms since 1970. */
  readonly deadline?: number | undefined;
  /** The maintenance window that made it. */
  readonly window?: number | undefined;
};

const COLUMNS = 'key, backend, server, label, state, who, why, since, deadline, window_id';

export const sql = {
  set: `INSERT OR REPLACE INTO overrides (${COLUMNS})
    VALUES (:key, :backend, :server, :label, :state, :by, :why, :since, :deadline, :window)`,
  clear: 'DELETE FROM overrides WHERE key = :key',
  list: `SELECT ${COLUMNS} FROM overrides ORDER BY key`,
} as const;

/** Notes an override in place of the one the server may have. */
export const setOverride = (store: Store, override: Override): Result<void, Fault> =>
  attempt(store, () => {
    change(store, sql.set, {
      key: override.key,
      backend: override.backend,
      server: override.server,
      label: override.label,
      state: override.state,
      by: override.by,
      why: orNull(override.why),
      since: override.since,
      deadline: orNull(override.deadline),
      window: orNull(override.window),
    });
  });

/** Forgets a server's override. Returns whether it had one. */
export const clearOverride = (store: Store, key: string): Result<boolean, Fault> =>
  attempt(store, () => change(store, sql.clear, { key }).changes > 0);

/** Every override, by key. */
export const overrides = (store: Store): Result<readonly Override[], Fault> =>
  attempt(store, () => all(store, sql.list, {}, overrideOf));

const overrideOf = (row: Row): Override => ({
  key: text(row, 'key'),
  backend: text(row, 'backend'),
  server: text(row, 'server'),
  label: text(row, 'label'),
  state: text(row, 'state') as Override['state'],
  by: text(row, 'who'),
  why: maybeText(row, 'why'),
  since: integer(row, 'since'),
  deadline: maybeInteger(row, 'deadline'),
  window: maybeInteger(row, 'window_id'),
});
