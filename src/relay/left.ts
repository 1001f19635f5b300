import type { Journal } from './journal/journal.ts';
import type { Holding, QueueOnDisk } from './journal/queues.ts';
import type { Relay } from './relay.ts';

/** A queue that is not empty, and that no service serves any more. */
type LeftQueue = QueueOnDisk & Holding;

/** The queues that hold messages for destinations that are gone. What they hold is kept until they come back. */
export const leftQueues = (relay: Pick<Relay, 'services'>, journal: Journal): readonly LeftQueue[] => {
  const served = new Set(relay.services().flatMap((service) => service.destinations().map(({ queue }) => queue?.id)));
  return journal
    .queues()
    .filter(({ id }) => !served.has(id))
    .map((queue) => ({
      ...queue,
      depth: journal.waiting(queue.id),
      dead: journal.givenUp(queue.id),
      oldest: journal.oldest(queue.id),
    }))
    .filter(({ depth, dead }) => depth + dead > 0);
};
