import type { Fault, Result } from '#lib';
import type { ChangeNews, Machine, OpenedChanges, OpenedMaintenance } from '#apply';
import {
  endStuckSessions,
  type EngineEvent,
  processes,
  removeLeftovers,
  type Samples,
  samples,
  start,
} from '#engines/haproxy';
import { hourOf, notePeaks } from '#store';
import { isAlive, now, pause } from '#system';

/** How often to look whether HAProxy still runs, and what is stuck on servers that are down, ms. */
const LOOK = 1_000;

/** How often to note how much is in use at the least, ms; on a large site seldomer, since looking costs more there. */
const NOTE = 5_000;
const SHARE_OF_TIME = 0.005;

export type EngineKeeper = {
  /** Does what an event asks for at once. */
  readonly react: (event: EngineEvent) => Promise<void>;
  /** Gives servers the states again that people gave them: HAProxy began anew. */
  readonly restoreOverrides: () => Promise<void>;
  readonly close: () => Promise<void>;
};

/**
 * Looks after the engine: starts it again where it has ended, ends what is stuck on servers that are down, deletes servers
 * that were removed once nothing is on them, and notes how much is in use.
 */
export async function lookAfterEngine(
  { state, version, store }: Machine,
  changes: OpenedChanges,
  maintenance: OpenedMaintenance,
  tell: (news: ChangeNews) => void,
  complain: (what: Fault) => void,
): Promise<EngineKeeper> {
  const layout = state.haproxy;
  const stopping = new AbortController();
  let master = await masterOf();
  let leftovers = true;
  let noted = 0;
  let noteEvery = NOTE;
  /** The servers that are down, by `backend/server`: something may be stuck on them. */
  const down = new Set<string>();

  changes.onChange(() => {
    leftovers = true;
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

  async function endStuckOn(name: string): Promise<void> {
    const [backend = '', server = ''] = name.split('/');
    const pool = changes.inForce().desired.backends.find((candidate) => candidate.name === backend);
    // A server that takes one connection at a time answers no check while it works: its session is no stuck one.
    const isSingle = pool?.servers.find((candidate) => candidate.name === server)?.maxConnections === 1;
    if (pool === undefined || isSingle) return;
    report(await endStuckSessions(layout, version, { backend, server, http: pool.protocol === 'http' }));
  }

  // The process is asked for and not its socket: a master that reloads answers nobody for a moment.
  async function restartIfEnded(): Promise<void> {
    if (master === undefined || isAlive(master) || stopping.signal.aborted) return;
    tell({ tone: 'bad', text: 'HAProxy has ended; starting it again' });
    const settled = await changes.settle();
    if (!settled.ok) complain(settled.error.fault);
    const started = await changes.alone(() => start(layout, version));
    if (started.ok) ({ master } = started.value);
    report(started.ok ? await maintenance.reassert() : started);
  }

  async function note(): Promise<void> {
    if (now() - noted < noteEvery) return;
    const begin = performance.now();
    const known = await samples(layout);
    if (!known.ok) return;
    noteDown(known.value);
    const used = known.value.backends.filter(({ sessions }) => sessions > 0);
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
    }
  }

  async function keepLooking(): Promise<void> {
    while (!stopping.signal.aborted) {
      await note();
      await Promise.all([...down].map(endStuckOn));
      if (leftovers) {
        const left = await changes.alone(() => removeLeftovers(layout, changes.inForce().desired));
        report(left);
        leftovers = !left.ok || left.value > 0;
      }
      await pause(LOOK);
      await restartIfEnded();
    }
  }

  const looking = keepLooking();

  return {
    async react(event) {
      if (event.event !== 'server') return;
      const name = `${event.backend}/${event.server}`;
      if (event.up) {
        down.delete(name);
        return;
      }
      down.add(name);
      await endStuckOn(name);
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
