import type { Step } from '#plan';
import { type Traffic, traffic } from '#observe';
import { now, pause } from '#system';

import type { Machine } from './machine.ts';
import type { Standing } from './standing.ts';

/** How long a change is watched at the least and at the most, ms: as long as its checks need to fail. */
const SHORTEST = 10_000;
const LONGEST = 60_000;

/** How often to look, ms. */
const LOOK = 1_000;

/** From how many requests on a share of failures says something, and how large it may be. */
const ENOUGH = 20;
const TOLERABLE = 0.05;

type Look = ReadonlyMap<string, Traffic>;

/** A change that is watched. */
type Watch = {
  /** What was in force before the first change that is not known to be good. */
  readonly good: Standing;
  readonly revisions: readonly number[];
  /** The services it touches. */
  readonly services: ReadonlySet<string>;
  readonly until: number;
  readonly before: Look;
  /** Counters as they were when it began; undefined until the first look. */
  begin: Look | undefined;
};

/** What came of the revisions that were watched together. `reason`: they are to be taken back to `good`. */
export type Verdict = {
  readonly revisions: readonly number[];
  readonly good: number;
  readonly reason: string | undefined;
};

export type Gate = {
  /** Notes how services are before a change. `isQuick`: what was seen in the last minute will do. */
  readonly before: (isQuick: boolean) => Promise<void>;
  /** Watches a change, and reports once what came of it. A change that comes meanwhile is watched with it. */
  readonly watch: (before: Standing, after: Standing, steps: readonly Step[]) => void;
  /** Lets go of what is watched, and returns its revisions: whoever acts on it by hand decides. */
  readonly release: () => readonly number[];
};

/** Watches whether services suffer from a change: one that had healthy servers has none, or its requests fail. */
export function openGate(
  { state }: Machine,
  standing: () => Standing | undefined,
  tell: (verdict: Verdict) => void,
): Gate {
  let seen: { readonly at: number; readonly look: Look } | undefined;
  let watched: Watch | undefined;

  const look = async (): Promise<Look | undefined> => {
    const desired = standing()?.desired;
    const found = desired && (await traffic(state.haproxy, desired));
    if (!found?.ok) return undefined;
    seen = { at: now(), look: found.value };
    return found.value;
  };

  async function keepWatching(): Promise<void> {
    let suspect: string | undefined;
    while (watched) {
      await pause(LOOK);
      const mine = watched;
      const current = await look();
      if (!watched || mine !== watched || !current) continue;
      mine.begin ??= current;
      const suffering = sufferingOf(mine, current);
      // Seen twice, one second apart, it is no accident of the moment.
      const isSure = suffering !== undefined && suffering.service === suspect;
      if (isSure || (now() >= mine.until && suffering === undefined)) {
        watched = undefined;
        tell({ revisions: mine.revisions, good: mine.good.revision.number, reason: suffering?.words });
      }
      suspect = suffering?.service;
    }
  }

  return {
    async before(isQuick) {
      if (seen === undefined || !isQuick || now() - seen.at > LONGEST) await look();
    },
    watch(before, after, steps) {
      const isFirst = watched === undefined;
      const touched = steps.flatMap(({ service }) => service ?? after.desired.frontends.map(({ name }) => name));
      watched = {
        good: watched?.good ?? before,
        revisions: [...(watched?.revisions ?? []), after.revision.number],
        services: new Set([...(watched?.services ?? []), ...touched]),
        until: now() + settlingTime(after, new Set(touched)),
        before: watched?.before ?? seen?.look ?? new Map<string, Traffic>(),
        begin: undefined,
      };
      if (isFirst) void keepWatching();
    },
    release() {
      const revisions = watched?.revisions ?? [];
      watched = undefined;
      return revisions;
    },
  };
}

/** How long the checks of the services need until they have taken out a server that does not answer. */
function settlingTime({ desired }: Standing, services: ReadonlySet<string>): number {
  const needed = desired.backends
    .filter(({ service }) => services.has(service))
    .map(({ check }) => (check.type === 'follow' ? 0 : check.interval * (check.fall + 1) + check.timeout));
  return Math.min(LONGEST, Math.max(SHORTEST, ...needed));
}

/** A service with which something is wrong since the change, and in words what; undefined where there is none. */
function sufferingOf(
  { services, before, begin }: Watch,
  current: Look,
): { readonly service: string; readonly words: string } | undefined {
  for (const name of services) {
    const [was, is, first] = [before.get(name), current.get(name), begin?.get(name)];
    if (was === undefined || is === undefined || first === undefined) continue;
    if (was.serving > 0 && is.serving === 0) return { service: name, words: `${name} has no healthy server any more` };
    // A new worker counts from nothing.
    const [done, failed] = [is.done - first.done, is.failed - first.failed];
    const bound = Math.max(TOLERABLE, 3 * (was.done === 0 ? 0 : was.failed / was.done));
    if (done >= ENOUGH && failed / done > bound) {
      const share = Math.round((100 * failed) / done);
      return { service: name, words: `${share} % of the requests of ${name} fail since the change` };
    }
  }
  return undefined;
}
