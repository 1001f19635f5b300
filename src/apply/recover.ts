import type { Result } from '#lib';
import { ok } from '#lib';
import { digestOf, drift, install, installed, processes, reload, start } from '#engines/haproxy';
import {
  currentRevision,
  endReloads,
  endRevision,
  markRevision,
  revisions,
  transaction,
  unfinishedRevisions,
} from '#store';
import { faultPoint, now } from '#system';

import { fromText, keptFiles } from './candidate.ts';
import { judgeAndKeep, refuse, type Refusal, renderFor } from './judge.ts';
import type { Machine } from './machine.ts';
import { serveRelays } from './relay.ts';
import { settle } from './settle.ts';
import type { Standing } from './standing.ts';
import { textOf } from './text-of.ts';

/** How the engine came to what is in force. `restored`: what ran was something else, such as half a change, and was reloaded. */
export type Recovery = {
  readonly standing: Standing;
  readonly how: 'adopted' | 'restored' | 'started';
};

/** How many revisions back one may still be watched. */
const RECENT = 1_000;

const CUT_SHORT = 'the controller ended while this was being put in force; it was taken back';
const UNWATCHED = 'the controller ended while it was watched; see whether services suffer from it';

/**
 * Brings the engines, the files and the records to one and the same revision, whatever the last controller left: the last
 * one that was in force whole. Undefined where there never was one.
 */
export async function recover(machine: Machine): Promise<Result<Recovery | undefined, Refusal>> {
  const { state, store, version } = machine;
  const unfinished = unfinishedRevisions(store);
  const current = unfinished.ok ? currentRevision(store) : unfinished;
  if (!unfinished.ok) return refuse(unfinished.error);
  if (!current.ok) return refuse(current.error);
  if (current.value === undefined) return closeUnfinished(machine, ok(undefined));

  const text = textOf(store, current.value.number);
  if (!text.ok) return refuse(text.error);
  const { number, by, confirmBy, file, origin, configuration } = current.value;
  const kept = keptFiles(machine, configuration ?? installed(state.haproxy));
  const candidate = fromText(text.value, { file: file ?? '', origin }, kept);
  if (!candidate.ok) return candidate;
  const { value, desired } = candidate.value;
  const revisionState = current.value.state === 'unconfirmed' ? 'unconfirmed' : 'applied';
  const standing: Standing = {
    revision: { number, state: revisionState, confirmBy: revisionState === 'applied' ? undefined : confirmBy, by },
    file: candidate.value.file,
    value,
    desired,
    settled: true,
  };

  const digest = digestOf(renderFor(state, desired));
  const isInstalled = installed(state.haproxy) === digest;
  if (!isInstalled) {
    const judged = await judgeAndKeep(machine, candidate.value);
    if (!judged.ok) return judged;
    const linked = install(state.haproxy, digest);
    if (!linked.ok) return refuse(linked.error);
    faultPoint('recovery-installed');
  }
  const relayed = await serveRelays(state, desired, false);
  if (!relayed.ok) return refuse(relayed.error);
  faultPoint('recovery-relayed');
  const running = await processes(state.haproxy);
  const drifted = running.ok ? await drift(state.haproxy, desired) : ok([]);
  // The same spec leads to other files where Vagus or its user is another one: what runs was given the old ones.
  const isRendered = configuration === undefined || configuration === digest;
  const asItIs = unfinished.value.length === 0 && isRendered && drifted.ok && drifted.value.length === 0;
  const taken = !running.ok
    ? await start(state.haproxy, version)
    : asItIs
      ? ok(undefined)
      : await reload(state.haproxy, desired);
  if (!taken.ok) return refuse(taken.error);
  faultPoint('recovery-taken');
  const settled = settle(machine, standing, digest);
  if (!settled.ok) return refuse(settled.error);
  const how = !running.ok ? 'started' : asItIs ? 'adopted' : 'restored';
  return closeUnfinished(machine, ok({ standing, how }));
}

/** Notes that what was under way has come to nothing: only now that the engine has none of it. */
function closeUnfinished<T>({ store }: Machine, recovered: Result<T, Refusal>): Result<T, Refusal> {
  const closed = transaction(store, () => {
    const unfinished = unfinishedRevisions(store);
    for (const { number } of unfinished.ok ? unfinished.value : []) {
      const ended = endRevision(store, number, { state: 'failed', reason: CUT_SHORT });
      if (!ended.ok) return ended;
    }
    // The controller that watched over them is gone, and with it what it compared with.
    const recent = revisions(store, { limit: RECENT });
    for (const { number, state } of recent.ok ? recent.value : []) {
      const marked = state === 'watching' ? markRevision(store, number, 'applied', UNWATCHED) : ok(undefined);
      if (!marked.ok) return marked;
    }
    return unfinished.ok ? endReloads(store, now(), CUT_SHORT) : unfinished;
  });
  return closed.ok ? recovered : refuse(closed.error);
}
