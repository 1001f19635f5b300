import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';

import { err, messageOf, ok, type Result } from '#lib';

/** What is asked of a journal in SQL, each text prepared once. */
export type Statements = {
  readonly prepared: (sql: string) => StatementSync;
  readonly run: (sql: string, ...values: SQLInputValue[]) => { readonly id: number; readonly changes: number };
  /** Does several writes as one. `synchronous`: FULL outlives a power cut, NORMAL the end of the process. */
  together<T>(synchronous: 'FULL' | 'NORMAL', act: () => T): Result<T, Failure>;
  close(): void;
};

/** Why a write failed. Plain data, for it may come from another thread. */
export type Failure = { readonly code: 'relay-journal' | 'relay-journal-full'; readonly message: string };

/** SQLite's result code for a disk without room (https://sqlite.org/rescode.html#full). */
const FULL = 13;

export function openStatements(database: DatabaseSync): Statements {
  const known = new Map<string, StatementSync>();

  function prepared(sql: string): StatementSync {
    const statement = known.get(sql) ?? database.prepare(sql);
    known.set(sql, statement);
    return statement;
  }

  return {
    prepared,
    run(sql, ...values) {
      const { lastInsertRowid, changes } = prepared(sql).run(...values);
      return { id: Number(lastInsertRowid), changes: Number(changes) };
    },
    together(synchronous, act) {
      try {
        database.exec(`PRAGMA synchronous = ${synchronous}; BEGIN IMMEDIATE`);
        const value = act();
        database.exec('COMMIT');
        return ok(value);
      } catch (thrown) {
        if (database.isTransaction) database.exec('ROLLBACK');
        return err(failureOf(thrown));
      }
    },
    close() {
      known.clear();
      database.close();
    },
  };
}

const failureOf = (thrown: unknown): Failure =>
  thrown instanceof Error && 'errcode' in thrown && (Number(thrown.errcode) & 0xff) === FULL
    ? { code: 'relay-journal-full', message: 'the disk with the journal is full' }
    : { code: 'relay-journal', message: `the journal can not be written: ${messageOf(thrown)}` };
