import { type Fault, ok, type Result } from '#lib';
import { turn } from '#system';

import { type AuditHead, chained } from './audit.ts';
import { attempt, type Store } from './database.ts';
import { type Row, text } from './rows.ts';

/** Whether the audit is as it was written. `at` is the number of the first entry that is not, `why` says what is wrong in words. */
export type AuditVerdict =
  | { readonly intact: true; readonly entries: number; readonly head: AuditHead }
  | { readonly intact: false; readonly at: number; readonly why: string };

export const sql = {
  walk: 'SELECT seq, at, who, action, subject, outcome, detail, hash FROM audit WHERE seq >= :from ORDER BY seq LIMIT :page',
  head: 'SELECT entries, hash FROM audit_head',
} as const;

/** As many entries as are read at a time, a few milliseconds. */
const PAGE = 500;

/** SQLite's least integer: somebody may have put in a number that Vagus does not write. */
const LEAST = -(2n ** 63n);

/**
 * Walks the whole chain and compares it with its head; others have their turn every few milliseconds. `noted` is a head that was
 * written down elsewhere: with it a chain that was forged anew from end to end is found too.
 */
export async function verifyAudit(store: Store, noted?: AuditHead): Promise<Result<AuditVerdict, Fault>> {
  for (let last: AuditHead = { entries: 0, hash: '' }; ;) {
    const read = attempt(store, () => walk(store, last, noted));
    if (!read.ok) return read;
    const walked = read.value;
    if ('why' in walked) return ok({ intact: false, ...walked });
    // What is added while the end is compared would be missing in the one and not in the other.
    if (walked.entries - last.entries < PAGE) return attempt(store, () => compare(store, walked, noted));
    last = walked;
    await turn();
  }
}

type Broken = { readonly at: number; readonly why: string };

/** Goes on from an entry for a page. */
function walk(store: Store, from: AuditHead, noted: AuditHead | undefined): AuditHead | Broken {
  const statement = store.database.prepare(sql.walk);
  // Someone may have put in a number that JavaScript does not count exactly; that is an altered entry, not an error.
  statement.setReadBigInts(true);
  let last = from;
  for (const row of statement.iterate({ from: from.entries === 0 ? LEAST : BigInt(from.entries + 1), page: PAGE })) {
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
