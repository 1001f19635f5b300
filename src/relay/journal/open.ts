import { randomBytes } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';

import { err, type Fault, messageOf, ok, type Result } from '#lib';
import { exists, writeAtomically } from '#system';

import { fault } from '../errors.ts';
import { APPLICATION_ID, migrations } from './schema.ts';

/** How long a write waits for another program that holds the file, ms. */
const PATIENCE = 1_000;

/** How large the log may stay once its content was moved into the file, bytes. */
const LOG_BYTES = 64 * 1024 * 1024;

/** SQLite's page cache, KiB. */
const CACHE_KIB = 16 * 1024;

/**
 * Opens a journal, and makes it where there is none, readable by its owner only. What is committed with `synchronous=FULL` has
 * survived a power cut. Nothing is read through: a journal of a million messages opens as quickly as an empty one. Error:
 * `relay-journal`.
 */
export function openFile(file: string): Result<DatabaseSync, Fault> {
  if (!exists(file)) {
    const made = writeAtomically(file, '', 0o600);
    if (!made.ok) return made;
  }
  try {
    const database = new DatabaseSync(file, { timeout: PATIENCE });
    database.exec(
      `PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = ${LOG_BYTES}; PRAGMA cache_size = -${CACHE_KIB}`,
    );
    return migrate(database) ? ok(database) : err(fault('relay-journal', `${file} is not a journal of this version`));
  } catch (thrown) {
    return err(fault('relay-journal', `${file}: ${messageOf(thrown)}`, thrown));
  }
}

function migrate(database: DatabaseSync): boolean {
  const application = database.prepare('PRAGMA application_id').get()?.['application_id'];
  const version = Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
  if (version > migrations.length || (version > 0 && application !== APPLICATION_ID)) return false;
  for (const [index, sql] of migrations.entries()) {
    if (index < version) continue;
    database.exec(
      `BEGIN IMMEDIATE; ${sql}; PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${index + 1}; COMMIT`,
    );
  }
  return true;
}

/** The key with which control ids are hashed; made the first time it is asked for. */
export function hashKeyOf(database: DatabaseSync): Buffer {
  database
    .prepare(`INSERT OR IGNORE INTO settings (name, value) VALUES ('hash-key', ?)`)
    .run(new Uint8Array(randomBytes(32)));
  const value = database.prepare(`SELECT value FROM settings WHERE name = 'hash-key'`).get()?.['value'];
  return Buffer.from(value as Uint8Array);
}
