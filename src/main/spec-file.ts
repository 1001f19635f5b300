import { resolve } from 'node:path';

import type { Fault, Result } from '#lib';
import { ok } from '#lib';
import { digestOfText } from '#apply';
import { lastTakenFromFile, type Store } from '#store';
import { readText } from '#system';

/** The user's spec file beside what was last taken from it. */
export type SpecFile = { readonly text: string; readonly edited: boolean };

/** Reads the spec file, and whether it says something else than what was last taken from it and put in force. */
export function readSpecFile(store: Store, file: string): Result<SpecFile, Fault> {
  const text = readText(resolve(file));
  const taken = text.ok ? lastTakenFromFile(store, resolve(file)) : text;
  if (!text.ok) return text;
  if (!taken.ok) return taken;
  return ok({ text: text.value, edited: taken.value?.fileDigest !== digestOfText(text.value) });
}

/** How often to look whether the spec file was edited, ms. */
const LOOK = 1_000;

export type SpecFileWatch = {
  /** True where the file says something else than what was last taken from it. */
  readonly isEdited: () => boolean;
  readonly close: () => void;
};

/** Looks at the spec file again and again, and reports once for each edit that it is not what was last taken from it. */
export function watchSpecFile(store: Store, file: string, onEdit: () => void): SpecFileWatch {
  let reported: string | undefined;
  const look = (): SpecFile | undefined => {
    const spec = readSpecFile(store, file);
    return spec.ok ? spec.value : undefined;
  };
  const clock = setInterval(() => {
    const spec = look();
    if (spec === undefined || spec.text === reported) return;
    reported = spec.text;
    if (spec.edited) onEdit();
  }, LOOK);
  return { isEdited: () => look()?.edited === true, close: () => clearInterval(clock) };
}
