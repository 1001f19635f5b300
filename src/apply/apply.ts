import { resolve } from 'node:path';

import type { Fault, Result } from '#lib';
import { ok } from '#lib';
import {
  install,
  installed,
  keep,
  type Processes,
  processes,
  prune,
  reload,
  start,
  stop,
  type Version,
} from '#engines/haproxy';
import { type Desired, type Step, stepsBetween } from '#plan';
import type { Problem } from '#spec';
import { now } from '#system';

import { fault } from './errors.ts';
import { judgePrepared, refuse, type Refusal } from './judge.ts';
import type { Prepared } from './prepare.ts';
import { readRecord, writeRecord } from './record.ts';
import type { State } from './state.ts';

export type Applied = {
  /** `adopted`: HAProxy was running this very configuration, left by a controller that ended. */
  readonly how: 'started' | 'reloaded' | 'adopted';
  readonly digest: string;
  /** What is now true of the engines. */
  readonly desired: Desired;
  readonly steps: readonly Step[];
  readonly warnings: readonly Problem[];
  readonly processes: Processes;
};

/**
 * Puts a prepared spec in force: stage, let HAProxy judge the exact files, install them in one step, start or reload,
 * confirm that the new worker serves. Refused at any step, everything is as it was.
 */
export async function apply(state: State, version: Version, prepared: Prepared): Promise<Result<Applied, Refusal>> {
  const judged = await judgePrepared(state, version, prepared);
  if (!judged.ok) return judged;
  const { desired, digest, staged, warnings } = judged.value;
  const kept = keep(state.haproxy, staged, digest);
  if (!kept.ok) return refuse(kept.error);

  const before = installed(state.haproxy);
  const record = readRecord(state);
  const steps = stepsBetween(record.ok ? record.value?.desired : undefined, desired);
  const done = await putInForce(state, version, desired, digest);
  if (!done.ok) return refuse(done.error);
  const written = writeRecord(state, {
    file: resolve(prepared.file),
    at: now(),
    digest,
    engine: version.number,
    desired,
  });
  if (!written.ok) return refuse(fault('apply-record', written.error.message, written.error));
  const pruned = prune(state.haproxy, [digest, before]);
  if (!pruned.ok) return refuse(pruned.error);
  return ok({ ...done.value, digest, desired, steps, warnings });
}

async function putInForce(
  state: State,
  version: Version,
  desired: Desired,
  digest: string,
): Promise<Result<Pick<Applied, 'how' | 'processes'>, Fault>> {
  const layout = state.haproxy;
  const before = installed(layout);
  const running = await processes(layout);
  if (running.ok && before === digest) return ok({ how: 'adopted', processes: running.value });
  const linked = install(layout, digest);
  if (!linked.ok) return linked;
  const taken = running.ok ? await reload(layout, desired) : await start(layout, version);
  if (taken.ok) return ok({ how: running.ok ? 'reloaded' : 'started', processes: taken.value });
  const restored = before === undefined ? ok(undefined) : install(layout, before);
  if (!restored.ok) return restored;
  const pruned = prune(layout, [before]);
  return pruned.ok ? taken : pruned;
}

/** Ends the engines in order: see the engine's own `stop`. `grace` in ms. Returns false where something was cut. */
export const stopEngines = (state: State, grace: number): Promise<boolean> => stop(state.haproxy, grace);
