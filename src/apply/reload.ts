import type { Fault, Result } from '#lib';
import { err, ok } from '#lib';
import { install, installed, processes, reload, start } from '#engines/haproxy';
import type { Step } from '#plan';
import type { Problem } from '#spec';
import { beginReload, endReload, endRevision, type RevisionEnd, runReload, transaction } from '#store';
import { faultPoint, now } from '#system';

import type { Candidate } from './candidate.ts';
import { judgeAndKeep } from './judge.ts';
import type { HalfDone } from './live.ts';
import type { Machine } from './machine.ts';
import { duringChange, endIdleRelay, NO_RELAYS, serveRelays } from './relay.ts';
import { settle } from './settle.ts';
import type { Standing } from './standing.ts';

/** A change that HAProxy has accepted and that waits for a reload. */
export type Ready = {
  readonly candidate: Candidate;
  readonly steps: readonly Step[];
  readonly warnings: readonly Problem[];
  /** The number of its revision. */
  readonly number: number;
  /** The name of its configuration. */
  readonly digest: string;
  /** What is in force without it. */
  readonly before: Standing | undefined;
  /** What is in force with it. */
  readonly standing: Standing;
  readonly verdict: RevisionEnd;
};

export type InForceBy = { readonly how: 'start' | 'reload' | 'adopted'; readonly reload: number | undefined };

/**
 * Puts changes in force by one start or reload on the last of them, which has all of them in it, and records it. Refused,
 * files and records are as they were before the first; so are the engines, unless the error says that it was not restored.
 */
export async function putInForce(
  machine: Machine,
  before: Standing | undefined,
  ready: readonly Ready[],
): Promise<Result<InForceBy, HalfDone>> {
  const { state, store } = machine;
  const last = ready.at(-1) as Ready;
  const digestBefore = installed(state.haproxy);
  const asked = beginReload(store, { askedAt: now(), revision: last.number });
  if (!asked.ok) return err({ why: asked.error, restored: true });
  const fail = (why: Fault, restored: boolean): Result<never, HalfDone> => {
    // Where even this cannot be written, the next controller finds the revisions unfinished and says the same of them.
    transaction(store, () => {
      for (const { number } of ready) endRevision(store, number, { state: 'failed', reason: why.message });
      return endReload(store, asked.value, { outcome: 'failed', endedAt: now(), message: why.message });
    });
    return err({ why, restored });
  };

  runReload(store, asked.value);
  faultPoint('reload-noted');
  const taken = await take(machine, before, last, digestBefore);
  if (!taken.ok) return fail(taken.error.why, taken.error.restored);
  faultPoint('engine-reloaded');
  const settled = settle(machine, last.standing, last.digest);
  const recorded = settled.ok ? record(machine, ready, taken.value.how, asked.value) : settled;
  faultPoint('reload-recorded');
  if (recorded.ok) return ok({ how: taken.value.how, reload: taken.value.how === 'reload' ? asked.value : undefined });
  // As far as a machine that could not write this can write that.
  if (before && digestBefore !== undefined) settle(machine, before, digestBefore);
  return fail(recorded.error, taken.value.how === 'adopted');
}

/** Makes the engines what is in force again, HAProxy by a reload, where something of a change that came to nothing may be in it. */
export async function restore(machine: Machine, standing: Standing): Promise<Result<void, Fault>> {
  const { haproxy } = machine.state;
  if (!standing.settled) {
    const judged = await judgeAndKeep(machine, { desired: standing.desired, locate: () => IN_FORCE });
    if (!judged.ok) return err(judged.error.fault);
    const linked = install(haproxy, judged.value.digest);
    if (!linked.ok) return linked;
  }
  const taken = await reload(haproxy, standing.desired);
  const served = taken.ok ? await serveRelays(machine.state, standing.desired, false) : taken;
  return served.ok ? ok(undefined) : served;
}

/** Where it stands what HAProxy says of a spec that it has accepted before. */
export const IN_FORCE = { file: 'the spec in force', line: 0, column: 0 };

type Taking = Pick<Ready, 'standing' | 'digest'>;

type Taken = { readonly how: InForceBy['how'] };

/**
 * The relay serves what is new before HAProxy sends it connections, and what goes until HAProxy sends none any more. What
 * fails is taken back.
 */
async function take(
  machine: Machine,
  before: Standing | undefined,
  taking: Taking,
  digestBefore: string | undefined,
): Promise<Result<Taken, HalfDone>> {
  const { state } = machine;
  const [was, is] = [before?.desired ?? NO_RELAYS, taking.standing.desired];
  const opened = await serveRelays(state, duringChange(was, is));
  if (!opened.ok) return err({ why: opened.error, restored: true });
  faultPoint('relay-opened');
  const taken = await takeHaproxy(machine, before, taking, digestBefore);
  if (!taken.ok) {
    const restored = await serveRelays(state, was);
    if (before === undefined) await endIdleRelay(state);
    return err({ why: taken.error, restored: restored.ok });
  }
  faultPoint('haproxy-taken');
  const closed = await serveRelays(state, is);
  if (closed.ok) return taken;
  // HAProxy has the new configuration: it is given the old one again by a reload.
  if (digestBefore !== undefined) install(state.haproxy, digestBefore);
  return err({ why: closed.error, restored: false });
}

async function takeHaproxy(
  { state, version }: Machine,
  before: Standing | undefined,
  { standing, digest }: Taking,
  digestBefore: string | undefined,
): Promise<Result<Taken, Fault>> {
  const running = await processes(state.haproxy);
  // What runs was left by a controller whose memory is lost: it is the very configuration that is wanted.
  if (running.ok && before === undefined && digest === digestBefore) return ok({ how: 'adopted' });
  const linked = install(state.haproxy, digest);
  if (!linked.ok) return linked;
  faultPoint('configuration-installed');
  const taken = running.ok ? await reload(state.haproxy, standing.desired) : await start(state.haproxy, version);
  if (taken.ok) return ok({ how: running.ok ? 'reload' : 'start' });
  const restored = digestBefore === undefined ? ok(undefined) : install(state.haproxy, digestBefore);
  return restored.ok ? taken : restored;
}

function record(
  { store }: Machine,
  ready: readonly Ready[],
  how: InForceBy['how'],
  reloadId: number,
): Result<void, Fault> {
  return transaction(store, () => {
    for (const { number, digest, verdict } of ready) {
      const ended = endRevision(store, number, { ...verdict, how, configuration: digest });
      if (!ended.ok) return ended;
    }
    return endReload(store, reloadId, { outcome: 'done', endedAt: now() });
  });
}
