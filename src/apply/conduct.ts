import type { Fault, Result } from '#lib';
import { ok } from '#lib';
import { installed, processes } from '#engines/haproxy';
import { type Desired, type Step, stepsBetween } from '#plan';
import { beginRevision, endRevision, type RevisionEnd } from '#store';
import { faultPoint, now } from '#system';

import { type Candidate, saysTheSame } from './candidate.ts';
import type { ChangeOptions, Outcome } from './changes.ts';
import { hindranceTo, outOfReach } from './hindrance.ts';
import { judgeAndKeep, type Judged, refuse, type Refusal } from './judge.ts';
import { actAll, takeBack } from './live.ts';
import type { Machine } from './machine.ts';
import { putInForce, type Ready } from './reload.ts';
import { settle, tidy } from './settle.ts';
import type { Standing } from './standing.ts';
import { textOf } from './text-of.ts';
import { inTurns } from './turns.ts';

/** Makes a candidate from what is in force when its turn comes. */
export type Make = (standing: Standing | undefined) => Result<Candidate, Refusal>;

export type Submission = ChangeOptions & {
  /** Takes a change back: it may also come while a revision waits to be confirmed. */
  readonly takesBack?: boolean;
  /** Only as long as the revision in force still waits to be confirmed. */
  readonly ifUnconfirmed?: boolean;
};

export type Hooks = {
  /** Called before a change. `isQuick`: whoever asked expects it to be done in some milliseconds. */
  readonly before: (isQuick: boolean) => Promise<void>;
  /** Called when a change is in force. */
  readonly after: (before: Standing | undefined, after: Standing, steps: readonly Step[]) => void;
  /** Told what went wrong beside a change that was made. */
  readonly trouble: (what: Fault) => void;
};

/** Makes changes, one after another. */
export type Conductor = {
  readonly standing: () => Standing | undefined;
  readonly submit: (make: Make, options: Submission) => Promise<Result<Outcome, Refusal>>;
  /** Does something that no change may overlap. */
  readonly alone: <T>(act: () => Promise<T>) => Promise<T>;
  /** Notes what has become of the revision in force. */
  readonly restate: (state: Standing['revision']['state']) => void;
  /** Brings the files on disk up to what is in force, where a quick change has left them behind. */
  readonly settle: () => Promise<Result<void, Refusal>>;
};

type Change = {
  readonly make: Make;
  readonly options: Submission;
  readonly end: (result: Result<Outcome, Refusal>) => void;
};

type Held = Ready & { readonly end: Change['end'] };

export function conduct(machine: Machine, begun: Standing | undefined, hooks: Hooks): Conductor {
  const { state, version, store } = machine;
  let standing = begun;

  const turns = inTurns<Change, Held>(
    async (change, mustReload) => {
      const taken = await take(change, mustReload);
      if ('ready' in taken) return { ...taken.ready, end: change.end };
      change.end(taken.end);
      return undefined;
    },
    (held) => finish(held),
  );

  /** Makes a change live, or prepares it for a reload. */
  async function take(
    { make, options }: Change,
    mustReload: boolean,
  ): Promise<{ readonly ready: Ready } | { readonly end: Result<Outcome, Refusal> }> {
    const before = standing;
    const hindrance = hindranceTo(before, options);
    if (hindrance) return { end: refuse(hindrance) };
    const made = make(before);
    if (!made.ok) return { end: made };
    const candidate = made.value;
    const planned = stepsOf(before, candidate);
    const same = before && planned.length === 0 && saysTheSame(candidate, before, () => textInForce(before));
    if (same) return { end: ok(outcomeOf(before, { how: 'nothing', steps: [], warnings: candidate.warnings })) };
    const foreign = outOfReach(planned, options);
    if (foreign) return { end: refuse(foreign) };

    const canBeLive = !mustReload && planned.every(({ how }) => how === 'live' || how === 'none');
    const isLive = canBeLive && (await processes(state.haproxy)).ok;
    // HAProxy judges a change of servers as it is told of it; everything else before it is told.
    const isQuick = isLive && candidate.services !== undefined;
    if (before) await hooks.before(isQuick);
    const judged = isQuick ? undefined : await judgeAndKeep(machine, candidate);
    if (judged?.ok === false) return { end: judged };
    faultPoint('configuration-kept');
    const verdict = verdictFor(options, before);
    const number = begin(candidate, options);
    if (!number.ok) return { end: refuse(number.error) };
    faultPoint('revision-begun');
    const next = standingOf(candidate, number.value, options, verdict);
    if (!isLive) return hold({ candidate, number: number.value, standing: next, verdict, steps: planned }, judged);

    const done = await makeLive(next, planned, judged?.value.digest, verdict);
    if (done === 'needs a reload') {
      return hold({ candidate, number: number.value, standing: next, verdict, steps: planned }, judged);
    }
    if (!done.ok) return { end: refuse(done.error) };
    const warnings = [...candidate.warnings, ...(judged?.value.warnings ?? [])];
    hooks.after(before, next, planned);
    return { end: ok(outcomeOf(next, { how: done.value, steps: planned, warnings })) };
  }

  /** Does steps on the running engine. Where the engine cannot after all, nothing of it stays, and a reload has to do it. */
  async function makeLive(
    next: Standing,
    steps: readonly Step[],
    digest: string | undefined,
    verdict: RevisionEnd,
  ): Promise<Result<'live' | 'none', Fault> | 'needs a reload'> {
    const actions = steps.flatMap(({ action }) => action ?? []);
    const acted = await actAll(machine, actions);
    if (!acted.ok) return 'needs a reload';
    faultPoint('live-actions-done');
    const how = actions.length === 0 ? 'none' : 'live';
    const digestBefore = installed(state.haproxy);
    const settled = digest === undefined ? ok(undefined) : settle(machine, next, digest);
    const ended = { ...verdict, how, configuration: digest };
    const recorded = settled.ok ? endRevision(store, next.revision.number, ended) : settled;
    if (!recorded.ok) {
      await takeBack(machine, actions);
      // As far as a machine that could not write this can write that: the next controller makes it whole.
      if (standing && digestBefore !== undefined && digest !== undefined) settle(machine, standing, digestBefore);
      endRevision(store, next.revision.number, { state: 'failed', reason: recorded.error.message });
      return recorded;
    }
    faultPoint('revision-ended');
    standing = { ...next, settled: digest !== undefined };
    return ok(how);
  }

  /** Has a change wait for a reload; what comes after it builds on it. */
  async function hold(
    change: Pick<Ready, 'candidate' | 'number' | 'standing' | 'verdict' | 'steps'>,
    judged: Result<Judged, Refusal> | undefined,
  ): Promise<{ readonly ready: Ready } | { readonly end: Result<Outcome, Refusal> }> {
    const accepted = judged ?? (await judgeAndKeep(machine, change.candidate));
    if (!accepted.ok) {
      const ended = endRevision(store, change.number, { state: 'failed', reason: accepted.error.fault.message });
      return { end: ended.ok ? accepted : refuse(ended.error) };
    }
    const before = standing;
    ({ standing } = change);
    const warnings = [...change.candidate.warnings, ...accepted.value.warnings];
    return { ready: { ...change, digest: accepted.value.digest, warnings, before } };
  }

  async function finish(held: readonly Held[]): Promise<void> {
    const first = held[0] as Held;
    const put = await putInForce(machine, first.before, held);
    if (!put.ok) standing = first.before;
    for (const { before, standing: next, steps, warnings, end } of held) {
      end(put.ok ? ok(outcomeOf(next, { ...put.value, steps, warnings })) : refuse(put.error));
      if (put.ok) hooks.after(before, next, steps);
    }
    const tidied = tidy(machine);
    if (!tidied.ok) hooks.trouble(tidied.error);
  }

  const stepsOf = (before: Standing | undefined, { desired, services }: Candidate): readonly Step[] =>
    services === undefined
      ? stepsBetween(before?.desired, desired, version.can)
      : stepsBetween(before && poolsOf(before.desired, services), poolsOf(desired, services), version.can);

  const begin = (candidate: Candidate, { by, why }: Submission): Result<number, Fault> =>
    beginRevision(store, {
      ...candidate.content,
      parent: standing?.revision.number,
      at: now(),
      by,
      why,
      origin: candidate.origin,
      file: candidate.file,
    });

  const textInForce = ({ revision }: Standing): string | undefined => {
    const text = textOf(store, revision.number);
    return text.ok ? text.value : undefined;
  };

  async function settleNow(): Promise<Result<void, Refusal>> {
    const snapshot = standing;
    if (snapshot === undefined || snapshot.settled) return ok(undefined);
    const judged = await judgeAndKeep(machine, { desired: snapshot.desired, locate: () => NOWHERE });
    if (!judged.ok) return judged;
    return turns.alone(async () => {
      // Another change has come meanwhile, and will be settled itself.
      if (standing?.revision.number !== snapshot.revision.number) return ok(undefined);
      const settled = settle(machine, snapshot, judged.value.digest);
      if (!settled.ok) return refuse(settled.error);
      standing = { ...standing, settled: true };
      const tidied = tidy(machine);
      return tidied.ok ? tidied : refuse(tidied.error);
    });
  }

  return {
    standing: () => standing,
    submit(make, options) {
      const { promise, resolve } = Promise.withResolvers<Result<Outcome, Refusal>>();
      turns.push({ make, options, end: resolve });
      return promise;
    },
    alone: turns.alone,
    restate(to) {
      if (standing) standing = { ...standing, revision: { ...standing.revision, state: to, confirmBy: undefined } };
    },
    settle: settleNow,
  };
}

/** The pools of some services alone: what a change of servers can touch. */
const poolsOf = (desired: Desired, services: readonly string[]): Desired => ({
  ...desired,
  frontends: [],
  files: [],
  backends: desired.backends.filter(({ service }) => services.includes(service)),
});

const NOWHERE = { file: 'the spec in force', line: 0, column: 0 };

/** How a revision ends that is put in force: for good, or for as long as it is watched or waits to be confirmed. */
function verdictFor({ confirmWithin, gate }: Submission, before: Standing | undefined): RevisionEnd {
  if (confirmWithin !== undefined) return { state: 'unconfirmed', confirmBy: now() + confirmWithin };
  return { state: gate && before !== undefined ? 'watching' : 'applied' };
}

const standingOf = (
  { file, value, desired }: Candidate,
  number: number,
  { by }: Submission,
  { state, confirmBy }: RevisionEnd,
): Standing => ({ revision: { number, state, confirmBy, by }, file, value, desired, settled: true });

const outcomeOf = (
  { revision }: Standing,
  {
    how,
    steps,
    warnings,
    reload,
  }: Pick<Outcome, 'how' | 'steps' | 'warnings'> & { readonly reload?: number | undefined },
): Outcome => ({
  revision: revision.number,
  state: revision.state,
  how,
  steps,
  warnings,
  ...(revision.confirmBy === undefined ? {} : { confirmBy: revision.confirmBy }),
  ...(reload === undefined ? {} : { reload: String(reload) }),
});
