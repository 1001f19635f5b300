import type { Step } from '#plan';
import type { Traffic } from '#observe';

import type { Standing } from './standing.ts';

/** How long a change is watched at the least and at the most, ms: as long as its checks need to fail. */
const SHORTEST = 10_000;
const LONGEST = 60_000;

/** How often to look, ms. */
const LOOK = 1_000;

/** From how many requests on a share of failures says something, and how large it may be. */
const ENOUGH = 20;
const TOLERABLE = 0.05;

export type Look = ReadonlyMap<string, Traffic>;

/** What a gate sees of some services, or of all, by name; undefined where nobody answers. And its clock, in ms. */
export type Sight = {
  readonly look: (services?: ReadonlySet<string>) => Promise<Look | undefined>;
  readonly now: () => number;
  readonly pause: (milliseconds: number) => Promise<void>;
};

/** Changes that are watched together. */
type Watch = {
  /** The revision in force before the first change that is not known to be good. */
  readonly good: number;
  readonly changes: readonly { readonly revision: number; readonly until: number }[];
  /** The services they touch. */
  readonly services: ReadonlySet<string>;
  /** How services were before it; those that nobody looked at before, at the first look after. */
  before: Look | undefined;
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
  /**
   * Notes how services are before a change. `isQuick`: there is no time for that; how they are right after will do, since
   * a check takes longer to fail.
   */
  readonly before: (isQuick: boolean) => Promise<void>;
  /** Watches a change, and reports once what came of it. A change that comes meanwhile is watched with it. */
  readonly watch: (before: Standing, after: Standing, steps: readonly Step[]) => void;
  /** Lets go of what is watched, and returns its revisions: whoever acts on it by hand decides. */
  readonly release: () => readonly number[];
};

/** Watches whether services suffer from a change: one that had healthy servers has none, or its requests fail. */
export function openGate({ look, now, pause }: Sight, tell: (verdict: Verdict) => Promise<void>): Gate {
  let seen: Look | undefined;
  let watched: Watch | undefined;
  let isWatching = false;

  async function keepWatching(): Promise<void> {
    if (isWatching) return;
    isWatching = true;
    let suspect: string | undefined;
    for (; watched; await pause(LOOK)) {
      const mine: Watch = watched;
      const current = await look(mine.services);
      if (mine !== watched || !current) continue;
      // A service that a later change touches was not looked at before.
      mine.before = new Map([...current, ...(mine.before ?? [])]);
      mine.begin ??= current;
      const suffering = sufferingOf(mine, current);
      // Seen twice, one second apart, it is no accident of the moment.
      if (suffering !== undefined && suffering.service === suspect) {
        await tell({ revisions: revisionsOf(mine), good: mine.good, reason: suffering.words });
        // A change that came before it could be taken back is watched with it from now on.
        if (mine === watched) watched = undefined;
      } else if (suffering === undefined) await pass(mine);
      suspect = suffering?.service;
    }
    isWatching = false;
  }

  /** Ends the watch over changes whose time is over. */
  async function pass(mine: Watch): Promise<void> {
    const next = mine.changes.findIndex(({ until }) => until > now());
    const passed = revisionsOf(mine).slice(0, next === -1 ? undefined : next);
    const last = passed.at(-1);
    if (last === undefined) return;
    watched = next === -1 ? undefined : { ...mine, good: last, changes: mine.changes.slice(next) };
    await tell({ revisions: passed, good: mine.good, reason: undefined });
  }

  return {
    async before(isQuick) {
      seen = isQuick ? undefined : await look();
    },
    watch(before, after, steps) {
      const touched = steps.flatMap(({ service }) => service ?? after.desired.frontends.map(({ name }) => name));
      watched = {
        good: watched?.good ?? before.revision.number,
        changes: [
          ...(watched?.changes ?? []),
          { revision: after.revision.number, until: now() + settlingTime(after, new Set(touched)) },
        ],
        services: new Set([...(watched?.services ?? []), ...touched]),
        before: watched?.before ?? seen,
        begin: undefined,
      };
      void keepWatching();
    },
    release() {
      const revisions = watched ? revisionsOf(watched) : [];
      watched = undefined;
      return revisions;
    },
  };
}

const revisionsOf = ({ changes }: Watch): readonly number[] => changes.map(({ revision }) => revision);

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
    const [was, is, first] = [before?.get(name), current.get(name), begin?.get(name)];
    if (was === undefined || is === undefined || first === undefined) continue;
    if (was.serving > 0 && is.serving === 0 && is.down > 0)
      return { service: name, words: `${name} has no healthy server any more` };
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
