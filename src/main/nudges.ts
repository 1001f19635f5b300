import { fileURLToPath } from 'node:url';

import type { Fault, Result } from '#lib';
import { ok } from '#lib';
import { configuredShare, type Layout, type ServerShare, setShares, shareCommands } from '#engines/haproxy';
import type { Backend } from '#plan';
import { type Companion, startCompanion } from '#system';

const WATCHDOG = fileURLToPath(new URL('watchdog.ts', import.meta.url));

/** A small heap: all it has is a list of commands. */
const SMALL = ['--max-old-space-size=16', '--max-semi-space-size=1'];

/** How long a watchdog has to have lived before the next one is started at once, ms. */
const BRIEF = 5_000;

export type Nudges = {
  /** Gives servers passing shares. Those who have what is configured are taken for neutral. */
  set(shares: readonly ServerShare[]): Promise<Result<void, Fault>>;
  /** Says that all is well: what is nudged stays, for so many ms. */
  beat(patience: number): void;
  /** From now on these are neutral. Servers that are not among them are gone, and forgotten. */
  follow(neutral: ReadonlyMap<string, ServerShare>): void;
  /** The servers that are nudged, by `backend/server`. */
  nudged(): ReadonlySet<string>;
  /** True where nobody would take nudges back if we ended now: then there must be none. */
  isUnguarded(): boolean;
  /** Takes everything back, and ends the watchdog; what we could not, it tries. */
  close(): Promise<void>;
};

/** Does nudges, each told first to a watchdog that takes it back when we have ended, or are not heard. */
export function openNudges(layout: Layout, begin: ReadonlyMap<string, ServerShare>): Nudges {
  let neutral = begin;
  const nudged = new Set<string>();
  let watchdog: Companion | undefined;
  let closing = false;
  /** Not before this is another one started. */
  let until = 0;
  start();

  function start(): void {
    const since = performance.now();
    watchdog = startCompanion(process.execPath, [...SMALL, WATCHDOG, layout.statsSocket], () => {
      watchdog = undefined;
      if (performance.now() - since < BRIEF) until = performance.now() + BRIEF;
    });
    for (const name of nudged) tell(name);
  }

  function tell(name: string): void {
    const share = neutral.get(name);
    const line = nudged.has(name) && share ? `+ ${name} ${shareCommands(share).join(';')}` : `- ${name}`;
    watchdog?.say(`${line}\n`);
  }

  const isNeutral = (share: ServerShare): boolean => {
    const configured = neutral.get(keyOf(share));
    return configured !== undefined && configured.weight === share.weight && configured.limit === share.limit;
  };

  return {
    async set(shares) {
      if (shares.length === 0) return ok(undefined);
      for (const share of shares) {
        const name = keyOf(share);
        if (isNeutral(share) || nudged.has(name)) continue;
        nudged.add(name);
        tell(name);
      }
      const done = await setShares(layout, shares);
      if (!done.ok) return done;
      for (const share of shares) {
        const name = keyOf(share);
        if (isNeutral(share) && nudged.delete(name)) tell(name);
      }
      return done;
    },
    beat(patience) {
      if (watchdog === undefined && !closing && performance.now() >= until) start();
      watchdog?.say(`. ${patience}\n`);
    },
    follow(next) {
      neutral = next;
      for (const name of nudged) {
        if (!neutral.has(name)) nudged.delete(name);
        tell(name);
      }
    },
    nudged: () => nudged,
    isUnguarded: () => watchdog === undefined,
    async close() {
      closing = true;
      const names = [...nudged];
      const taken = await setShares(
        layout,
        names.flatMap((name) => neutral.get(name) ?? []),
      );
      if (taken.ok) nudged.clear();
      for (const name of names) tell(name);
      watchdog?.close();
    },
  };
}

const keyOf = ({ backend, server }: ServerShare): string => `${backend}/${server}`;

/** What the servers of some pools have that nobody has nudged, by `backend/server`. */
export const neutralShares = (backends: readonly Backend[]): ReadonlyMap<string, ServerShare> =>
  new Map(
    backends.flatMap((backend) =>
      backend.servers.map((server) => [`${backend.name}/${server.name}`, configuredShare(backend, server)] as const),
    ),
  );
