import type { DestinationConfiguration, ServiceConfiguration } from './configuration.ts';
import type { FollowUps } from './follow-ups.ts';
import type { Journal } from './journal/journal.ts';
import { openPool, type Pool } from './pool.ts';
import { openQueue, type Queue } from './queue.ts';
import type { Voice } from './voice.ts';

/** A destination at work. */
export type Destination = DestinationConfiguration & {
  readonly pool: Pool;
  /** Where messages are stored before they are sent. */
  readonly queue: Queue | undefined;
};

export type DestinationParts = { readonly journal: Journal; readonly voice: Voice; readonly followUps: FollowUps };

/** The destinations of a configuration. One that was there before keeps its connections; one that is gone ends its own. */
export function openDestinations(
  configuration: ServiceConfiguration,
  before: readonly Destination[],
  parts: DestinationParts,
): readonly Destination[] {
  const after = configuration.destinations.map((destination): Destination => {
    const known = before.find(({ name }) => name === destination.name);
    known?.pool.update(destination.servers, configuration);
    const pool = known?.pool ?? openPool(destination.servers, configuration, poolEvents(parts));
    const queue =
      configuration.delivery === 'stored' ? (known?.queue ?? queueOf(destination.name, pool, parts)) : undefined;
    queue?.setRate(destination.rate);
    return { ...destination, pool, queue };
  });
  for (const each of before) if (!after.some(({ name }) => name === each.name)) closeDestination(each);
  return after;
}

/** Sends nothing more, and ends the connections when what is under way was answered. What is stored stays stored. */
export function closeDestination({ pool, queue }: Destination): void {
  queue?.stop();
  pool.retire();
}

function queueOf(destination: string, pool: Pool, { journal, voice, followUps }: DestinationParts): Queue {
  return openQueue(journal.queue(voice.configuration().name, destination), { journal, pool, voice, followUps });
}

const poolEvents = ({ voice, followUps }: DestinationParts): Parameters<typeof openPool>[2] => ({
  unreachable: (server, why) => voice.tell('relay-server-unreachable', why, { server }),
  sentAgain(server, { message }, why) {
    voice.counters.sentAgain += 1;
    voice.tell('relay-sent-again', why, { server, message });
  },
  unasked(server, answer) {
    if (followUps.pass(answer)) return true;
    voice.tell('relay-acknowledgement-stray', 'it acknowledged what was not under way', { server });
    return false;
  },
});
