import { resolve } from 'node:path';

import type { Fault, Result } from '#lib';
import { err, ok } from '#lib';
import {
  type ChangeNews,
  claimController,
  engineVersion,
  type Machine,
  openChanges,
  type OpenedChanges,
  openState,
  type Outcome,
  recover,
  type Recovery,
  type Refusal,
} from '#apply';
import { complainOf, EXIT, paint, type RunOptions, serviceInWords, type World } from '#cli';
import { health } from '#observe';
import type { Desired } from '#plan';
import { closeStore, openStore } from '#store';
import { type Listening, now, pause } from '#system';

import { personHere } from './client.ts';
import { readSpecFile } from './spec-file.ts';

export type Printer = Pick<World, 'print' | 'complain' | 'colour'>;

/** What a controller has once something is in force. */
export type Opened = {
  readonly machine: Machine;
  readonly changes: OpenedChanges;
  /** Held as long as this is the one controller of the state directory. */
  readonly claim: Listening;
};

/** Does everything up to a serving HAProxy, and says what it did. The error is said already; it is an exit code. */
export async function open(
  world: Printer,
  options: RunOptions,
  tell: (news: ChangeNews) => void,
): Promise<Result<Opened, number>> {
  const giveUp = (fault: Fault): Result<never, number> => {
    world.complain(fault.message);
    return err(EXIT.wrong);
  };
  const state = openState(options.stateDirectory);
  if (!state.ok) return giveUp(state.error);
  const version = await engineVersion();
  if (!version.ok) return giveUp(version.error);
  const claim = await claimController(state.value);
  if (!claim.ok) return giveUp(claim.error);
  const store = openStore(state.value.store);
  if (!store.ok) {
    claim.value.close();
    return giveUp(store.error);
  }
  const machine: Machine = { state: state.value, version: version.value, store: store.value };

  const recovered = await recover(machine);
  if (!recovered.ok) complainAbout(world, recovered.error);
  const recovery = recovered.ok ? recovered.value : undefined;
  if (recovery) world.print(`HAProxy ${version.value.number}: ${recoveredInWords(recovery)}`);
  const changes = openChanges(machine, recovery?.standing, tell);
  const spec = readSpecFile(store.value, options.file);
  if (!spec.ok) world.complain(spec.error.message);
  const applied = spec.ok && spec.value.edited ? await applyFile(world, machine, changes, options.file) : undefined;
  if (changes.standing() === undefined) {
    await changes.close();
    closeStore(store.value);
    claim.value.close();
    return err(EXIT.wrong);
  }
  if (applied?.ok) world.print(`HAProxy ${version.value.number}: ${outcomeInWords(applied.value)}`);
  else if (applied !== undefined || !spec.ok) {
    world.print('What was in force before goes on; mend the spec and send SIGHUP, or: vagus apply FILE');
  }
  return ok({ machine, changes, claim: claim.value });
}

function complainAbout(world: Printer, { fault, problems }: Refusal): void {
  complainOf(world, problems);
  world.complain(fault.message);
}

/** Reads the spec file and has it put in force. Says every problem, whether it was or not. */
export async function applyFile(
  world: Printer,
  { store }: Machine,
  changes: OpenedChanges,
  file: string,
): Promise<Result<Outcome, Refusal>> {
  const spec = readSpecFile(store, file);
  const why = 'the spec file';
  const applied: Result<Outcome, Refusal> = spec.ok
    ? await changes.apply(
        spec.value.text,
        { file: resolve(file), origin: 'file' },
        { by: `local:${personHere()}`, why, mayChange: () => true, gate: true },
      )
    : err({ fault: spec.error, problems: [] });
  if (applied.ok) complainOf(world, applied.value.warnings);
  else complainAbout(world, applied.error);
  return applied;
}

function recoveredInWords({ how, standing }: Recovery): string {
  const revision = `revision ${standing.revision.number}`;
  if (how === 'adopted') return `${revision} runs already; taken over as it is`;
  if (how === 'restored')
    return `what ran was something else than ${revision}, such as half a change; put right by a reload`;
  return `started on ${revision}`;
}

/** How a change came in force, in words. */
export function outcomeInWords({ how, revision, steps }: Outcome): string {
  const differences = `${steps.length} ${steps.length === 1 ? 'difference' : 'differences'}`;
  switch (how) {
    case 'nothing':
      return `revision ${revision} has this very spec already`;
    case 'none':
      return `revision ${revision} is in force; nothing of it concerns HAProxy`;
    case 'live':
      return `revision ${revision} is in force, live (${differences})`;
    case 'reload':
      return `revision ${revision} took over by a reload (${differences})`;
    case 'adopted':
      return `revision ${revision} runs already; taken over as it is`;
    case 'start':
      return `started on revision ${revision}`;
  }
}

/** How long the first checks may take before what is known is shown, ms. */
const FIRST_CHECKS = 2_000;

/** Says how every service is, once the first checks have ended. */
export async function showHealth(world: Printer, { state }: Machine, desired: Desired): Promise<void> {
  const deadline = now() + FIRST_CHECKS;
  for (;;) {
    const found = await health(state, desired);
    if (!found.ok) return;
    const servers = found.value.services.flatMap(({ pools }) => pools.flatMap((pool) => pool.servers));
    if (servers.every(({ why }) => why !== 'not checked yet') || now() >= deadline) {
      const style = paint(world.colour);
      for (const service of found.value.services)
        for (const text of serviceInWords(service, style, now())) world.print(text);
      return;
    }
    await pause(100);
  }
}
