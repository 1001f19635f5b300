import { resolve } from 'node:path';

import type { Fault, Result } from '#lib';
import { ok } from '#lib';
import { digestOfText } from '#apply';
import { lastTakenFromFile, revisions, type Store } from '#store';
import { readText } from '#system';

/** The user's spec file beside what was last taken from it. */
export type SpecFile = { readonly text: string; readonly edited: boolean };

/**
 * Reads the spec file, and whether it says something else than what was last taken from it and put in force. What was
 * taken back since is not new either: nobody wanted it, or it did harm.
 */
export function readSpecFile(store: Store, file: string): Result<SpecFile, Fault> {
  const path = resolve(file);
  const text = readText(path);
  if (!text.ok) return text;
  const taken = lastTakenFromFile(store, path);
  if (!taken.ok) return taken;
  const digest = digestOfText(text.value);
  if (taken.value?.fileDigest === digest) return ok({ text: text.value, edited: false });
  const recent = revisions(store, { limit: RECENT });
  if (!recent.ok) return recent;
  const undone = recent.value.find((one) => one.file === path && one.origin === 'file' && one.state === 'undone');
  const isUndone = undone?.fileDigest === digest && undone.number > (taken.value?.number ?? 0);
  return ok({ text: text.value, edited: !isUndone });
}

/** How many revisions back a spec is looked for that was taken back. */
const RECENT = 100;

/** How often to look whether the spec file was edited, ms. */
const LOOK = 1_000;

export type SpecFileWatch = {
  /** True where the file says something else than what was last taken from it. */
  readonly isEdited: () => boolean;
  readonly close: () => void;
};

/**
 * Looks at the spec file again and again, and reports once for each edit that it is not what was last taken from it. Only
 * what says the same at two looks: what is being written is no spec yet, though it may well read as one.
 */
export function watchSpecFile(store: Store, file: string, onEdit: () => void): SpecFileWatch {
  let seen: string | undefined;
  let reported: string | undefined;
  const look = (): SpecFile | undefined => {
    const spec = readSpecFile(store, file);
    return spec.ok ? spec.value : undefined;
  };
  const clock = setInterval(() => {
    const spec = look();
    const isWritten = spec?.text === seen;
    seen = spec?.text;
    if (spec === undefined || !isWritten || spec.text === reported) return;
    reported = spec.text;
    if (spec.edited) onEdit();
  }, LOOK);
  return { isEdited: () => look()?.edited === true, close: () => clearInterval(clock) };
}
