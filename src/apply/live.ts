import type { Fault, Result } from '#lib';
import { err, ok } from '#lib';
import { act, setServerState } from '#engines/haproxy';
import { inverse, type LiveAction } from '#plan';
import { overrides } from '#store';
import { faultPoint } from '#system';

import type { Machine } from './machine.ts';

/** Why live actions were not done, and whether those done before the one that failed were taken back. */
export type HalfDone = { readonly why: Fault; readonly restored: boolean };

/** Does live actions in order. Where one fails, those before it are taken back, the last first. */
export async function actAll(machine: Machine, actions: readonly LiveAction[]): Promise<Result<void, HalfDone>> {
  const done: LiveAction[] = [];
  for (const action of actions) {
    const acted = await actOne(machine, action);
    if (!acted.ok) return err({ why: acted.error, restored: await takeBack(machine, done) });
    done.push(action);
    faultPoint('between-live-actions');
  }
  return ok(undefined);
}

/** Takes live actions back, the last first. False where one of them could not be: then only a reload makes it certain. */
export async function takeBack(machine: Machine, done: readonly LiveAction[]): Promise<boolean> {
  for (const action of done.toReversed()) {
    const undone = await actOne(machine, inverse(action));
    if (!undone.ok) return false;
  }
  return true;
}

/** A server that comes, or comes back, begins ready: people may have drained it. */
async function actOne({ state, version, store }: Machine, action: LiveAction): Promise<Result<void, Fault>> {
  const acted = await act(state.haproxy, version, action);
  if (!acted.ok || action.kind !== 'server' || action.from !== undefined || action.to === undefined) return acted;
  const found = overrides(store);
  if (!found.ok) return found;
  const key = `${action.backend.name}/${action.to.name}`;
  const override = found.value.find((candidate) => candidate.key === key);
  return override ? setServerState(state.haproxy, override.backend, override.server, override.state) : acted;
}
