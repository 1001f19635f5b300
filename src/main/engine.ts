import type { Fault, Result } from '#lib';
import type { ChangeNews, Machine, OpenedChanges, OpenedMaintenance } from '#apply';
import {
  type DownServer,
  endStuckSessions,
  type EngineEvent,
  processes,
  removeLeftovers,
  type Samples,
  samples,
  start,
} from '#engines/haproxy';
import { withRelay } from '#observe';
import type { Desired } from '#plan';
import { hourOf, notePeaks } from '#store';
import { isAlive, now, pause } from '#system';

import { followMoved } from './moved.ts';

/** How often to look whether HAProxy still runs, and what is stuck on servers that are down, ms. */
const LOOK = 1_000;

/** How many looks in a row a HAProxy may answer nobody whose process is not known. */
const MOST_SILENT = 5;

/** How often to note how much is in use at the least, ms; on a large site seldomer, since looking costs more there. */
const NOTE = 5_000;
const SHARE_OF_TIME = 0.005;

export type EngineKeeper = {
  /** Does what an event asks for at once. */
  readonly react: (event: EngineEvent) => Promise<void>;
  /** Gives servers the states again that people gave them. */
  readonly restoreOverrides: () => Promise<void>;
  readonly close: () => Promise<void>;
};

/**
 * Looks after the engine: starts it again where it has ended, ends what is stuck on servers that are down, deletes servers
 * that were removed once nothing is on them, has requests follow names, and notes how much is in use. What it sees of all of
 * it, `take` gets too.
 */
export async function lookAfterEngine(
  machine: Machine,
  changes: OpenedChanges,
  maintenance: OpenedMaintenance,
  tell: (news: ChangeNews) => void,
  complain: (what: Fault) => void,
  take: (seen: Samples | undefined) => void,
): Promise<EngineKeeper> {
  const { state, version, store } = machine;
  const layout = state.haproxy;
  const stopping = new AbortController();
  let master = await masterOf();
  let silent = 0;
  /** The pools that servers have left lately, by their names in the engine; undefined: it may be any. */
  let left: ReadonlySet<string> | undefined;
  let { desired } = changes.inForce();
  let noted = 0;
  let noteEvery = NOTE;
  /** The servers that are down, by `backend/server`: something may be stuck on them. */
  const down = new Set<string>();
  const moved = followMoved(machine, changes, tell, complain);

  changes.onChange((standing) => {
    left = left && left.union(poolsLeft(desired, standing.desired));
    ({ desired } = standing);
    void masterOf().then(notice);
  });

  async function masterOf(): Promise<number | undefined> {
    const running = await processes(layout);
    return running.ok ? running.value.master : undefined;
  }

  /** A change that finds HAProxy ended starts it again: it knows nothing then of what people have made of servers. */
  async function notice(found: number | undefined): Promise<void> {
    if (found === undefined || found === master) return;
    master = found;
    report(await maintenance.reassert());
  }

  function report(done: Result<unknown, Fault>): void {
    if (!done.ok) complain(done.error);
  }

  let isEnding = false;
  let isToEnd = false;

  /** One look for all servers that are down: where a whole network is gone, that is thousands at a time. */
  async function endStuck(): Promise<void> {
    isToEnd = true;
    if (isEnding) return;
    isEnding = true;
    while (isToEnd) {
      isToEnd = false;
      report(await endStuckSessions(layout, version, stuckServers()));
    }
    isEnding = false;
  }

  function stuckServers(): readonly DownServer[] {
    if (down.size === 0) return [];
    return desired.backends.flatMap(({ name, protocol, servers }) =>
      servers
        // A server that takes one connection at a time answers no check while it works: its session is no stuck one.
        .filter((server) => down.has(`${name}/${server.name}`) && server.maxConnections !== 1)
        .map((server) => ({ backend: name, server: server.name, http: protocol === 'http' })),
    );
  }

  /** One that ended before its process was known answers nobody, for longer than any reload takes. */
  async function hasEnded(): Promise<boolean> {
    if (master !== undefined) return !isAlive(master);
    master = await masterOf();
    silent = master === undefined ? silent + 1 : 0;
    return silent >= MOST_SILENT;
  }

  // The process is asked for and not its socket: a master that reloads answers nobody for a moment.
  async function restartIfEnded(): Promise<void> {
    if (stopping.signal.aborted || !(await hasEnded())) return;
    tell({ tone: 'bad', text: 'HAProxy has ended; starting it again' });
    const settled = await changes.settle();
    if (!settled.ok) complain(settled.error.fault);
    const started = await changes.alone(async () => {
      // A change that came meanwhile has started it. Two would share every port.
      const running = await processes(layout);
      return running.ok ? running : start(layout, version);
    });
    if (started.ok) ({ master } = started.value);
    report(started.ok ? await maintenance.reassert() : started);
  }

  async function note(): Promise<void> {
    if (now() - noted < noteEvery) return;
    const begin = performance.now();
    const known = await samples(layout);
    const seen = known.ok ? await withRelay(known.value, state, desired) : undefined;
    take(seen);
    if (seen === undefined) return;
    noteDown(seen);
    const used = seen.backends.filter(({ sessions }) => sessions > 0);
    report(
      notePeaks(
        store,
        hourOf(now()),
        used.map(({ backend, sessions }) => [backend, sessions]),
      ),
    );
    noted = now();
    noteEvery = Math.max(NOTE, (performance.now() - begin) / SHARE_OF_TIME);
  }

  function noteDown({ servers }: Samples): void {
    for (const { backend, server, status } of servers) {
      if (status.startsWith('DOWN')) down.add(`${backend}/${server}`);
      else down.delete(`${backend}/${server}`);
    }
    const known = new Set(servers.map(({ backend, server }) => `${backend}/${server}`));
    for (const name of down) if (!known.has(name)) down.delete(name);
  }

  async function removeLeft(): Promise<void> {
    const pools = left;
    if (pools?.size === 0) return;
    left = new Set();
    const removed = await changes.alone(() => removeLeftovers(layout, changes.inForce().desired, pools));
    report(removed);
    if (!removed.ok || removed.value > 0) left = pools && left.union(pools);
  }

  async function keepLooking(): Promise<void> {
    while (!stopping.signal.aborted) {
      await note();
      await endStuck();
      await removeLeft();
      await moved.settle();
      await pause(LOOK);
      await restartIfEnded();
    }
  }

  const looking = keepLooking();

  return {
    async react(event) {
      moved.react(event);
      if (event.event !== 'server') return;
      const name = `${event.backend}/${event.server}`;
      if (event.up) {
        down.delete(name);
        return;
      }
      down.add(name);
      await endStuck();
    },
    async restoreOverrides() {
      report(await maintenance.reassert());
    },
    async close() {
      stopping.abort();
      await looking;
    },
  };
}

/** The pools that have lost a server. What did not change is the very same value before and after. */
function poolsLeft(before: Desired, after: Desired): ReadonlySet<string> {
  const kept = new Map(after.backends.map((backend) => [backend.name, backend]));
  const lost = before.backends.filter((backend) => {
    const is = kept.get(backend.name);
    if (is === undefined || is === backend) return false;
    const names = new Set(is.servers.map(({ name }) => name));
    return backend.servers.some(({ name }) => !names.has(name));
  });
  return new Set(lost.map(({ name }) => name));
}
