import { resolve } from 'node:path';

import type { Fault, Result } from '#lib';
import { err, ok } from '#lib';
import {
  type Complaint,
  digestOf,
  install,
  installed,
  judge,
  keep,
  type Processes,
  processes,
  prune,
  reload,
  render,
  type Rendered,
  stage,
  start,
  stop,
  type Version,
} from '#engines/haproxy';
import { type Desired, type Step, stepsBetween } from '#plan';
import type { Problem } from '#spec';
import { isRoot, now, remove } from '#system';

import { fault } from './errors.ts';
import type { Prepared } from './prepare.ts';
import { readRecord, writeRecord } from './record.ts';
import type { State } from './state.ts';

export type Applied = {
  /** `adopted`: HAProxy was running this very configuration, left by a controller that ended. */
  readonly how: 'started' | 'reloaded' | 'adopted';
  readonly digest: string;
  readonly steps: readonly Step[];
  readonly warnings: readonly Problem[];
  readonly processes: Processes;
};

/** Why a spec was not applied. With it, all that is wrong with the spec, at its lines. */
export type Refusal = { readonly fault: Fault; readonly problems: readonly Problem[] };

/** The user that HAProxy's workers become when root starts it; Debian's package makes it. */
const WORKER_USER = 'haproxy';

/** What HAProxy would be given for a desired state, on this machine. */
export const renderFor = (state: State, desired: Desired): Rendered =>
  render(desired, { runDirectory: state.haproxy.run, user: isRoot() ? WORKER_USER : undefined });

/**
 * Puts a prepared spec in force: stage, let HAProxy judge the exact files, install them in one step, start or reload,
 * confirm that the new worker serves. Refused at any step, everything is as it was.
 */
export async function apply(state: State, version: Version, prepared: Prepared): Promise<Result<Applied, Refusal>> {
  const { desired, problems } = prepared;
  if (desired === undefined) {
    const count = problems.filter(({ severity }) => severity === 'error').length;
    const message = `${prepared.file} has ${count === 1 ? 'an error' : `${count} errors`}; nothing was changed`;
    return err({ fault: fault('apply-invalid', message), problems });
  }
  const rendered = renderFor(state, desired);
  const digest = digestOf(rendered);
  const judged = await judgeStaged(state, version, prepared, rendered, digest);
  if (!judged.ok) return judged;

  const before = installed(state.haproxy);
  const record = readRecord(state);
  const steps = stepsBetween(record.ok ? record.value?.desired : undefined, desired);
  const done = await putInForce(state, version, desired, digest);
  if (!done.ok) return refuse(done.error);
  const written = writeRecord(state, { file: resolve(prepared.file), at: now(), digest, engine: version.number, desired });
  if (!written.ok) return refuse(fault('apply-record', written.error.message, written.error));
  const pruned = prune(state.haproxy, [digest, before]);
  if (!pruned.ok) return refuse(pruned.error);
  return ok({ ...done.value, digest, steps, warnings: [...problems, ...judged.value] });
}

/** Writes the files where nothing reads them, and keeps them only if HAProxy accepts them. Returns its warnings. */
async function judgeStaged(
  state: State,
  version: Version,
  prepared: Prepared,
  rendered: Rendered,
  digest: string,
): Promise<Result<readonly Problem[], Refusal>> {
  const staged = stage(state.haproxy, rendered);
  if (!staged.ok) return refuse(staged.error);
  const judged = await judge(version, staged.value, rendered);
  const complaints = judged.ok ? judged.value.map((complaint) => atSpec(complaint, prepared)) : [];
  if (!judged.ok || complaints.some(({ severity }) => severity === 'error')) {
    const removed = remove(staged.value);
    const message = `HAProxy ${version.number} refused the configuration; nothing was changed`;
    const why = judged.ok ? fault('apply-invalid', message) : judged.error;
    return err({ fault: removed.ok ? why : removed.error, problems: complaints });
  }
  const kept = keep(state.haproxy, staged.value, digest);
  return kept.ok ? ok(complaints) : refuse(kept.error);
}

/** An engine's complaint as a problem of the spec, at the line that led to it. */
function atSpec({ severity, message, path }: Complaint, prepared: Prepared): Problem {
  const place = path ?? [];
  return { code: 'engine-complaint', severity, message: `HAProxy: ${message}`, path: place, location: prepared.locate(place) };
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
  if (before !== undefined) {
    const restored = install(layout, before);
    if (!restored.ok) return restored;
  }
  return taken;
}

const refuse = (why: Fault): Result<never, Refusal> => err({ fault: why, problems: [] });

/** Ends the engines in order: see the engine's own `stop`. `grace` in ms. Returns false where something was cut. */
export const stopEngines = (state: State, grace: number): Promise<boolean> => stop(state.haproxy, grace);
