import { spawnSync } from 'node:child_process';
import {
  closeSync,
  copyFileSync,
  existsSync,
  openSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { ok } from '#lib';
import {
  appendAudit,
  appendEvent,
  auditEntries,
  beginRevision,
  closeStore,
  currentRevision,
  endRevision,
  lastEventId,
  openStore,
  revision,
  revisions,
  setOverride,
  type Store,
  transaction,
  verifyAudit,
} from '#store';

import { endPrograms, startProgram, temporaryDirectory } from '../support/programs.ts';
import { waitFor } from '../support/wait.ts';
import { closeStores, codeOf, temporaryStore, together, value } from './support.ts';

afterAll(async () => {
  closeStores();
  await endPrograms();
});

const place = (): string => join(temporaryDirectory('store'), 'vagus.db');

function fill(store: Store, count: number, size = 500): void {
  together(store, () => {
    for (let at = 1; at <= count; at++) {
      value(appendAudit(store, { at, by: 'anna', action: 'drain', subject: 'portal/web1', outcome: 'done' }));
      const number = value(
        beginRevision(store, { at, by: 'anna', origin: 'api', text: `# ${at} ${'x'.repeat(size)}` }),
      );
      value(endRevision(store, number, { state: 'applied' }));
    }
  });
}

/** A closed store with something in it. */
function filled(size?: number): string {
  const file = place();
  const store = value(openStore(file));
  fill(store, 200, size);
  closeStore(store);
  return file;
}

test('what was written is there when the store is opened again', async () => {
  const file = filled();
  const store = value(openStore(file));
  expect(value(currentRevision(store))?.number).toBe(200);
  expect(value(await verifyAudit(store))).toMatchObject({ intact: true, entries: 200 });
  closeStore(store);
  closeStore(store);
});

test('only its owner can read it, and what SQLite keeps beside it', () => {
  const store = temporaryStore();
  fill(store, 1);
  const modes = ['', '-wal', '-shm'].map((end) => statSync(store.file + end).mode & 0o777);
  expect(modes).toEqual([0o600, 0o600, 0o600]);
});

describe('a file that is not a whole store is refused, and left as it is', () => {
  const cases: Readonly<Record<string, (file: string) => void>> = {
    garbage: (file) => writeFileSync(file, Buffer.alloc(20_000, 'no database ')),
    'an empty file': (file) => writeFileSync(file, ''),
    'a file cut in half': (file) => truncateSync(file, Math.floor(statSync(file).size / 8192) * 4096),
    'a file cut within a page': (file) => truncateSync(file, statSync(file).size - 1_000),
    'a file with only its first page': (file) => truncateSync(file, 4_096),
    'a file with a page overwritten': (file) => overwrite(file, 5 * 4_096, Buffer.alloc(4_096, 0xa5)),
    'a header overwritten': (file) => overwrite(file, 0, Buffer.alloc(100, 0xa5)),
    'a database of another program': (file) => {
      writeFileSync(file, '');
      truncateSync(file, 0);
      const database = new DatabaseSync(file);
      database.exec('CREATE TABLE patients (name TEXT)');
      database.close();
    },
  };
  test.each(Object.keys(cases))('%s', (name) => {
    const file = filled();
    cases[name]?.(file);
    const before = readFileSync(file);
    const refused = openStore(file);
    expect(codeOf(refused)).toBe('store-unreadable');
    expect(refused.ok ? '' : refused.error.message).toMatch(/cannot be read.*[Tt]raffic goes on.*backup/);
    expect(readFileSync(file).equals(before)).toBe(true);
  });
});

function overwrite(file: string, at: number, bytes: Buffer): void {
  const descriptor = openSync(file, 'r+');
  writeSync(descriptor, bytes, 0, bytes.length, at);
  closeSync(descriptor);
}

test('a page that is damaged while the store is open is a fault, not a throw', () => {
  // More than SQLite keeps in memory of what it read when it opened the store.
  const file = filled(50_000);
  const store = value(openStore(file));
  for (let page = 2; page * 4_096 < statSync(file).size; page++) {
    overwrite(file, page * 4_096, Buffer.alloc(4_096, 0xa5));
  }
  const codes = Array.from({ length: 200 }, (_, index) => codeOf(revision(store, index + 1)));
  codes.push(codeOf(auditEntries(store, { limit: 1_000 })), codeOf(revisions(store, { limit: 1_000 })));
  expect(codes).toContain('store-unreadable');
  expect(new Set(codes).difference(new Set(['ok', 'store-unreadable']))).toEqual(new Set());
  closeStore(store);
});

test('a store of a newer version is refused, and left as it is', () => {
  const file = filled();
  const database = new DatabaseSync(file);
  database.exec('PRAGMA user_version = 999');
  database.close();
  const refused = openStore(file);
  expect(codeOf(refused)).toBe('store-newer');
  expect(refused.ok ? '' : refused.error.message).toMatch(/newer version.*traffic goes on/);
});

test('a log that outlived its store is not played into a new one', () => {
  const file = place();
  const other = temporaryStore();
  fill(other, 3);
  copyFileSync(`${other.file}-wal`, `${file}-wal`);
  const store = value(openStore(file));
  expect(value(revisions(store, { limit: 10 }))).toEqual([]);
  closeStore(store);
});

describe('a transaction', () => {
  const note = (store: Store, at: number) =>
    appendAudit(store, { at, by: 'anna', action: 'drain', subject: 'portal/web1', outcome: 'done' });
  const times = (store: Store) => value(auditEntries(store, { limit: 10 })).map(({ at }) => at);
  const refused = (store: Store) => endRevision(store, 7, { state: 'applied' });

  test('keeps all of its writes', () => {
    const store = temporaryStore();
    value(transaction(store, () => (note(store, 1).ok ? note(store, 2) : note(store, 3))));
    expect(times(store)).toEqual([1, 2]);
  });

  test('keeps none where it ends in a fault', () => {
    const store = temporaryStore();
    const done = transaction(store, () => (note(store, 1).ok ? refused(store) : ok(undefined)));
    expect(codeOf(done)).toBe('store-rule');
    expect(times(store)).toEqual([]);
  });

  test('keeps none where it throws', () => {
    const store = temporaryStore();
    const act = () =>
      transaction(store, () => {
        value(note(store, 1));
        throw new Error('a bug');
      });
    expect(act).toThrow('a bug');
    expect(times(store)).toEqual([]);
    value(note(store, 2));
    expect(times(store)).toEqual([2]);
  });

  test('within another takes back only its own', () => {
    const store = temporaryStore();
    value(
      transaction(store, () => {
        value(note(store, 1));
        expect(transaction(store, () => (note(store, 2).ok ? refused(store) : ok(undefined))).ok).toBe(false);
        value(appendEvent(store, { at: 3, tone: 'good', text: 'within' }));
        return note(store, 3);
      }),
    );
    expect(times(store)).toEqual([1, 3]);
  });
});

test('another program that holds the file makes a fault that says to try again', () => {
  const store = temporaryStore();
  const other = new DatabaseSync(store.file);
  other.exec('BEGIN IMMEDIATE');
  const refused = appendEvent(store, { at: 1, tone: 'good', text: 'x' });
  expect(refused.ok ? undefined : refused.error).toMatchObject({ code: 'store-busy', kind: { retry: 'safe' } });
  other.exec('ROLLBACK');
  expect(codeOf(appendEvent(store, { at: 1, tone: 'good', text: 'x' }))).toBe('ok');
  other.close();
});

test('what a killed controller had acknowledged is there, whole and in order', async () => {
  const file = place();
  for (let kill = 1; kill <= 3; kill++) {
    const writer = startProgram(process.execPath, [join(import.meta.dirname, 'writer.ts'), file]);
    const acknowledged = () => Number(writer.output().trim().split('\n').at(-1) ?? 0);
    await waitFor('the writer has written a while', () => acknowledged() > 30 * kill || !writer.running());
    await writer.kill();
    expect(acknowledged(), writer.output()).toBeGreaterThan(30 * kill);
    const store = value(openStore(file));
    const verdict = value(await verifyAudit(store));
    const all = value(revisions(store, { limit: 100_000 }));
    expect(verdict).toMatchObject({ intact: true, entries: all.length });
    expect(all.length).toBeGreaterThanOrEqual(acknowledged());
    expect(all.filter(({ state }) => state !== 'applied')).toEqual([]);
    expect(value(lastEventId(store))).toBeGreaterThanOrEqual(acknowledged());
    closeStore(store);
  }
});

test('a full disk is a fault, nothing is half written, and with room it goes on', async ({ skip }) => {
  const directory = temporaryDirectory('full');
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=700k', 'tmpfs', directory]).status !== 0) skip();
  onTestFinished(() => void spawnSync('umount', ['--lazy', directory]));
  const file = join(directory, 'vagus.db');
  const store = value(openStore(file));
  const ballast = join(directory, 'ballast');
  writeFileSync(ballast, Buffer.alloc(100_000));
  const text = 'x'.repeat(20_000);
  let kept = 0;
  const write = () =>
    transaction(store, () => {
      const entry = appendAudit(store, { at: kept, by: 'anna', action: 'apply', subject: 'x', outcome: 'done' });
      if (!entry.ok) return entry;
      const number = beginRevision(store, { at: kept, by: 'anna', origin: 'api', text });
      return number.ok ? endRevision(store, number.value, { state: 'applied' }) : number;
    });
  let last = write();
  for (; last.ok && kept < 100; last = write()) kept += 1;
  expect(codeOf(last)).toBe('store-full');
  expect(last.ok ? '' : last.error.message).toMatch(/disk is full; nothing was changed/);

  const whole = async () => {
    expect(value(revisions(store, { limit: 1_000 })).map(({ state }) => state)).toEqual(Array(kept).fill('applied'));
    expect(value(await verifyAudit(store))).toMatchObject({ intact: true, entries: kept });
  };
  await whole();
  const override = {
    key: 'a/b',
    backend: 'a',
    server: 'b',
    label: 'a/b',
    state: 'drain',
    by: 'anna',
    since: 1,
  } as const;
  expect(['ok', 'store-full']).toContain(codeOf(setOverride(store, override)));
  truncateSync(ballast, 0);
  value(write());
  kept += 1;
  await whole();
  closeStore(store);
  const again = value(openStore(file));
  expect(value(await verifyAudit(again))).toMatchObject({ intact: true, entries: kept });
  closeStore(again);
});

test('a store that finds no room to begin with is refused as full', ({ skip }) => {
  const directory = temporaryDirectory('full');
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=16k', 'tmpfs', directory]).status !== 0) skip();
  onTestFinished(() => void spawnSync('umount', ['--lazy', directory]));
  const file = join(directory, 'vagus.db');
  expect(codeOf(openStore(file))).toBe('store-full');
  expect(existsSync(file)).toBe(false);
});

test('a disk that has become read-only is said to be so', ({ skip }) => {
  const directory = temporaryDirectory('read-only');
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', directory]).status !== 0) skip();
  onTestFinished(() => void spawnSync('umount', ['--lazy', directory]));
  const file = join(directory, 'vagus.db');
  closeStore(value(openStore(file)));
  if (spawnSync('mount', ['-o', 'remount,ro', directory]).status !== 0) skip();
  const refused = openStore(file);
  expect(codeOf(refused)).toBe('store-write');
  expect(refused.ok ? '' : refused.error.message).toContain('nothing was changed');
});
