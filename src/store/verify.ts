import type { Fault, Result } from '#lib';

import { type AuditHead, chained } from './audit.ts';
import { attempt, type Store } from './database.ts';
import { type Row, text } from './rows.ts';

/** Whether the audit is as it was written. `at` is the number of the first entry that is not, `why` says what is wrong in words. */
export type AuditVerdict =
  | { readonly intact: true; readonly entries: number; readonly head: AuditHead }
  | { readonly intact: false; readonly at: number; readonly why: string };

export const sql = {
  walk: 'SELECT seq, at, who, action, subject, outcome, detail, hash FROM audit ORDER BY seq',
  head: 'SELECT entries, hash FROM audit_head',
} as const;

/**
 * Walks the whole chain and compares it with its head. `noted` is a head that was written down elsewhere: with it a chain that
 * was forged anew from end to end is found too.
 */
export const verifyAudit = (store: Store, noted?: AuditHead): Result<AuditVerdict, Fault> =>
  attempt(store, () => {
    const walked = walk(store, noted);
    return 'why' in walked ? { intact: false, ...walked } : compare(store, walked, noted);
  });

type Walked = { readonly entries: number; readonly hash: string } | Broken;
type Broken = { readonly at: number; readonly why: string };

function walk(store: Store, noted: AuditHead | undefined): Walked {
  const statement = store.database.prepare(sql.walk);
  // Someone may have put in a number that JavaScript does not count exactly; that is an altered entry, not an error.
  statement.setReadBigInts(true);
  let last = { entries: 0, hash: '' };
  for (const row of statement.iterate()) {
    const seq = last.entries + 1;
    if (row['seq'] !== BigInt(seq)) return { at: seq, why: strayReason(row, seq) };
    if (chained(hashedOf(row), last.hash) !== row['hash']) return { at: seq, why: `entry ${seq} was altered` };
    last = { entries: seq, hash: text(row, 'hash') };
    if (noted?.entries === seq && noted.hash !== last.hash)
      return { at: seq, why: `entry ${seq} is not the one whose hash was noted` };
  }
  return last;
}

function compare(store: Store, walked: AuditHead, noted: AuditHead | undefined): AuditVerdict {
  const statement = store.database.prepare(sql.head);
  statement.setReadBigInts(true);
  const heads = statement.all();
  const head = heads[0];
  const { entries, hash } = walked;
  if (head === undefined || heads.length > 1)
    return { intact: false, at: Math.max(1, entries), why: 'the head of the audit is gone' };
  if (head['entries'] !== BigInt(entries)) {
    const why = `there are ${entries} entries, and the head says ${String(head['entries'])}: some were cut off or added at the end`;
    return { intact: false, at: entries + 1, why };
  }
  if (head['hash'] !== hash)
    return { intact: false, at: Math.max(1, entries), why: 'the head is not that of the last entry' };
  if (noted && noted.entries > entries)
    return { intact: false, at: entries + 1, why: `${noted.entries} entries were noted, and there are ${entries}` };
  return { intact: true, entries, head: { entries, hash } };
}

const strayReason = (row: Row, expected: number): string =>
  (row['seq'] as bigint) < BigInt(expected)
    ? `there is an entry ${String(row['seq'])}, which Vagus does not write`
    : `entry ${expected} was removed`;

const hashedOf = (row: Row) => ({
  seq: row['seq'] as bigint,
  at: row['at'] as bigint,
  by: text(row, 'who'),
  action: text(row, 'action'),
  subject: text(row, 'subject'),
  outcome: text(row, 'outcome'),
  detail: text(row, 'detail'),
});
