import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';

import type { Fault, Result } from '#lib';
import { err, messageOf, ok } from '#lib';

import { fault } from './errors.ts';

/** The text of a file, as bytes read as UTF-8. */
export function readText(path: string): Result<string, Fault> {
  return attempt(`cannot read ${path}`, () => fs.readFileSync(path, 'utf8'));
}

/** Writes a file so that a reader, or a power cut, finds the old content or the new one and nothing between. */
export function writeAtomically(path: string, content: string, mode = 0o600): Result<void, Fault> {
  return attempt(`cannot write ${path}`, () => {
    const temporary = join(dirname(path), `.${randomUUID()}.tmp`);
    writeSafely(temporary, content, mode);
    fs.renameSync(temporary, path);
    syncDirectory(dirname(path));
  });
}

/**
 * Writes files, by their names relative to a directory that nobody reads yet. Once it returns they are safe from a power cut.
 * A file that says the same below `like` is linked and not written again: no file on either side may ever be changed, only
 * replaced.
 */
export function writeTree(directory: string, files: ReadonlyMap<string, string>, like: string): Result<void, Fault> {
  return attempt(`cannot write ${directory}`, () => {
    const directories = new Set([directory]);
    for (const [name, content] of files) {
      const path = join(directory, name);
      directories.add(dirname(path));
      fs.mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      if (says(join(like, name), content)) fs.linkSync(join(like, name), path);
      else writeSafely(path, content, 0o600);
    }
    for (const path of directories) syncDirectory(path);
  });
}

function says(path: string, content: string): boolean {
  try {
    return fs.readFileSync(path, 'utf8') === content;
  } catch {
    return false;
  }
}

/** Points a symbolic link somewhere else in one step. */
export function linkAtomically(path: string, target: string): Result<void, Fault> {
  return attempt(`cannot point ${path} to ${target}`, () => {
    const temporary = join(dirname(path), `.${randomUUID()}.tmp`);
    fs.symlinkSync(target, temporary);
    fs.renameSync(temporary, path);
    syncDirectory(dirname(path));
  });
}

/** Makes a directory and those above it. */
export function makeDirectory(path: string, mode = 0o700): Result<void, Fault> {
  return attempt(`cannot make the directory ${path}`, () => void fs.mkdirSync(path, { recursive: true, mode }));
}

/**
 * Lets a group of this machine reach what it knows the name of in a directory. What is made there from now on is the group's
 * too, as far as its mode says so. A group that does not exist gets nothing.
 */
export function shareDirectory(path: string, group: string): Result<void, Fault> {
  return attempt(`cannot share ${path} with the group ${group}`, () => {
    const id = groupId(group);
    const { mode, uid } = fs.statSync(path);
    if (id === undefined) return;
    fs.chownSync(path, uid, id);
    fs.chmodSync(path, (mode & 0o777) | INHERITED | REACHED);
  });
}

/** The set-group-id bit of a directory, and the group's right to search it (inode(7)). */
const INHERITED = 0o2000;
const REACHED = 0o010;

/** The number of a group by its name (group(5)). */
function groupId(name: string): number | undefined {
  const line = fs
    .readFileSync('/etc/group', 'utf8')
    .split('\n')
    .find((each) => each.startsWith(`${name}:`));
  return line === undefined ? undefined : Number(line.split(':')[2]);
}

/** Removes a file or a directory with all it holds; one that is not there is removed already. */
export function remove(path: string): Result<void, Fault> {
  return attempt(`cannot remove ${path}`, () => fs.rmSync(path, { recursive: true, force: true }));
}

/** Renames a file or a directory. */
export function rename(from: string, to: string): Result<void, Fault> {
  return attempt(`cannot rename ${from} to ${to}`, () => fs.renameSync(from, to));
}

/** The names in a directory; none where it does not exist. */
export function list(path: string): Result<readonly string[], Fault> {
  return attempt(`cannot list ${path}`, () => (fs.existsSync(path) ? fs.readdirSync(path) : []));
}

/** Where a symbolic link points, or undefined where there is none. */
export function linkTarget(path: string): string | undefined {
  try {
    return fs.readlinkSync(path);
  } catch {
    return undefined;
  }
}

export const exists = (path: string): boolean => fs.existsSync(path);

function writeSafely(path: string, content: string, mode: number): void {
  const descriptor = fs.openSync(path, 'wx', mode);
  try {
    fs.writeFileSync(descriptor, content);
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}

function syncDirectory(path: string): void {
  const descriptor = fs.openSync(path, 'r');
  try {
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}

function attempt<T>(doing: string, act: () => T): Result<T, Fault> {
  try {
    return ok(act());
  } catch (cause) {
    return err(fault('system-file', `${doing}: ${reasonOf(cause)}`, cause));
  }
}

/** `ENOENT: no such file or directory, open '/x'` as `no such file or directory`: the doing has said the rest. */
const reasonOf = (cause: unknown): string =>
  messageOf(cause)
    .replace(/^[A-Z]+: /, '')
    .replace(/, \w+ '.*$/s, '');
