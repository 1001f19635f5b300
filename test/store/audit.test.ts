import * as fc from 'fast-check';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, describe, expect, test } from 'vitest';
import { appendAudit, auditEntries, auditHead, auditTrail, type AuditVerdict, type Store, verifyAudit } from '#store';

import { endPrograms } from '../support/programs.ts';
import { closeStores, codeOf, temporaryStore, together, value } from './support.ts';

afterAll(async () => {
  closeStores();
  await endPrograms();
});

const BY = ['anna', 'ben'] as const;
const ACTIONS = ['apply', 'drain', 'login'] as const;

function fill(store: Store, count: number): void {
  together(store, () => {
    for (let n = 1; n <= count; n++) {
      const [by, action] = [BY[n % 2] ?? 'anna', ACTIONS[n % 3] ?? 'apply'];
      value(
        appendAudit(store, { at: 1_000 * n, by, action, subject: `s${n}`, outcome: 'done', detail: { n, ü: 'é\n"' } }),
      );
    }
  });
}

/** Changes the file behind the store’s back, as somebody with a tool and time would. */
function tamper(store: Store, sql: string): void {
  const other = new DatabaseSync(store.file);
  for (const name of ['update', 'delete']) other.exec(`DROP TRIGGER IF EXISTS audit_no_${name}`);
  for (const name of ['in_order', 'head_no_delete', 'head_forward']) other.exec(`DROP TRIGGER IF EXISTS audit_${name}`);
  other.exec('PRAGMA ignore_check_constraints = ON');
  other.exec(sql);
  other.close();
}

const seqs = (entries: readonly { readonly seq: number }[]): readonly number[] => entries.map(({ seq }) => seq);

test('entries come back as they were written, numbered without a gap', () => {
  const store = temporaryStore();
  fill(store, 3);
  const entries = value(auditEntries(store, { limit: 10 }));
  expect(seqs(entries)).toEqual([1, 2, 3]);
  expect(entries[0]).toMatchObject({
    at: 1_000,
    by: 'ben',
    action: 'drain',
    subject: 's1',
    outcome: 'done',
    detail: { n: 1, ü: 'é\n"' },
  });
  expect(entries[0]?.hash).toMatch(/^[0-9a-f]{64}$/);
});

describe('entries are found', () => {
  const store = temporaryStore();
  fill(store, 12);
  test.each([
    ['after a number', { after: 10 }, [11, 12]],
    ['before a number', { before: 3 }, [1, 2]],
    ['of a person', { by: 'anna' }, [2, 4, 6, 8, 10, 12]],
    ['of an action', { action: 'apply' }, [3, 6, 9, 12]],
    ['of both', { by: 'anna', action: 'apply' }, [6, 12]],
    ['since a time', { since: 11_000 }, [11, 12]],
    ['the newest first', { first: 'newest', limit: 2 }, [12, 11]],
    ['the newest of a person', { first: 'newest', by: 'ben', limit: 2 }, [11, 9]],
    ['none', { by: 'carl' }, []],
  ] as const)('%s', (_, filter, found) => {
    expect(seqs(value(auditEntries(store, { limit: 100, ...filter })))).toEqual(found);
  });
});

test('the whole of it can be walked, however long', async () => {
  const store = temporaryStore();
  fill(store, 1_203);
  expect(seqs([...auditTrail(store)].map((entry) => value(entry)))).toEqual(
    Array.from({ length: 1_203 }, (_, n) => n + 1),
  );
  expect([...auditTrail(store, 1_200)]).toHaveLength(3);
  expect(value(await verifyAudit(store))).toEqual({ intact: true, entries: 1_203, head: value(auditHead(store)) });
});

test('what was altered far from the beginning is found', async () => {
  const store = temporaryStore();
  fill(store, 1_203);
  tamper(store, "UPDATE audit SET who = 'mallory' WHERE seq = 1001; DELETE FROM audit WHERE seq > 1100");
  expect(value(await verifyAudit(store))).toMatchObject({ intact: false, at: 1_001 });
});

test('an empty audit is intact', async () => {
  expect(value(await verifyAudit(temporaryStore()))).toMatchObject({ intact: true, entries: 0 });
});

test.each([
  'UPDATE audit SET who = who WHERE seq = 2',
  'DELETE FROM audit WHERE seq = 3',
  'REPLACE INTO audit SELECT * FROM audit WHERE seq = 2',
  `INSERT INTO audit VALUES (9, 1, 'x', 'x', 'x', 'done', 'null', 'x')`,
  'DELETE FROM audit_head',
  'UPDATE audit_head SET entries = 2',
])('SQLite itself refuses: %s', async (sql) => {
  const store = temporaryStore();
  fill(store, 3);
  const other = new DatabaseSync(store.file);
  expect(() => other.exec(sql)).toThrow('the audit is only added to');
  other.close();
  expect(value(await verifyAudit(store))).toMatchObject({ intact: true, entries: 3 });
});

describe('whatever is done to it behind its back is found', () => {
  const LENGTH = 8;
  const seq = fc.integer({ min: 1, max: LENGTH });
  const alteration = fc.oneof(
    fc
      .record({ seq, column: fc.constantFrom('who', 'action', 'subject', 'detail', 'hash') })
      .map(({ seq: n, column }) => ({
        at: n,
        sql: `UPDATE audit SET ${column} = ${column} || ' ' WHERE seq = ${n}`,
      })),
    fc.record({ seq, by: fc.constantFrom('1', '-1', '9007199254740993') }).map(({ seq: n, by }) => ({
      at: n,
      sql: `UPDATE audit SET at = at + ${by} WHERE seq = ${n}`,
    })),
    seq.map((n) => ({ at: n, sql: `UPDATE audit SET outcome = 'refused' WHERE seq = ${n}` })),
    // Removed, from the middle or the end; with the head left as it is, and with it moved to what is left.
    seq.map((n) => ({ at: n, sql: `DELETE FROM audit WHERE seq = ${n}` })),
    seq.map((n) => ({ at: n, sql: `DELETE FROM audit WHERE seq >= ${n}` })),
    seq.map((n) => ({
      at: Math.max(1, n - 1),
      sql: `DELETE FROM audit WHERE seq >= ${n}; UPDATE audit_head SET entries = ${n - 1}`,
    })),
    // Removed and the rest moved up.
    fc.integer({ min: 1, max: LENGTH - 1 }).map((n) => ({
      at: n,
      sql: `DELETE FROM audit WHERE seq = ${n}; UPDATE audit SET seq = -seq WHERE seq > ${n}; UPDATE audit SET seq = -seq - 1 WHERE seq < 0;
        UPDATE audit_head SET entries = entries - 1`,
    })),
    // Added: at the end, and where there was room before the first.
    fc.constant({
      at: LENGTH + 1,
      sql: `INSERT INTO audit SELECT seq + 1, at, who, action, subject, outcome, detail, hash FROM audit ORDER BY seq DESC LIMIT 1;
        UPDATE audit_head SET entries = entries + 1`,
    }),
    fc.constantFrom('0', '-1', '9223372036854775807').map((n) => ({
      at: Number(n) > 0 ? LENGTH + 1 : 1,
      sql: `INSERT INTO audit SELECT ${n}, at, who, action, subject, outcome, detail, hash FROM audit WHERE seq = 1`,
    })),
    // Reordered.
    fc
      .tuple(seq, seq)
      .filter(([a, b]) => a !== b)
      .map(([a, b]) => ({
        at: Math.min(a, b),
        sql: `UPDATE audit SET seq = -1 WHERE seq = ${a}; UPDATE audit SET seq = ${a} WHERE seq = ${b}; UPDATE audit SET seq = ${b} WHERE seq = -1`,
      })),
    // The head.
    fc.constantFrom("hash = 'x'", 'entries = 7', 'entries = 9', 'entries = 9223372036854775807').map((change) => ({
      at: undefined,
      sql: `UPDATE audit_head SET ${change}`,
    })),
    fc.constant({ at: undefined, sql: 'DELETE FROM audit_head' }),
  );

  const store = temporaryStore();
  fill(store, LENGTH);
  const save = `CREATE TABLE IF NOT EXISTS saved AS SELECT * FROM audit; CREATE TABLE IF NOT EXISTS saved_head AS SELECT * FROM audit_head`;
  const restore = `DELETE FROM audit; INSERT INTO audit SELECT * FROM saved; DELETE FROM audit_head; INSERT INTO audit_head SELECT * FROM saved_head`;

  test('altered, removed, added, moved, or cut off', { timeout: 60_000 }, async () => {
    tamper(store, save);
    const intact = value(await verifyAudit(store));
    await fc.assert(
      fc.asyncProperty(alteration, async ({ at, sql }) => {
        tamper(store, sql);
        const verdict: AuditVerdict = value(await verifyAudit(store));
        tamper(store, restore);
        expect(verdict.intact, sql).toBe(false);
        if (at !== undefined && !verdict.intact) expect(verdict.at, `${sql}: ${verdict.why}`).toBe(at);
        expect(value(await verifyAudit(store))).toEqual(intact);
      }),
      { numRuns: 150 },
    );
  });
});

test('a chain that was forged anew from end to end is found by a head that was noted', async () => {
  const store = temporaryStore();
  fill(store, 5);
  const noted = value(auditHead(store));
  fill(store, 2);
  expect(value(await verifyAudit(store, noted)).intact).toBe(true);
  const forged = temporaryStore();
  fill(forged, 4);
  value(appendAudit(forged, { at: 1, by: 'mallory', action: 'apply', subject: 'x', outcome: 'done' }));
  fill(forged, 2);
  expect(value(await verifyAudit(forged)).intact).toBe(true);
  expect(value(await verifyAudit(forged, noted))).toMatchObject({ intact: false, at: 5 });
  const shorter = temporaryStore();
  fill(shorter, 3);
  expect(value(await verifyAudit(shorter, noted))).toMatchObject({ intact: false, at: 4 });
});

test('without its head nothing more is written', () => {
  const store = temporaryStore();
  fill(store, 1);
  tamper(store, 'DELETE FROM audit_head');
  const refused = appendAudit(store, { at: 1, by: 'anna', action: 'apply', subject: 'x', outcome: 'done' });
  expect(codeOf(refused)).toBe('store-unreadable');
});
