import type { Fault, Result } from '#lib';
import { err, ok } from '#lib';
import { type Complaint, digestOf, judge, keep, render, type Rendered, stage } from '#engines/haproxy';
import { judge as judgeRelay } from '#engines/relay';
import { type Desired, type Step, stepsBetween } from '#plan';
import type { Path, Problem } from '#spec';
import { isRoot, remove } from '#system';

import type { Candidate } from './candidate.ts';
import { fault, type problemKinds } from './errors.ts';
import type { Machine } from './machine.ts';
import { leavesQueues } from './queues.ts';
import { renderRelay } from './relay.ts';
import { type State, WORKER_USER } from './state.ts';

/** Why a change was not made. With it, all that is wrong with the spec, at its lines. */
export type Refusal = { readonly fault: Fault; readonly problems: readonly Problem[] };

export const refuse = (why: Fault): Result<never, Refusal> => err({ fault: why, problems: [] });

/** What HAProxy would be given for a desired state, on this machine. */
export const renderFor = (state: State, desired: Desired): Rendered =>
  render(desired, {
    runDirectory: state.haproxy.run,
    relayDirectory: state.relay.directory,
    user: isRoot() ? WORKER_USER : undefined,
  });

/** A configuration that HAProxy has accepted, kept under its digest, where nothing reads it yet. */
export type Judged = { readonly digest: string; readonly warnings: readonly Problem[] };

/** One that lies in a directory of its own still, where nothing prunes it as long as this process lives. */
export type Staged = Judged & { readonly directory: string };

type Judging = Pick<Candidate, 'desired' | 'locate'>;

/** Renders a desired state, lets HAProxy judge the exact files, and keeps them. Refused, nothing of it is left behind. */
export async function judgeAndKeep(machine: Machine, candidate: Judging): Promise<Result<Judged, Refusal>> {
  const staged = await judgeStaged(machine, candidate);
  return staged.ok ? keepStaged(machine, staged.value) : staged;
}

/** Keeps a configuration under its digest. */
export function keepStaged(
  { state }: Pick<Machine, 'state'>,
  { directory, digest, warnings }: Staged,
): Result<Judged, Refusal> {
  const kept = keep(state.haproxy, directory, digest);
  return kept.ok ? ok({ digest, warnings }) : refuse(kept.error);
}

/** What putting a candidate in force would do, with HAProxy's judgement. Leaves nothing behind. */
export async function proposal(
  machine: Pick<Machine, 'state' | 'version'>,
  running: Desired | undefined,
  candidate: Judging & Pick<Candidate, 'warnings'>,
): Promise<Result<{ readonly steps: readonly Step[]; readonly warnings: readonly Problem[] }, Refusal>> {
  const left = leavesQueues(machine.state, running, candidate);
  if (left !== undefined) return err(left);
  const staged = await judgeStaged(machine, candidate);
  if (!staged.ok) return staged;
  const removed = remove(staged.value.directory);
  if (!removed.ok) return refuse(removed.error);
  const steps = stepsBetween(running, candidate.desired, machine.version.can);
  return ok({ steps, warnings: [...candidate.warnings, ...staged.value.warnings] });
}

/** Renders a desired state and lets the engines judge it, HAProxy the exact files. Refused, nothing of it is left behind. */
export async function judgeStaged(
  { state, version }: Pick<Machine, 'state' | 'version'>,
  { desired, locate }: Judging,
): Promise<Result<Staged, Refusal>> {
  const relay = judgeRelay(desired.relays, renderRelay(state, desired), state.relay);
  if (relay.length > 0) {
    const problems = relay.map(({ message, path }) =>
      atSpec({ severity: 'error', message, path }, locate, 'the relay'),
    );
    return err({ fault: fault('apply-invalid', 'the relay refused the configuration; nothing was changed'), problems });
  }
  const rendered = renderFor(state, desired);
  const staged = stage(state.haproxy, rendered);
  if (!staged.ok) return refuse(staged.error);
  const judged = await judge(version, staged.value, rendered);
  const complaints = judged.ok ? judged.value.map((complaint) => atSpec(complaint, locate, 'HAProxy')) : [];
  if (judged.ok && !complaints.some(({ severity }) => severity === 'error')) {
    return ok({ directory: staged.value, digest: digestOf(rendered), warnings: complaints });
  }
  const removed = remove(staged.value);
  if (!removed.ok) return refuse(removed.error);
  const message = `HAProxy ${version.number} refused the configuration; nothing was changed`;
  return err({ fault: judged.ok ? fault('apply-invalid', message) : judged.error, problems: complaints });
}

const ENGINE_COMPLAINT: keyof typeof problemKinds = 'engine-complaint';

/** An engine's complaint as a problem of the spec, at the line that led to it. */
function atSpec(
  { severity, message, path }: Pick<Complaint, 'severity' | 'message' | 'path'>,
  locate: Candidate['locate'],
  engine: string,
): Problem {
  const place: Path = path ?? [];
  return { code: ENGINE_COMPLAINT, severity, message: `${engine}: ${message}`, path: place, location: locate(place) };
}
