import { type Fault, ok } from '#lib';
import { type ChangeNews, type Machine, type OpenedChanges, restore } from '#apply';
import type { EngineEvent } from '#engines/haproxy';
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
  machine: Machine,
  changes: OpenedChanges,
  tell: (news: ChangeNews) => void,
  complain: (what: Fault) => void,
): MovedServers {
  let isDue = false;
  let tried = 0;

  return {
    react(event) {
      if (event.event !== 'moved' || machine.version.can.leaveOldAddress) return;
      const backend = changes.inForce().desired.backends.find(({ name }) => name === event.backend);
      isDue ||= backend?.protocol === 'http';
    },
    async settle() {
      if (!isDue || now() - tried < REST) return;
      isDue = false;
      // Live changes may be ahead of the files: what is in force has to be in them before they are read.
      const done = await changes.alone(async () => {
        const standing = changes.standing();
        return standing === undefined ? ok(undefined) : restore(machine, standing);
      });
      tried = now();
      if (done.ok) {
        tell({ tone: 'good', text: 'HAProxy was reloaded, so that requests follow a server to its new address' });
      } else {
        isDue = true;
        complain(done.error);
      }
    },
  };
}
