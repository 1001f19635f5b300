import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { Fault, Result } from '#lib';
import { err, ok } from '#lib';

import { fault } from './errors.ts';
import type { Row } from './rows.ts';
import { faultOf } from './trouble.ts';

/** An open store. Made by `openStore`; whoever made it closes it. */
export type Store = {
  readonly file: string;
  readonly database: DatabaseSync;
  readonly statements: Map<string, StatementSync>;
  /** How many transactions lie within each other at the moment. */
  readonly nesting: { depth: number };
};

export type Values = Readonly<Record<string, SQLInputValue>>;

/** Does something with the database; what SQLite throws becomes a fault. */
export function attempt<T>(store: Store, act: () => T): Result<T, Fault> {
  // After some errors SQLite takes a transaction back by itself. What is written after that would be on its own.
  if (store.nesting.depth > 0 && !store.database.isTransaction) return err(takenBack(store));
  try {
    return ok(act());
  } catch (thrown) {
    return err(faultOf(store.file, thrown));
  }
}

/**
 * Makes the writes of `act` one: all of them are kept where it answers ok, and none where it answers a fault, throws, or the
 * commit fails. Within another transaction it is a part that can be taken back on its own.
 */
export function transaction<T>(store: Store, act: () => Result<T, Fault>): Result<T, Fault> {
  const [begin, commit, rollback] = store.nesting.depth === 0 ? WHOLE : PART;
  const begun = attempt(store, () => store.database.exec(begin));
  if (!begun.ok) return begun;
  store.nesting.depth += 1;
  try {
    const done = act();
    const kept = done.ok ? attempt(store, () => store.database.exec(commit)) : done;
    if (!kept.ok) takeBack(store, rollback);
    return kept.ok ? done : kept;
  } catch (thrown) {
    takeBack(store, rollback);
    throw thrown;
  } finally {
    store.nesting.depth -= 1;
  }
}

const WHOLE = ['BEGIN IMMEDIATE', 'COMMIT', 'ROLLBACK'] as const;
const PART = ['SAVEPOINT part', 'RELEASE part', 'ROLLBACK TO part; RELEASE part'] as const;

function takeBack(store: Store, rollback: string): void {
  if (store.database.isTransaction) store.database.exec(rollback);
}

const takenBack = (store: Store): Fault =>
  fault('store-write', `${store.file}: the change was taken back after an error; nothing was changed`);

/**
 * A write that need not survive a power cut: it waits for no disk (a kill of the program loses nothing all the same). Within a
 * transaction it is as durable as that.
 */
export function attemptCheaply<T>(store: Store, act: () => T): Result<T, Fault> {
  return cheaply(store, () => attempt(store, act));
}

/** The same for several writes that are one. */
export const transactionCheaply = <T>(store: Store, act: () => Result<T, Fault>): Result<T, Fault> =>
  cheaply(store, () => transaction(store, act));

function cheaply<T>(store: Store, act: () => T): T {
  if (store.database.isTransaction) return act();
  store.database.exec('PRAGMA synchronous = NORMAL');
  try {
    return act();
  } finally {
    store.database.exec('PRAGMA synchronous = FULL');
  }
}

/** The rows a query finds, each as `read` makes it. Throws as SQLite does: call it within `attempt`. */
export const all = <T>(store: Store, sql: string, values: Values, read: (row: Row) => T): readonly T[] =>
  prepared(store, sql).all(values).map(read);

/** The first row a query finds. Throws as SQLite does: call it within `attempt`. */
export function one<T>(store: Store, sql: string, values: Values, read: (row: Row) => T): T | undefined {
  const row = prepared(store, sql).get(values);
  return row && read(row);
}

/** Does a write, and returns the id of the row it made and how many it changed. Throws as SQLite does: call it within `attempt`. */
export function change(store: Store, sql: string, values: Values): { readonly id: number; readonly changes: number } {
  const { lastInsertRowid, changes } = prepared(store, sql).run(values);
  return { id: Number(lastInsertRowid), changes: Number(changes) };
}

/** A write to the one row that `what` names; a fault where there is none. */
export function changeOne(store: Store, what: string, sql: string, values: Values): Result<void, Fault> {
  const done = attempt(store, () => change(store, sql, values).changes);
  if (!done.ok) return done;
  return done.value > 0 ? ok(undefined) : err(fault('store-rule', `there is no ${what}; nothing was changed`));
}

function prepared(store: Store, sql: string): StatementSync {
  const known = store.statements.get(sql);
  if (known) return known;
  const statement = store.database.prepare(sql);
  store.statements.set(sql, statement);
  return statement;
}
