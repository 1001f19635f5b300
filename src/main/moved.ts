import type { Fault } from '#lib';
import type { ChangeNews, Machine, OpenedChanges } from '#apply';
import { type EngineEvent, reload } from '#engines/haproxy';
import { now } from '#system';

/** How long after a reload the next one may come, ms: a name whose address changes all the time costs no more than that. */
const REST = 10_000;

export type MovedServers = {
  readonly react: (event: EngineEvent) => void;
  /** Reloads where it is needed, and may be now. To be called again and again. */
  readonly settle: () => Promise<void>;
};

/**
 * Has requests follow a server whose name has another address. An older HAProxy goes on using the connections that it has to
 * the old one, for as long as there is traffic; a worker that begins anew has none.
 */
export function followMoved(
  { state, version }: Machine,
  changes: OpenedChanges,
  tell: (news: ChangeNews) => void,
  complain: (what: Fault) => void,
): MovedServers {
  const moved = new Set<string>();
  let reloaded = 0;

  return {
    react(event) {
      if (event.event !== 'moved' || version.can.leaveOldAddress) return;
      const backend = changes.inForce().desired.backends.find(({ name }) => name === event.backend);
      if (backend?.protocol === 'http') moved.add(`${event.backend}/${event.server}`);
    },
    async settle() {
      if (moved.size === 0 || now() - reloaded < REST) return;
      moved.clear();
      const done = await changes.alone(() => reload(state.haproxy, changes.inForce().desired));
      reloaded = now();
      if (!done.ok) complain(done.error);
      else tell({ tone: 'good', text: 'HAProxy was reloaded, so that requests follow a server to its new address' });
    },
  };
}
