import type { Fault, Result } from '#lib';
import { err, ok } from '#lib';
import { type Complaint, digestOf, judge, render, type Rendered, stage, type Version } from '#engines/haproxy';
import { type Desired, type Step, stepsBetween } from '#plan';
import type { Problem } from '#spec';
import { isRoot, remove } from '#system';

import { fault, type problemKinds } from './errors.ts';
import type { Prepared } from './prepare.ts';
import { readRecord } from './record.ts';
import type { State } from './state.ts';

/** Why a spec was not applied. With it, all that is wrong with the spec, at its lines. */
export type Refusal = { readonly fault: Fault; readonly problems: readonly Problem[] };

/** A spec that HAProxy has accepted, in files that nothing reads yet. */
export type Judged = {
  readonly desired: Desired;
  readonly digest: string;
  /** The directory the files are in. */
  readonly staged: string;
  readonly warnings: readonly Problem[];
};

/** The user that HAProxy's workers become when root starts it; Debian's package makes it. */
const WORKER_USER = 'haproxy';

/** What HAProxy would be given for a desired state, on this machine. */
export const renderFor = (state: State, desired: Desired): Rendered =>
  render(desired, { runDirectory: state.haproxy.run, user: isRoot() ? WORKER_USER : undefined });

/** Renders a spec, and lets HAProxy judge the exact files. Refused, nothing of it is left behind. */
export async function judgePrepared(
  state: State,
  version: Version,
  prepared: Prepared,
): Promise<Result<Judged, Refusal>> {
  const { desired, problems } = prepared;
  if (desired === undefined) {
    const count = problems.filter(({ severity }) => severity === 'error').length;
    const message = `${prepared.file} has ${count === 1 ? 'an error' : `${count} errors`}; nothing was changed`;
    return err({ fault: fault('apply-invalid', message), problems });
  }
  const rendered = renderFor(state, desired);
  const staged = stage(state.haproxy, rendered);
  if (!staged.ok) return refuse(staged.error);
  const judged = await judge(version, staged.value, rendered);
  const complaints = judged.ok ? judged.value.map((complaint) => atSpec(complaint, prepared)) : [];
  if (judged.ok && !complaints.some(({ severity }) => severity === 'error')) {
    const warnings = [...problems, ...complaints];
    return ok({ desired, digest: digestOf(rendered), staged: staged.value, warnings });
  }
  const removed = remove(staged.value);
  if (!removed.ok) return refuse(removed.error);
  const message = `HAProxy ${version.number} refused the configuration; nothing was changed`;
  return err({ fault: judged.ok ? fault('apply-invalid', message) : judged.error, problems: complaints });
}

/** What applying a spec would do, with HAProxy's judgement. Leaves nothing behind. */
export async function propose(
  state: State,
  version: Version,
  prepared: Prepared,
): Promise<Result<{ readonly steps: readonly Step[]; readonly warnings: readonly Problem[] }, Refusal>> {
  const judged = await judgePrepared(state, version, prepared);
  if (!judged.ok) return judged;
  const removed = remove(judged.value.staged);
  if (!removed.ok) return refuse(removed.error);
  const record = readRecord(state);
  if (!record.ok) return refuse(record.error);
  return ok({ steps: stepsBetween(record.value?.desired, judged.value.desired), warnings: judged.value.warnings });
}

export const refuse = (why: Fault): Result<never, Refusal> => err({ fault: why, problems: [] });

const ENGINE_COMPLAINT: keyof typeof problemKinds = 'engine-complaint';

/** An engine's complaint as a problem of the spec, at the line that led to it. */
function atSpec({ severity, message, path }: Complaint, prepared: Prepared): Problem {
  const place = path ?? [];
  return {
    code: ENGINE_COMPLAINT,
    severity,
    message: `HAProxy: ${message}`,
    path: place,
    location: prepared.locate(place),
  };
}
