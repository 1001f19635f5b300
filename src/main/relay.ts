import { type Fault, ok, type Result } from '#lib';
import type { RelayMoment, RelayPort, QueueName } from '#api';
import { ask, type RelayLayout, status } from '#engines/relay';
import type { DeadMessage } from '#relay';
import { now } from '#system';

/** How often the relay is looked at, and how far back what it did is known, ms. */
const INTERVAL = 5_000;
const KEPT = 60_000;

/** How long it may take over all messages of a queue, ms: a hundred thousand take some seconds. */
const PATIENCE = 120_000;

/** What it did in less than this is no rate, ms. */
const LEAST = 1_000;

/** Asks the relay for the API, and remembers what it did in the last minute. `isWanted`: something is relayed. */
export function watchRelay(
  layout: RelayLayout,
  isWanted: () => boolean,
): RelayPort & { /** Looks no more. */ close(): void } {
  let moments: readonly RelayMoment[] = [];

  async function look(): Promise<Result<RelayMoment, Fault>> {
    const found = await status(layout);
    return found.ok ? ok({ at: now(), status: found.value }) : found;
  }

  async function remember(): Promise<void> {
    const found = isWanted() ? await look() : undefined;
    if (!found?.ok) return;
    const { at } = found.value;
    moments = [...moments.filter((moment) => at - moment.at <= KEPT), found.value];
  }
  const timer = setInterval(() => void remember(), INTERVAL);

  /** What the relay answers to a command about a queue. Its own types say what that is: both are of one version. */
  async function command<T>(name: string, queue: QueueName, fields: object = {}): Promise<Result<T, Fault>> {
    const { service, destination } = queue;
    const patience = 'all' in fields ? PATIENCE : undefined;
    return (await ask(layout, { command: name, service, destination, ...fields }, patience)) as Result<T, Fault>;
  }

  const which = (id: number | 'all' | 'everything'): object => {
    if (id === 'everything') return { all: true, waiting: true };
    return id === 'all' ? { all: true } : { id };
  };
  type Done = { readonly messages: number };

  return {
    async look() {
      const found = await look();
      if (!found.ok) return found;
      const { at, status: seen } = found.value;
      // One that was started again counts anew.
      const before = moments.find(
        (moment) => moment.status.since === seen.since && at - moment.at >= LEAST && at - moment.at <= KEPT,
      );
      return ok({ ...found.value, before });
    },
    hold: (queue, isHeld) => command<void>(isHeld ? 'hold' : 'release', queue),
    dead: (queue, page) => command<readonly DeadMessage[]>('list', queue, page),
    deadMessage: (queue, id) => command<DeadMessage>('show', queue, { id }),
    resend: (queue, id) => command<Done>('resend', queue, which(id)),
    discard: (queue, id) => command<Done>('discard', queue, which(id)),
    close: () => clearInterval(timer),
  };
}
