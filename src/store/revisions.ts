import type { Fault, Result } from '#lib';

import { all, attempt, change, changeOne, one, type Store } from './database.ts';
import { json, jsonOrNull, maybeInteger, maybeText, integer, orNull, type Row, text, truth } from './rows.ts';

/** Where a revision came from: the spec file, a whole text or a patch through the API, an older revision, or Vagus itself. */
export type Origin = 'file' | 'api' | 'patch' | 'rollback' | 'vagus';

/**
 * What became of a revision. `applying`: under way. In force are `watching` (undone should it hurt), `unconfirmed` (undone unless
 * somebody confirms it) and `applied`. `failed`: never in force. `undone`: was, and was taken back.
 */
export type RevisionState = 'applying' | 'watching' | 'unconfirmed' | 'applied' | 'failed' | 'undone';

/** A revision without what it says. */
export type RevisionSummary = {
  readonly number: number;
  /** The revision it was made from; for a patch, the one it is a patch on. */
  readonly parent: number | undefined;
  /** Milliseconds since 1970, as every time here. */
  readonly at: number;
  readonly by: string;
  readonly why: string | undefined;
  readonly origin: Origin;
  readonly file: string | undefined;
  readonly fileDigest: string | undefined;
  readonly state: RevisionState;
  /** How it came in force: `start`, `reload`, `live`, `none`. */
  readonly how: string | undefined;
  readonly detail: unknown;
  /** The name of the engine's configuration. */
  readonly configuration: string | undefined;
  readonly confirmBy: number | undefined;
  /** Why it failed or was undone. */
  readonly reason: string | undefined;
  /** True where it holds a whole text rather than a patch. */
  readonly whole: boolean;
};

export type Revision = RevisionSummary & {
  /** The spec as it was given; undefined for a patch. */
  readonly text: string | undefined;
  /** A JSON merge patch (RFC 7396) on the parent's plain value; undefined for a whole text. */
  readonly patch: unknown;
};

export type NewRevision = {
  readonly parent?: number | undefined;
  readonly at: number;
  readonly by: string;
  readonly why?: string | undefined;
  readonly origin: Origin;
  readonly file?: string | undefined;
  readonly fileDigest?: string | undefined;
  /** One of `text` and `patch` is given; a patch needs a parent. */
  readonly text?: string | undefined;
  readonly patch?: unknown;
};

export type RevisionEnd = {
  readonly state: 'applied' | 'watching' | 'unconfirmed' | 'failed';
  readonly how?: string | undefined;
  /** Anything that JSON can hold. */
  readonly detail?: unknown;
  readonly configuration?: string | undefined;
  readonly confirmBy?: number | undefined;
  readonly reason?: string | undefined;
};

const SUMMARY = `number, parent, at, who, why, origin, file, file_digest, state, how, detail, configuration, confirm_by, reason,
  text IS NOT NULL AS whole`;

const LINK = 'number, parent, text IS NOT NULL AS whole';

export const sql = {
  begin: `INSERT INTO revisions (parent, at, who, why, origin, file, file_digest, text, patch, state)
    VALUES (:parent, :at, :by, :why, :origin, :file, :fileDigest, :text, :patch, 'applying')`,
  end: `UPDATE revisions SET state = :state, how = :how, detail = :detail,
    configuration = coalesce(:configuration, configuration), confirm_by = :confirmBy, reason = :reason
    WHERE number = :number AND state = 'applying'`,
  mark: 'UPDATE revisions SET state = :state, reason = coalesce(:reason, reason) WHERE number = :number',
  text: 'UPDATE revisions SET text = :text WHERE number = :number',
  configuration: 'UPDATE revisions SET configuration = :digest WHERE number = :number',
  current: `SELECT ${SUMMARY}, text, patch FROM revisions WHERE good = 1 ORDER BY number DESC LIMIT 1`,
  get: `SELECT ${SUMMARY}, text, patch FROM revisions WHERE number = :number`,
  list: `SELECT ${SUMMARY} FROM revisions WHERE number < :before ORDER BY number DESC LIMIT :limit`,
  unfinished: `SELECT ${SUMMARY} FROM revisions WHERE state = 'applying' ORDER BY number`,
  fromFile: `SELECT ${SUMMARY}, text, patch FROM revisions
    WHERE file = :file AND origin = 'file' AND good = 1 ORDER BY number DESC LIMIT 1`,
  chain: `WITH RECURSIVE chain AS (
      SELECT ${LINK} FROM revisions WHERE number = :number
      UNION SELECT revisions.number, revisions.parent, text IS NOT NULL
        FROM chain CROSS JOIN revisions ON revisions.number = chain.parent WHERE NOT chain.whole
    ) SELECT ${SUMMARY}, text, patch FROM revisions WHERE number IN (SELECT number FROM chain) ORDER BY number`,
  prune: `WITH RECURSIVE kept AS (
      SELECT ${LINK} FROM revisions WHERE number > (SELECT max(number) FROM revisions) - :keep
      UNION SELECT * FROM (SELECT ${LINK} FROM revisions WHERE good = 1 ORDER BY number DESC LIMIT :keep)
      UNION SELECT ${LINK} FROM revisions WHERE state = 'applying'
      UNION SELECT max(number), parent, text IS NOT NULL FROM revisions WHERE origin = 'file' AND good = 1 GROUP BY file
      UNION SELECT revisions.number, revisions.parent, text IS NOT NULL
        FROM kept CROSS JOIN revisions ON revisions.number = kept.parent WHERE NOT kept.whole
    ) DELETE FROM revisions WHERE number NOT IN (SELECT number FROM kept)`,
} as const;

/** Notes that a revision is being put in force, and returns its number. Numbers are never used twice. */
export const beginRevision = (store: Store, made: NewRevision): Result<number, Fault> =>
  attempt(
    store,
    () =>
      change(store, sql.begin, {
        parent: orNull(made.parent),
        at: made.at,
        by: made.by,
        why: orNull(made.why),
        origin: made.origin,
        file: orNull(made.file),
        fileDigest: orNull(made.fileDigest),
        text: orNull(made.text),
        patch: jsonOrNull(made.patch),
      }).id,
  );

/** Notes how putting a revision in force ended. `store-rule` where it is not under way. */
export const endRevision = (store: Store, number: number, end: RevisionEnd): Result<void, Fault> =>
  changeOne(store, `revision ${number} under way`, sql.end, {
    number,
    state: end.state,
    how: orNull(end.how),
    detail: jsonOrNull(end.detail),
    configuration: orNull(end.configuration),
    confirmBy: orNull(end.confirmBy),
    reason: orNull(end.reason),
  });

/** Notes what became of a revision later: confirmed, undone, or found unfinished and failed. */
export const markRevision = (
  store: Store,
  number: number,
  state: 'applied' | 'undone' | 'failed',
  reason?: string,
): Result<void, Fault> => changeOne(store, `revision ${number}`, sql.mark, { number, state, reason: orNull(reason) });

/** Notes under which name the engine's configuration of a revision lies on disk. */
export const setConfiguration = (store: Store, number: number, digest: string): Result<void, Fault> =>
  changeOne(store, `revision ${number}`, sql.configuration, { number, digest });

/** Notes the whole text of a revision that was a patch: what is laid over it afterwards begins from it. */
export const setText = (store: Store, number: number, whole: string): Result<void, Fault> =>
  changeOne(store, `revision ${number}`, sql.text, { number, text: whole });

/** The revision in force; undefined where there never was one. */
export const currentRevision = (store: Store): Result<Revision | undefined, Fault> =>
  attempt(store, () => one(store, sql.current, {}, revisionOf));

/** The revision of that number; undefined where there is none, or none any more. */
export const revision = (store: Store, number: number): Result<Revision | undefined, Fault> =>
  attempt(store, () => one(store, sql.get, { number }, revisionOf));

/** Revisions with numbers below `before`, newest first. */
export const revisions = (
  store: Store,
  { before, limit }: { readonly before?: number | undefined; readonly limit: number },
): Result<readonly RevisionSummary[], Fault> =>
  attempt(store, () => all(store, sql.list, { before: before ?? Number.MAX_SAFE_INTEGER, limit }, summaryOf));

/** Revisions whose putting in force was begun and never ended, oldest first: what a killed controller leaves. */
export const unfinishedRevisions = (store: Store): Result<readonly RevisionSummary[], Fault> =>
  attempt(store, () => all(store, sql.unfinished, {}, summaryOf));

/** The newest revision in force, now or before, that was taken from a spec file. */
export const lastTakenFromFile = (store: Store, file: string): Result<Revision | undefined, Fault> =>
  attempt(store, () => one(store, sql.fromFile, { file }, revisionOf));

/** What a revision consists of: the whole text it rests on, then each patch in order, itself last. Empty where there is no such revision. */
export const revisionChain = (store: Store, number: number): Result<readonly Revision[], Fault> =>
  attempt(store, () => all(store, sql.chain, { number }, revisionOf));

/**
 * Forgets old revisions, and returns how many. Kept are the newest `keep`, the newest `keep` that were in force, those under way, the
 * last one taken from each file, and whatever any of them is a patch on.
 */
export const pruneRevisions = (store: Store, keep: number): Result<number, Fault> =>
  attempt(store, () => change(store, sql.prune, { keep: Math.max(1, keep) }).changes);

const summaryOf = (row: Row): RevisionSummary => ({
  number: integer(row, 'number'),
  parent: maybeInteger(row, 'parent'),
  at: integer(row, 'at'),
  by: text(row, 'who'),
  why: maybeText(row, 'why'),
  origin: text(row, 'origin') as Origin,
  file: maybeText(row, 'file'),
  fileDigest: maybeText(row, 'file_digest'),
  state: text(row, 'state') as RevisionState,
  how: maybeText(row, 'how'),
  detail: json(row, 'detail'),
  configuration: maybeText(row, 'configuration'),
  confirmBy: maybeInteger(row, 'confirm_by'),
  reason: maybeText(row, 'reason'),
  whole: truth(row, 'whole'),
});

const revisionOf = (row: Row): Revision => ({
  ...summaryOf(row),
  text: maybeText(row, 'text'),
  patch: json(row, 'patch'),
});
