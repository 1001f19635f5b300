import type { Fault, Result } from '#lib';
import { ok } from '#lib';
import {
  apply,
  type Applied,
  claimController,
  engineVersion,
  openState,
  prepare,
  whatRuns,
  type Refusal,
  type State,
} from '#apply';
import { complainOf, EXIT, paint, type RunOptions, serviceInWords, type World } from '#cli';
import type { Version } from '#engines/haproxy';
import { health } from '#observe';
import type { Desired } from '#plan';
import { now, pause } from '#system';

export type Printer = Pick<World, 'print' | 'complain' | 'colour'>;

/** What a controller has once its spec is in force. */
export type Opened = {
  readonly state: State;
  readonly version: Version;
  readonly desired: Desired;
  /** The pid of HAProxy's master process. */
  readonly master: number;
  /** Held as long as this is the one controller of the state directory. */
  readonly claim: { close(): void };
};

/** Does everything up to a serving HAProxy, and says what it did. The error is said already; it is an exit code. */
export async function open(world: Printer, options: RunOptions): Promise<Result<Opened, number>> {
  const state = openState(options.stateDirectory);
  if (!state.ok) return giveUp(world, state.error);
  const version = await engineVersion();
  if (!version.ok) return giveUp(world, version.error);
  const claim = await claimController(state.value, process.pid);
  if (!claim.ok) return giveUp(world, claim.error);
  const applied = await applyFile(world, state.value, version.value, options.file);
  const inForce = applied.ok ? applied.value : await whatRuns(state.value);
  if (inForce === undefined) {
    claim.value.close();
    return { ok: false, error: EXIT.wrong };
  }
  const words = applied.ok
    ? appliedInWords(applied.value)
    : 'what was applied before goes on; mend the spec and send SIGHUP';
  world.print(`HAProxy ${version.value.number}: ${words}`);
  const { desired, processes } = inForce;
  await showHealth(world, state.value, desired);
  return ok({ state: state.value, version: version.value, desired, master: processes.master, claim: claim.value });
}

function giveUp(world: Printer, fault: Fault): Result<never, number> {
  world.complain(fault.message);
  return { ok: false, error: EXIT.wrong };
}

/** Reads a spec file and applies it. Says every problem, whether it was applied or not. */
export async function applyFile(
  world: Printer,
  state: State,
  version: Version,
  file: string,
): Promise<Result<Applied, Refusal>> {
  const prepared = prepare(file);
  const applied: Result<Applied, Refusal> = prepared.ok
    ? await apply(state, version, prepared.value)
    : { ok: false, error: { fault: prepared.error, problems: [] } };
  complainOf(world, applied.ok ? applied.value.warnings : applied.error.problems);
  if (!applied.ok) world.complain(applied.error.fault.message);
  return applied;
}

export function appliedInWords({ how, digest, steps }: Applied): string {
  const differences = `${steps.length} ${steps.length === 1 ? 'difference' : 'differences'}`;
  if (how === 'adopted') return `configuration ${digest} runs already; taken over as it is`;
  if (how === 'reloaded') return `configuration ${digest} took over by a reload (${differences})`;
  return `started on configuration ${digest}`;
}

/** How long the first checks may take before what is known is shown, ms. */
const FIRST_CHECKS = 2_000;

async function showHealth(world: Printer, state: State, desired: Desired): Promise<void> {
  const deadline = now() + FIRST_CHECKS;
  for (;;) {
    const found = await health(state.haproxy, desired);
    if (!found.ok) return;
    const servers = found.value.services.flatMap(({ pools }) => pools.flatMap((pool) => pool.servers));
    if (servers.every(({ why }) => why !== 'not checked yet') || now() >= deadline) {
      const style = paint(world.colour);
      for (const service of found.value.services) for (const text of serviceInWords(service, style)) world.print(text);
      return;
    }
    await pause(100);
  }
}
