import type { Fault, Result } from '#lib';
import { err, ok } from '#lib';
import { patchText, type SpecPatch } from '#spec';
import { revisionChain, type Store } from '#store';

import { fault } from './errors.ts';

/** The text of a revision: the whole one that it rests on, and each patch laid over it. */
export function textOf(store: Store, number: number): Result<string, Fault> {
  const chain = revisionChain(store, number);
  if (!chain.ok) return chain;
  const [whole, ...patches] = chain.value;
  if (whole?.text === undefined) return err(fault('apply-no-revision', `there is no revision ${number}, or no more`));
  return ok(patchText(whole.text, ...patches.map(({ patch }) => patch as SpecPatch)));
}
