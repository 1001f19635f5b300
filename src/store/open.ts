import { DatabaseSync } from 'node:sqlite';
import type { Fault, Result } from '#lib';
import { err, ok } from '#lib';
import { exists, remove, rename, writeAtomically } from '#system';

import { attempt, one, type Store, transaction } from './database.ts';
import { fault } from './errors.ts';
import { integer, text } from './rows.ts';
import { APPLICATION_ID, migrations } from './schema.ts';
import { faultOf, full, unreadable } from './trouble.ts';

/** How long a write waits for another program that holds the file, in ms. Only a backup or a person with a tool does. */
const PATIENCE = 1_000;

/**
 * Opens the store in a file, and makes it where there is none, readable by its owner only. An older one is brought up to date.
 * Refused: `store-unreadable` (damaged, cut off, empty, or not a store), `store-newer`, `store-full`, `store-write`.
 */
export function openStore(file: string): Result<Store, Fault> {
  if (!exists(file)) {
    const made = make(file);
    if (!made.ok) return made;
  }
  const store = connect(file);
  if (!store.ok) return store;
  const ready = prepare(store.value);
  if (!ready.ok) closeStore(store.value);
  return ready.ok ? store : ready;
}

/** Closes a store; one that is closed stays so. Nothing that was written depends on it. */
export function closeStore(store: Store): void {
  store.statements.clear();
  if (store.database.isOpen) store.database.close();
}

/** Makes the file beside its place and moves it there complete: an empty file is never taken for a new store. */
function make(file: string): Result<void, Fault> {
  const beside = `${file}.new`;
  // A log that outlived its store would be played into the new one.
  for (const stale of [beside, `${beside}-journal`, `${file}-wal`, `${file}-shm`]) {
    const removed = remove(stale);
    if (!removed.ok) return err(notMade(file, removed.error));
  }
  const created = writeAtomically(beside, '', 0o600);
  if (!created.ok) return err(notMade(file, created.error));
  const store = connect(beside);
  if (!store.ok) return store;
  const marked = attempt(store.value, () => store.value.database.exec(`PRAGMA application_id = ${APPLICATION_ID}`));
  const migrated = marked.ok ? migrate(store.value) : marked;
  closeStore(store.value);
  if (!migrated.ok) return migrated;
  const moved = rename(beside, file);
  return moved.ok ? moved : err(notMade(file, moved.error));
}

function notMade(file: string, why: Fault): Fault {
  const { cause } = why;
  const isFull = cause instanceof Error && 'code' in cause && cause.code === 'ENOSPC';
  return isFull ? full(file, why) : fault('store-write', `${file} cannot be made: ${why.message}`, why);
}

function connect(file: string): Result<Store, Fault> {
  try {
    const database = new DatabaseSync(file, { timeout: PATIENCE });
    return ok({ file, database, statements: new Map(), nesting: { depth: 0 } });
  } catch (thrown) {
    return err(faultOf(file, thrown));
  }
}

function prepare(store: Store): Result<void, Fault> {
  const version = readVersion(store);
  if (!version.ok) return version;
  if (version.value > migrations.length) return err(newer(store));
  const set = attempt(store, () => {
    store.database.exec('PRAGMA journal_mode = WAL');
    store.database.exec('PRAGMA synchronous = FULL');
    return one(store, 'PRAGMA quick_check(1)', {}, (row) => text(row, 'quick_check'));
  });
  if (!set.ok) return set;
  return set.value === 'ok' ? migrate(store) : err(unreadable(store.file, 'it is damaged'));
}

/** The version of the store; a fault where the file is no store of Vagus. */
function readVersion(store: Store): Result<number, Fault> {
  const read = attempt(store, () => ({
    application: one(store, 'PRAGMA application_id', {}, (row) => integer(row, 'application_id')),
    version: one(store, 'PRAGMA user_version', {}, (row) => integer(row, 'user_version')) ?? 0,
  }));
  if (!read.ok) return read;
  const isOurs = read.value.application === APPLICATION_ID;
  return isOurs ? ok(read.value.version) : err(unreadable(store.file, 'it is not a store of Vagus'));
}

function migrate(store: Store): Result<void, Fault> {
  const version = readVersion(store);
  if (!version.ok) return version;
  for (const [index, sql] of migrations.entries()) {
    if (index < version.value) continue;
    const done = transaction(store, () =>
      attempt(store, () => store.database.exec(`${sql}; PRAGMA user_version = ${index + 1}`)),
    );
    if (!done.ok) return done;
  }
  return ok(undefined);
}

const newer = (store: Store): Fault =>
  fault(
    'store-newer',
    `${store.file} was written by a newer version of Vagus; nothing was changed and traffic goes on. Run that version, or put back a backup from before the upgrade`,
  );
