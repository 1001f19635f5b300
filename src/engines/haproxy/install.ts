import { createHash, randomUUID } from 'node:crypto';
import { basename, join } from 'node:path';

import type { Fault, Result } from '#lib';
import { ok, Secret } from '#lib';
import { exists, isAlive, linkAtomically, linkTarget, list, remove, rename, writeAtomically, writeTree } from '#system';

import type { Layout } from './layout.ts';
import { CONFIGURATION, type Rendered } from './render/index.ts';
import { NO_STATES } from './states.ts';

/** What the name of a staged directory begins with; the pid of whoever staged it follows. */
const STAGED = '.staged-';

/** The name of a configuration: the same files have the same digest. */
export function digestOf(rendered: Rendered): string {
  const hash = createHash('sha256');
  for (const [name, content] of [...rendered.files].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`${name}\0${reveal(content)}\0`);
  }
  return hash.digest('hex').slice(0, 16);
}

/** The digest of the configuration that the link points to, or undefined where none was ever installed. */
export function installed(layout: Layout): string | undefined {
  const target = linkTarget(layout.current);
  return target !== undefined && exists(join(layout.current, CONFIGURATION)) ? basename(target) : undefined;
}

/**
 * Writes the files into a directory of their own, where nothing reads them yet. Returns that directory. The server-state
 * file lies outside of it, and HAProxy complains where there is none.
 */
export function stage(layout: Layout, rendered: Rendered): Result<string, Fault> {
  const directory = join(layout.configurations, `${STAGED}${process.pid}-${randomUUID()}`);
  const states = exists(layout.serverStates) ? ok(undefined) : writeAtomically(layout.serverStates, NO_STATES);
  if (!states.ok) return states;
  const files = new Map([...rendered.files].map(([name, content]) => [name, reveal(content)]));
  const written = writeTree(directory, files, layout.current);
  if (written.ok) return ok(directory);
  // Half of it would take the room that was lacking.
  const removed = remove(directory);
  return removed.ok ? written : removed;
}

/** Gives a staged directory its final name. */
export function keep(layout: Layout, staged: string, digest: string): Result<void, Fault> {
  const directory = join(layout.configurations, digest);
  return exists(directory) ? remove(staged) : rename(staged, directory);
}

/** Points the link, in one step, to a kept configuration: the next start or reload reads it. */
export const install = (layout: Layout, digest: string): Result<void, Fault> =>
  linkAtomically(layout.current, join('configurations', digest));

/** Removes every configuration but these and the one that runs, and what a process that is gone had staged. */
export function prune(layout: Layout, digests: readonly (string | undefined)[]): Result<void, Fault> {
  const names = list(layout.configurations);
  if (!names.ok) return names;
  const kept = new Set([...digests, installed(layout)]);
  const isStagedNow = (name: string) =>
    name.startsWith(STAGED) && isAlive(Number.parseInt(name.slice(STAGED.length), 10));
  for (const name of names.value.filter((candidate) => !kept.has(candidate) && !isStagedNow(candidate))) {
    const removed = remove(join(layout.configurations, name));
    if (!removed.ok) return removed;
  }
  return ok(undefined);
}

const reveal = (content: string | Secret): string => (content instanceof Secret ? content.reveal() : content);
