import type { Fault, Result } from '#lib';
import { approximate, err, ok } from '#lib';
import { appendAudit, markRevision, revision as readRevision, type Revision, transaction } from '#store';
import { traffic } from '#observe';
import { now, pause } from '#system';

import { fromPatch, fromRevision, fromText, type Candidate } from './candidate.ts';
import type { Asker, Changes, InForce, Outcome } from './changes.ts';
import { conduct, type Conductor, type Submission } from './conduct.ts';
import { fault } from './errors.ts';
import { type Look, openGate, type Verdict } from './gate.ts';
import { proposal, refuse, type Refusal } from './judge.ts';
import type { Machine } from './machine.ts';
import type { Standing } from './standing.ts';
import { textOf } from './text-of.ts';

/** How long a revision may wait to be confirmed, ms. */
const SHORTEST_WAIT = 1_000;
const LONGEST_WAIT = 24 * 3_600_000;

/** How long after a quick change the files on disk follow, ms: one change is often followed by the next. */
const SETTLE = 2_000;

/** How long they may be behind where one quick change follows the other without end, ms. */
const SETTLE_AT_LAST = 20_000;

/** How long after going back has failed it is tried again, ms. */
const TRY_AGAIN = 30_000;

/** What the controller tells of changes that it makes by itself, or of trouble beside one. */
export type ChangeNews = { readonly tone: 'good' | 'bad' | 'doubtful'; readonly text: string };

export type OpenedChanges = Changes & {
  readonly standing: () => Standing | undefined;
  readonly alone: Conductor['alone'];
  readonly settle: Conductor['settle'];
  /** Called whenever something else is in force. */
  readonly onChange: (listener: (now: Standing) => void) => void;
  /** Ends the watching, once what is under way is done; what is in force stays. */
  readonly close: () => Promise<void>;
};

/** Vagus itself, where nobody asks. */
const VAGUS: Asker = { by: 'vagus', why: undefined, mayChange: () => true };

/** Opens the one place where changes are made. `begun`: what is in force already. */
export function openChanges(
  machine: Machine,
  begun: Standing | undefined,
  tell: (news: ChangeNews) => void,
): OpenedChanges {
  const { store } = machine;
  const listeners: ((now: Standing) => void)[] = [];
  let settling: NodeJS.Timeout | undefined;
  let behindSince: number | undefined;
  let confirming: NodeJS.Timeout | undefined;

  const look = async (services?: ReadonlySet<string>): Promise<Look | undefined> => {
    const desired = conductor.standing()?.desired;
    const found = desired && (await traffic(machine.state, desired, services));
    return found?.ok ? found.value : undefined;
  };
  const gate = openGate({ look, now, pause }, (verdict) => obey(verdict));
  const conductor = conduct(machine, begun, {
    before: gate.before,
    after(before, after, steps, { takesBack, by }) {
      const isWatched = after.revision.state === 'watching' && before !== undefined;
      if (!isWatched || takesBack === true) letGo();
      if (isWatched) gate.watch(before, after, steps);
      // Going back is the answer to a revision that waits for one.
      if (before?.revision.state === 'unconfirmed') {
        const marked = markRevision(store, before.revision.number, 'undone', `rolled back by ${by}`);
        if (!marked.ok) complain(marked.error);
      }
      waitForConfirmation();
      if (!after.settled) settleSoon();
      for (const listener of listeners) listener(after);
    },
    trouble: complain,
  });
  waitForConfirmation();

  /** Ends the watch over earlier revisions: what is in force now was asked for in the knowledge of them. */
  function letGo(): void {
    const revisions = gate.release();
    const marked = transaction(store, () => markAll(revisions, 'applied'));
    if (!marked.ok) complain(marked.error);
  }

  function complain(what: Fault): void {
    tell({ tone: 'bad', text: what.message });
  }

  function settleSoon(): void {
    behindSince ??= now();
    clearTimeout(settling);
    settling = setTimeout(() => void settleNow(), Math.min(SETTLE, Math.max(0, behindSince + SETTLE_AT_LAST - now())));
  }

  async function settleNow(): Promise<void> {
    behindSince = undefined;
    const settled = await conductor.settle();
    if (!settled.ok) complain(settled.error.fault);
  }

  /** Sets the clock by which the revision in force is taken back. */
  function waitForConfirmation(): void {
    clearTimeout(confirming);
    const current = conductor.standing()?.revision;
    if (current?.state !== 'unconfirmed' || current.confirmBy === undefined) return;
    const { number, confirmBy } = current;
    const goBackNow = async (): Promise<void> => {
      await goBack([number], parentOf(number), 'nobody confirmed it in time', { ifUnconfirmed: true });
      const still = conductor.standing()?.revision;
      if (still?.number === number && still.state === 'unconfirmed')
        confirming = setTimeout(() => void goBackNow(), TRY_AGAIN).unref();
    };
    confirming = setTimeout(() => void goBackNow(), Math.max(0, confirmBy - now()));
  }

  /** Puts an earlier revision in force again in place of later ones that nobody wants or that did harm. */
  async function goBack(
    numbers: readonly number[],
    to: number | undefined,
    reason: string,
    more: Pick<Submission, 'ifUnconfirmed'> = {},
  ): Promise<void> {
    const names = `${numbers.length === 1 ? 'revision' : 'revisions'} ${numbers.join(', ')}`;
    const options = {
      ...VAGUS,
      why: `took back ${names}: ${reason}`,
      gate: false,
      takesBack: true,
      mayLeaveQueues: true,
      ...more,
    };
    const done = await (to === undefined
      ? refuse(fault('apply-no-revision', 'there is no revision before it to go back to'))
      : putBack(to, { ...options, ifRevision: numbers.at(-1) }));
    // What came meanwhile is watched with it, and is taken back with it.
    const isOvertaken = !done.ok && done.error.fault.code === 'apply-revision';
    if (isOvertaken && conductor.standing()?.revision.state === 'watching') return;
    const text = done.ok
      ? `Took back ${names}: ${reason}. Revision ${done.value.revision} has what ${to} had.`
      : `Could not take back ${names} (${reason}): ${done.error.fault.message}`;
    const marked = transaction(store, () =>
      done.ok && done.value.how !== 'nothing' ? markAll(numbers, 'undone', reason) : keepWatched(numbers, text),
    );
    tell({ tone: 'bad', text });
    if (!marked.ok) complain(marked.error);
    audit(done.ok ? 'done' : 'failed', names, { reason, to });
  }

  /** What is watched no more and could not be taken back is there to stay; what waits to be confirmed goes on waiting. */
  function keepWatched(numbers: readonly number[], reason: string): Result<void, Fault> {
    const isWatched = (number: number): boolean => {
      const found = readRevision(store, number);
      return found.ok && found.value?.state === 'watching';
    };
    const kept = numbers.filter(isWatched);
    for (const number of kept) conductor.restate(number, 'applied');
    return markAll(kept, 'applied', reason);
  }

  function markAll(numbers: readonly number[], as: 'applied' | 'undone', reason?: string): Result<void, Fault> {
    for (const number of numbers) {
      const marked = markRevision(store, number, as, reason);
      if (!marked.ok) return marked;
    }
    return ok(undefined);
  }

  function audit(outcome: 'done' | 'failed', subject: string, detail: Readonly<Record<string, unknown>>): void {
    const entry = { at: now(), by: VAGUS.by, action: 'take-back', subject, outcome, detail };
    const written = appendAudit(store, entry);
    if (!written.ok) complain(written.error);
  }

  async function obey({ revisions, good, reason }: Verdict): Promise<void> {
    if (reason !== undefined) return goBack(revisions, good, reason);
    const marked = transaction(store, () => markAll(revisions, 'applied'));
    if (!marked.ok) complain(marked.error);
    for (const number of revisions) conductor.restate(number, 'applied');
  }

  const parentOf = (number: number): number | undefined => {
    const found = readRevision(store, number);
    return found.ok ? found.value?.parent : undefined;
  };

  const submit = (
    make: (standing: Standing) => Result<Candidate, Refusal>,
    options: Submission,
  ): Promise<Result<Outcome, Refusal>> => {
    const wrong = wrongWait(options);
    if (wrong) return Promise.resolve(refuse(wrong));
    return conductor.submit(
      (standing) => (standing ? make(standing) : refuse(fault('apply-no-record', 'nothing is in force yet'))),
      options,
    );
  };

  const putBack = (number: number, options: Submission): Promise<Result<Outcome, Refusal>> =>
    submit((standing) => {
      const earlier = readRevision(store, number);
      if (!earlier.ok) return refuse(earlier.error);
      if (earlier.value === undefined) {
        return refuse(fault('apply-no-revision', `there is no revision ${number}, or no more; see: vagus revisions`));
      }
      return fromRevision(machine, standing, earlier.value);
    }, options);

  return {
    standing: conductor.standing,
    alone: conductor.alone,
    settle: conductor.settle,
    onChange: (listener) => void listeners.push(listener),
    inForce: () => inForceOf(conductor.standing()),
    async apply(text, from, options) {
      const wrong = wrongWait(options);
      return wrong ? refuse(wrong) : conductor.submit(() => fromText(text, from), options);
    },
    patch: (patch, options) => submit((standing) => fromPatch(machine, standing, patch), options),
    rollback: (number, options) => putBack(number, { ...options, takesBack: true }),
    async confirm(asker) {
      return conductor.alone(async () => confirmNow(asker));
    },
    async propose(text, file) {
      const candidate = fromText(text, { file, origin: 'api' });
      if (!candidate.ok) return candidate;
      return proposal(machine, conductor.standing()?.desired, candidate.value);
    },
    textOf: (number) => textOf(store, number),
    async close() {
      gate.release();
      // What is under way is brought to its end: cut in the middle, the next controller would have to take it back.
      await conductor.alone(async () => undefined);
      clearTimeout(settling);
      clearTimeout(confirming);
    },
  };

  function confirmNow({ by, why }: Asker): Result<Revision, Refusal> {
    const current = conductor.standing()?.revision;
    if (current?.state !== 'unconfirmed') {
      return refuse(fault('apply-nothing-to-confirm', 'no revision waits to be confirmed'));
    }
    const reason = `confirmed by ${by}${why === undefined ? '' : `: ${why}`}`;
    const marked = markRevision(store, current.number, 'applied', reason);
    if (!marked.ok) return refuse(marked.error);
    conductor.restate(current.number, 'applied');
    clearTimeout(confirming);
    const found = readRevision(store, current.number);
    if (!found.ok) return refuse(found.error);
    return found.value ? ok(found.value) : err({ fault: fault('apply-no-revision', 'it is gone'), problems: [] });
  }
}

function wrongWait({ confirmWithin }: Pick<Submission, 'confirmWithin'>): Fault | undefined {
  if (confirmWithin === undefined || (confirmWithin >= SHORTEST_WAIT && confirmWithin <= LONGEST_WAIT))
    return undefined;
  const [least, most] = [approximate(SHORTEST_WAIT), approximate(LONGEST_WAIT)];
  return fault('apply-confirm-time', `a revision can wait ${least} to ${most} to be confirmed; nothing was changed`);
}

function inForceOf(standing: Standing | undefined): InForce {
  if (standing === undefined) throw new Error('asked before anything was in force');
  const { revision, desired, file } = standing;
  return { revision: revision.number, state: revision.state, confirmBy: revision.confirmBy, desired, file };
}
