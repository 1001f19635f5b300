import type { Fault, Result } from '#lib';
import { err, ok } from '#lib';
import { installed, processes } from '#engines/haproxy';
import { type Desired, type Step, stepsBetween } from '#plan';
import { beginRevision, endRevision, type RevisionEnd } from '#store';
import { faultPoint, now, remove } from '#system';

import { type Candidate, saysTheSame } from './candidate.ts';
import type { ChangeOptions, Outcome } from './changes.ts';
import { fault } from './errors.ts';
import { hindranceTo, outOfReach } from './hindrance.ts';
import { judgeAndKeep, type Judged, judgeStaged, keepStaged, refuse, type Refusal } from './judge.ts';
import { actAll, type HalfDone, takeBack } from './live.ts';
import type { Machine } from './machine.ts';
import { leavesQueues } from './queues.ts';
import { NO_RELAYS, serveRelays } from './relay.ts';
import { IN_FORCE, type InForceBy, putInForce, type Ready, restore } from './reload.ts';
import { settle, shorten, tidy } from './settle.ts';
import type { Standing } from './standing.ts';
import { textOf } from './text-of.ts';
import { inTurns } from './turns.ts';

/** Makes a candidate from what is in force when its turn comes. */
export type Make = (standing: Standing | undefined) => Result<Candidate, Refusal>;

export type Submission = ChangeOptions & {
  /** Takes a change back: it may also come while a revision waits to be confirmed. */
  readonly takesBack?: boolean;
  /** Nobody is there to be told: what waits in a queue that would not be served any more is kept by the relay. */
  readonly mayLeaveQueues?: boolean;
  /** Only as long as the revision in force still waits to be confirmed. */
  readonly ifUnconfirmed?: boolean;
};

export type Hooks = {
  /** Called before a change. `isQuick`: whoever asked expects it to be done in some milliseconds. */
  readonly before: (isQuick: boolean) => Promise<void>;
  /** Called for each change that is in force, in order, also where several came in force together. */
  readonly after: (before: Standing | undefined, after: Standing, steps: readonly Step[], options: Submission) => void;
  /** Told what went wrong beside a change that was made. */
  readonly trouble: (what: Fault) => void;
};

/** Makes changes, one after another. */
export type Conductor = {
  readonly standing: () => Standing | undefined;
  readonly submit: (make: Make, options: Submission) => Promise<Result<Outcome, Refusal>>;
  /** Does something that no change may overlap. */
  readonly alone: <T>(act: () => Promise<T>) => Promise<T>;
  /** Notes what has become of a revision, where it is still the one in force. */
  readonly restate: (revision: number, state: Standing['revision']['state']) => void;
  /** Brings the files on disk up to what is in force, where a quick change has left them behind. */
  readonly settle: () => Promise<Result<void, Refusal>>;
};

type Change = {
  readonly make: Make;
  readonly options: Submission;
  readonly end: (result: Result<Outcome, Refusal>) => void;
};

/** What waits for a reload: a change, or somebody who asked for the very thing that one of them brings. */
type Held = {
  readonly ready: (Ready & { readonly options: Submission }) | undefined;
  readonly end: (put: Result<InForceBy, HalfDone>) => void;
};

type Taken = { readonly hold: Held } | { readonly end: Result<Outcome, Refusal> };

export function conduct(machine: Machine, begun: Standing | undefined, hooks: Hooks): Conductor {
  const { state, version, store } = machine;
  let standing = begun;
  /** What will be in force once all that is held is. */
  let prepared: Standing | undefined;
  /** False while the engine may have something of a change that came to nothing. */
  let isWhole = true;

  const turns = inTurns<Change, Held>(
    async (change, isHolding) => {
      const taken = await take(change, isHolding);
      if ('hold' in taken) return taken.hold;
      if (!taken.end.ok) await makeWhole();
      change.end(taken.end);
      return undefined;
    },
    (held) => finish(held),
  );

  async function makeWhole(): Promise<void> {
    if (isWhole || standing === undefined) return;
    const restored = await restore(machine, standing);
    isWhole = restored.ok;
    if (!restored.ok) hooks.trouble(restored.error);
  }

  /** Makes a change live, or prepares it for a reload. */
  async function take({ make, options, end }: Change, isHolding: boolean): Promise<Taken> {
    const before = prepared ?? standing;
    const hindrance = hindranceTo(before, options);
    if (hindrance) return { end: refuse(hindrance) };
    const made = make(before);
    if (!made.ok) return { end: made };
    const candidate = made.value;
    const planned = stepsOf(before, candidate);
    const same = before && planned.length === 0 && saysTheSame(candidate, before, () => textInForce(before));
    if (same) {
      const nothing = ok(outcomeOf(before, { how: 'nothing', steps: [], warnings: candidate.warnings }));
      // What is held is not in force before its reload is done.
      if (!isHolding) return { end: nothing };
      return { hold: { ready: undefined, end: (put) => end(put.ok ? nothing : refuse(put.error.why)) } };
    }
    const foreign = outOfReach(planned, candidate.services, options);
    if (foreign) return { end: refuse(foreign) };
    const left = options.mayLeaveQueues === true ? undefined : leavesQueues(state, before?.desired, candidate);
    if (left) return { end: err(left) };

    const canBeLive = !isHolding && isWhole && planned.every(({ how }) => how === 'live' || how === 'none');
    const isLive = canBeLive && (await processes(state.haproxy)).ok;
    // HAProxy judges a change of servers as it is told of it; everything else before it is told.
    const isQuick = isLive && candidate.services !== undefined;
    if (before) await hooks.before(isQuick);
    const judged = isQuick ? undefined : await judgeAndKeep(machine, candidate);
    if (judged?.ok === false) return { end: judged };
    faultPoint('configuration-kept');
    const verdict = verdictFor(options, before);
    const number = begin(candidate, before, options);
    if (!number.ok) return { end: refuse(number.error) };
    faultPoint('revision-begun');
    // The files of a quick change follow later.
    const next = { ...standingOf(candidate, number.value, options, verdict), settled: !isQuick };
    const change = { candidate, number: number.value, before, standing: next, steps: planned, options, end };
    if (!isLive) return hold({ ...change, verdict }, judged);

    const done = await makeLive(next, planned, judged?.value.digest, verdict);
    if ('cannot' in done) return hold({ ...change, verdict: { ...verdict, detail: done } }, judged);
    if (!done.ok) return { end: refuse(done.error) };
    const warnings = [...candidate.warnings, ...(judged?.value.warnings ?? [])];
    hooks.after(before, next, planned, options);
    return { end: ok(outcomeOf(next, { how: done.value, steps: planned, warnings })) };
  }

  /** Does steps on the running engine. Where the engine cannot after all, nothing of it stays, and a reload has to do it. */
  async function makeLive(
    next: Standing,
    steps: readonly Step[],
    digest: string | undefined,
    verdict: RevisionEnd,
  ): Promise<Result<'live' | 'none', Fault> | { readonly cannot: string }> {
    const actions = steps.flatMap(({ action }) => action ?? []);
    const acted = await actAll(machine, actions);
    if (!acted.ok) {
      isWhole = acted.error.restored;
      return { cannot: acted.error.why.message };
    }
    faultPoint('live-actions-done');
    const relayed = await serveRelays(state, next.desired);
    if (!relayed.ok) {
      isWhole = await takeBack(machine, actions);
      endRevision(store, next.revision.number, { state: 'failed', reason: relayed.error.message });
      return relayed;
    }
    faultPoint('relay-told');
    const how = actions.length === 0 && !relayed.value ? 'none' : 'live';
    const digestBefore = installed(state.haproxy);
    const settled = digest === undefined ? ok(undefined) : settle(machine, next, digest);
    const ended = { ...verdict, how, configuration: digest };
    const recorded = settled.ok ? endRevision(store, next.revision.number, ended) : settled;
    if (!recorded.ok) {
      const isTakenBack = await takeBack(machine, actions);
      const restored = await serveRelays(state, standing?.desired ?? NO_RELAYS);
      isWhole = isTakenBack && restored.ok;
      // As far as a machine that could not write this can write that: the next controller makes it whole.
      if (standing && digestBefore !== undefined && digest !== undefined) settle(machine, standing, digestBefore);
      endRevision(store, next.revision.number, { state: 'failed', reason: recorded.error.message });
      return recorded;
    }
    faultPoint('revision-ended');
    standing = next;
    return ok(how);
  }

  /** Has a change wait for a reload; what comes after it builds on it. */
  async function hold(
    { end, ...change }: Omit<Ready, 'digest' | 'warnings'> & Pick<Change, 'options' | 'end'>,
    judged: Result<Judged, Refusal> | undefined,
  ): Promise<Taken> {
    const accepted = judged ?? (await judgeAndKeep(machine, change.candidate));
    if (!accepted.ok) {
      const ended = endRevision(store, change.number, { state: 'failed', reason: accepted.error.fault.message });
      return { end: ended.ok ? accepted : refuse(ended.error) };
    }
    const { digest } = accepted.value;
    const { steps } = change;
    const next = { ...change.standing, settled: true };
    const warnings = [...change.candidate.warnings, ...accepted.value.warnings];
    prepared = next;
    return {
      hold: {
        ready: { ...change, standing: next, digest, warnings },
        end: (put) => end(put.ok ? ok(outcomeOf(next, { ...put.value, steps, warnings })) : refuse(put.error.why)),
      },
    };
  }

  async function finish(held: readonly Held[]): Promise<void> {
    const changes = held.flatMap(({ ready }) => ready ?? []);
    const put = await putInForce(machine, standing, changes);
    prepared = undefined;
    if (put.ok) {
      isWhole = true;
      standing = changes.at(-1)?.standing;
      for (const { before, standing: next, steps, options } of changes) hooks.after(before, next, steps, options);
    } else {
      isWhole &&= put.error.restored;
      await makeWhole();
    }
    for (const { end } of held) end(put);
    const tidied = tidy(machine);
    if (!tidied.ok) hooks.trouble(tidied.error);
  }

  const stepsOf = (before: Standing | undefined, { desired, services }: Candidate): readonly Step[] =>
    services === undefined
      ? stepsBetween(before?.desired, desired, version.can)
      : stepsBetween(before && poolsOf(before.desired, services), poolsOf(desired, services), version.can);

  const begin = (candidate: Candidate, before: Standing | undefined, { by, why }: Submission): Result<number, Fault> =>
    beginRevision(store, {
      ...candidate.content,
      parent: before?.revision.number,
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
    const staged = await judgeStaged(machine, { desired: snapshot.desired, locate: () => IN_FORCE });
    if (!staged.ok) return staged;
    return turns.alone(async () => {
      if (standing?.revision.number !== snapshot.revision.number) {
        // Another change has come meanwhile, and will be settled itself.
        const removed = remove(staged.value.directory);
        return removed.ok ? removed : refuse(removed.error);
      }
      // Kept only now: what is kept and not in force may be pruned by the end of any other change.
      const kept = keepStaged(machine, staged.value);
      if (!kept.ok) return kept;
      const settled = settle(machine, standing, kept.value.digest);
      if (!settled.ok) return refuse(settled.error);
      standing = { ...standing, settled: true };
      const shortened = shorten(machine, standing.revision.number);
      const tidied = shortened.ok ? tidy(machine) : shortened;
      return tidied.ok ? tidied : refuse(tidied.error);
    });
  }

  return {
    standing: () => standing,
    submit(make, options) {
      const { promise, resolve, reject } = Promise.withResolvers<Result<Outcome, Refusal>>();
      // A mistake of ours in reading what somebody sent is theirs to hear of, and holds up nobody else.
      const guarded: Make = (before) => {
        try {
          return make(before);
        } catch (thrown) {
          reject(thrown);
          return refuse(fault('apply-invalid', 'it could not be read; nothing was changed'));
        }
      };
      turns.push({ make: guarded, options, end: resolve });
      return promise;
    },
    alone: turns.alone,
    restate(number, to) {
      if (standing?.revision.number === number)
        standing = { ...standing, revision: { ...standing.revision, state: to, confirmBy: undefined } };
    },
    settle: settleNow,
  };
}

/** The pools of some services alone, and what the relay knows of them: what a change of servers can touch. */
const poolsOf = (desired: Desired, services: readonly string[]): Desired => ({
  ...desired,
  frontends: [],
  files: [],
  backends: desired.backends.filter(({ service }) => services.includes(service)),
  relays: desired.relays.filter(({ name }) => services.includes(name)),
});

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
