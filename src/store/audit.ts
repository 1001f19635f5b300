import { createHash } from 'node:crypto';
import type { Fault, Result } from '#lib';
import { err, ok } from '#lib';

import { all, attempt, change, one, type Store, transaction } from './database.ts';
import { json, integer, orNull, type Row, text } from './rows.ts';
import { unreadable } from './trouble.ts';

/** What somebody did, or tried to. */
export type NewAuditEntry = {
  readonly at: number;
  readonly by: string;
  /** What was done, such as `server.drain`. */
  readonly action: string;
  /** What it was done to. */
  readonly subject: string;
  readonly outcome: 'done' | 'refused' | 'failed';
  /** Anything that JSON can hold; no secrets, nothing of patients. */
  readonly detail?: unknown;
};

export type AuditEntry = NewAuditEntry & {
  /** 1, 2, 3 … without a gap. */
  readonly seq: number;
  /** SHA-256 of the entry and the hash before it, in hex. */
  readonly hash: string;
};

/** How many entries there are, and the hash of the last one; empty where there is none. */
export type AuditHead = { readonly entries: number; readonly hash: string };

export type AuditFilter = {
  /** Only entries with numbers above this one. */
  readonly after?: number | undefined;
  /** Only entries with numbers below this one. */
  readonly before?: number | undefined;
  readonly limit: number;
  readonly by?: string | undefined;
  readonly action?: string | undefined;
  readonly outcome?: AuditEntry['outcome'] | undefined;
  /** Only entries in which this text stands, in whatever case: in who, action, subject or detail. */
  readonly text?: string | undefined;
  /** Only entries from this time on. */
  readonly since?: number | undefined;
  /** Only entries before this time. */
  readonly until?: number | undefined;
  /** `oldest` first unless told `newest`: which of many the limit leaves. */
  readonly first?: 'oldest' | 'newest' | undefined;
};

const COLUMNS = 'seq, at, who, action, subject, outcome, detail, hash';

/** One query for each index that can lead, in either direction; the other filters look at what it finds. */
const list = (leading: string, order: 'ASC' | 'DESC') => `SELECT ${COLUMNS} FROM audit
  WHERE ${leading} seq > :after AND seq < :before
    AND (:by IS NULL OR who = :by) AND (:action IS NULL OR action = :action) AND (:outcome IS NULL OR outcome = :outcome)
    AND (:since IS NULL OR at >= :since) AND (:until IS NULL OR at < :until)
    AND (:text IS NULL OR instr(lower(who || ' ' || action || ' ' || subject || ' ' || detail), lower(:text)) > 0)
  ORDER BY seq ${order} LIMIT :limit`;

const lists = (leading: string) => ({ oldest: list(leading, 'ASC'), newest: list(leading, 'DESC') });

export const listSql = {
  byPerson: lists('who = :by AND'),
  byAction: lists('action = :action AND'),
  byNumber: lists(''),
} as const;

export const sql = {
  head: 'SELECT entries, hash FROM audit_head WHERE one = 1',
  moveHead: 'UPDATE audit_head SET entries = :seq, hash = :hash WHERE one = 1',
  append: `INSERT INTO audit (${COLUMNS}) VALUES (:seq, :at, :by, :action, :subject, :outcome, :detail, :hash)`,
} as const;

/** Adds an entry, and returns it with its number. */
export function appendAudit(store: Store, entry: NewAuditEntry): Result<AuditEntry, Fault> {
  return transaction(store, () => {
    const head = auditHead(store);
    if (!head.ok) return head;
    const { at, by, action, subject, outcome } = entry;
    const row = {
      seq: head.value.entries + 1,
      at,
      by,
      action,
      subject,
      outcome,
      detail: JSON.stringify(entry.detail ?? null),
    };
    const hash = chained(row, head.value.hash);
    const added = attempt(store, () => {
      change(store, sql.append, { ...row, hash });
      change(store, sql.moveHead, { seq: row.seq, hash });
    });
    return added.ok ? ok({ ...entry, seq: row.seq, hash }) : added;
  });
}

/** Entries that match, at most `limit`. */
export function auditEntries(store: Store, filter: AuditFilter): Result<readonly AuditEntry[], Fault> {
  const { byPerson, byAction, byNumber } = listSql;
  const leading = filter.by !== undefined ? byPerson : filter.action !== undefined ? byAction : byNumber;
  const values = {
    after: filter.after ?? 0,
    before: filter.before ?? Number.MAX_SAFE_INTEGER,
    limit: filter.limit,
    by: orNull(filter.by),
    action: orNull(filter.action),
    outcome: orNull(filter.outcome),
    text: orNull(filter.text),
    since: orNull(filter.since),
    until: orNull(filter.until),
  };
  return attempt(store, () => all(store, leading[filter.first ?? 'oldest'], values, entryOf));
}

/** How many entries there are, and the hash of the last one. */
export function auditHead(store: Store): Result<AuditHead, Fault> {
  const head = attempt(store, () => one(store, sql.head, {}, headOf));
  if (!head.ok) return head;
  return head.value ? ok(head.value) : err(unreadable(store.file, 'the audit has lost its head'));
}

const PAGE = 500;

/** Every entry after the given one, oldest first, read a page at a time. Ends after a fault. */
export function* auditTrail(store: Store, after = 0): Generator<Result<AuditEntry, Fault>, void> {
  for (let last = after; ;) {
    const page = auditEntries(store, { after: last, limit: PAGE });
    if (!page.ok) {
      yield page;
      return;
    }
    for (const entry of page.value) yield ok(entry);
    const end = page.value.at(-1);
    if (end === undefined) return;
    last = end.seq;
  }
}

/** An entry as it is hashed: numbers may have been read as bigints, the detail is the text that the column holds. */
export type HashedRow = {
  readonly seq: number | bigint;
  readonly at: number | bigint;
  readonly by: string;
  readonly action: string;
  readonly subject: string;
  readonly outcome: string;
  readonly detail: string;
};

/** SHA-256 over the entry as one JSON array that ends with the hash before it (empty for the first). */
export const chained = ({ seq, at, by, action, subject, outcome, detail }: HashedRow, before: string): string =>
  createHash('sha256')
    .update(JSON.stringify([String(seq), String(at), by, action, subject, outcome, detail, before]))
    .digest('hex');

const headOf = (row: Row): AuditHead => ({ entries: integer(row, 'entries'), hash: text(row, 'hash') });

const entryOf = (row: Row): AuditEntry => ({
  seq: integer(row, 'seq'),
  at: integer(row, 'at'),
  by: text(row, 'who'),
  action: text(row, 'action'),
  subject: text(row, 'subject'),
  outcome: text(row, 'outcome') as AuditEntry['outcome'],
  detail: json(row, 'detail'),
  hash: text(row, 'hash'),
});
