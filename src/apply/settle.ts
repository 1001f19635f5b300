import type { Fault, Result } from '#lib';
import { ok } from '#lib';
import { install, prune } from '#engines/haproxy';
import { pruneRevisions, revisionChain, revisions, setConfiguration, setText } from '#store';
import { faultPoint, now } from '#system';

import type { Machine } from './machine.ts';
import { writeRecord } from './record.ts';
import type { Standing } from './standing.ts';
import { textOf } from './text-of.ts';

/** How many earlier configurations are kept, so that one can go back to the very certificates it had. */
const KEPT_CONFIGURATIONS = 20;

/** How many revisions are kept. */
const KEPT_REVISIONS = 1_000;

/** Brings the files on disk up to what is in force: the next start or reload begins from them. */
export function settle(machine: Machine, { revision, file, desired }: Standing, digest: string): Result<void, Fault> {
  const { state, store, version } = machine;
  const installed = install(state.haproxy, digest);
  if (!installed.ok) return installed;
  faultPoint('files-installed');
  const record = { file, at: now(), digest, engine: version.number, revision: revision.number, desired };
  const written = writeRecord(state, record);
  if (!written.ok) return written;
  faultPoint('record-written');
  return setConfiguration(store, revision.number, digest);
}

/** How many patches may lie on each other before the whole text is written down. */
const LONGEST_CHAIN = 200;

/** Writes down the whole text of a revision where many patches lie on each other: reading them all would take ever longer. */
export function shorten({ store }: Machine, number: number): Result<void, Fault> {
  const chain = revisionChain(store, number);
  if (!chain.ok) return chain;
  if (chain.value.length <= LONGEST_CHAIN) return ok(undefined);
  const text = textOf(store, number);
  return text.ok ? setText(store, number, text.value) : text;
}

/** Forgets configurations and revisions that are too old to go back to. */
export function tidy({ state, store }: Machine): Result<void, Fault> {
  const pruned = pruneRevisions(store, KEPT_REVISIONS);
  if (!pruned.ok) return pruned;
  const kept = revisions(store, { limit: KEPT_REVISIONS });
  if (!kept.ok) return kept;
  // Not every revision has its own: quick changes are written to disk together.
  const digests = new Set(
    kept.value.flatMap(({ state: became, configuration }) => (became === 'failed' ? [] : (configuration ?? []))),
  );
  return prune(state.haproxy, [...digests].slice(0, KEPT_CONFIGURATIONS));
}
