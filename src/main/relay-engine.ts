import type { Fault } from '#lib';
import { type ChangeNews, type Machine, needsRelay, type OpenedChanges, serveRelays } from '#apply';
import { followRelay, status } from '#engines/relay';
import type { RelayEvent } from '#relay';
import { isAlive, pause } from '#system';

/** How often to look whether the relay still runs, ms. */
const LOOK = 1_000;

/** Looks after the relay: starts it again where it has ended, which is said once, and passes on what it tells. */
export function lookAfterRelay(
  { state }: Pick<Machine, 'state'>,
  changes: OpenedChanges,
  tell: (news: ChangeNews) => void,
  complain: (what: Fault) => void,
  onEvent: (event: RelayEvent) => void,
): { readonly close: () => Promise<void> } {
  const stopping = new AbortController();
  let pid: number | undefined;
  let following: { close(): void } | undefined;
  /** What happened before we came is told already. */
  let isFirst = true;
  let isInTrouble = false;

  async function look(): Promise<void> {
    if (!(await isRunning()) && needsRelay(state, changes.inForce().desired.relays)) await startAgain();
    if (pid !== undefined) following ??= follow();
    isFirst = false;
  }

  async function isRunning(): Promise<boolean> {
    if (pid !== undefined && isAlive(pid)) return true;
    const found = await status(state.relay);
    // A change may have started another one meanwhile.
    pid = found.ok ? found.value.pid : undefined;
    return found.ok;
  }

  async function startAgain(): Promise<void> {
    if (!isInTrouble) tell({ tone: 'bad', text: 'The relay has ended; starting it again' });
    const started = await changes.alone(async () =>
      stopping.signal.aborted ? undefined : serveRelays(state, changes.inForce().desired),
    );
    if (started === undefined) return;
    if (!started.ok && !isInTrouble) complain(started.error);
    isInTrouble = !started.ok;
    await isRunning();
  }

  const follow = (): { close(): void } =>
    followRelay(state.relay, !isFirst, onEvent, () => {
      following = undefined;
      pid = undefined;
    });

  async function keepLooking(): Promise<void> {
    while (!stopping.signal.aborted) {
      await look();
      await pause(LOOK);
    }
  }
  const looking = keepLooking();

  return {
    async close() {
      stopping.abort();
      await looking;
      following?.close();
    },
  };
}
