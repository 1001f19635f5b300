import { approximate } from '#lib';
import { storedQueues } from '#engines/relay';
import type { Desired, Relay } from '#plan';
import type { Path, Problem } from '#spec';
import { now } from '#system';

import type { Candidate } from './candidate.ts';
import { fault, type problemKinds } from './errors.ts';
import type { Refusal } from './judge.ts';
import type { State } from './state.ts';

type QueueName = { readonly service: string; readonly destination: string };
type Stored = QueueName & { readonly depth: number; readonly dead: number; readonly oldest: number | undefined };

const LEFT: keyof typeof problemKinds = 'queue-left-behind';

/**
 * Why a change must not be made: it would leave queues behind that are not empty, whose messages somebody was told are safe.
 * At the lines of the spec that no longer want them. Undefined where it leaves none.
 */
export function leavesQueues(
  state: Pick<State, 'relay'>,
  before: Pick<Desired, 'relays'> | undefined,
  { desired, locate }: Pick<Candidate, 'desired' | 'locate'>,
): Refusal | undefined {
  const gone = queuesOf(before?.relays ?? []).filter((queue) => !isIn(queuesOf(desired.relays), queue));
  if (gone.length === 0) return undefined;
  const stored = storedQueues(state.relay);
  if (!stored.ok) return { fault: stored.error, problems: [] };
  const left = stored.value.filter((queue) => isIn(gone, queue));
  if (left.length === 0) return undefined;
  const names = left.map(nameOf).join(', ');
  return {
    fault: fault(
      'apply-queue-left',
      `messages are stored that would not be delivered any more, in ${names}; nothing was changed`,
    ),
    problems: left.map((queue): Problem => {
      const path = placeOf(desired, queue);
      return { code: LEFT, severity: 'error', message: inWords(queue), path, location: locate(path) };
    }),
  };
}

const queuesOf = (relays: readonly Relay[]): readonly QueueName[] =>
  relays
    .filter(({ delivery }) => delivery === 'stored')
    .flatMap(({ name, destinations }) =>
      destinations.map((destination) => ({ service: name, destination: destination.name })),
    );

const isIn = (queues: readonly QueueName[], { service, destination }: QueueName): boolean =>
  queues.some((queue) => queue.service === service && queue.destination === destination);

const nameOf = ({ service, destination }: QueueName): string => `${service}/${destination}`;

/** Where the spec no longer wants a queue; the line that is nearest to it, where it is gone altogether. */
const placeOf = ({ relays }: Desired, { service }: QueueName): Path => {
  const delivery = relays.find(({ name }) => name === service)?.delivery;
  return ['services', service, 'relay', delivery === 'stored' ? 'destinations' : 'delivery'];
};

function inWords(queue: Stored): string {
  const { depth, dead, oldest } = queue;
  const name = nameOf(queue);
  const age = oldest === undefined ? '' : `, the oldest for ${approximate(Math.max(0, now() - oldest))}`;
  const waiting = `${depth === 1 ? '1 message waits' : `${depth} messages wait`}${age}`;
  const givenUp = dead === 1 ? '1 message was given up' : `${dead} messages were given up`;
  const [are, ways] = [
    [...(depth > 0 ? [waiting] : []), ...(dead > 0 ? [givenUp] : [])],
    [
      ...(depth > 0 ? [`wait until it is empty (vagus queue show ${name})`] : []),
      ...(dead > 0 ? [`vagus queue resend or discard ${name} --all`] : []),
    ],
  ];
  const forget =
    depth > 0
      ? `; to forget all of it: vagus queue hold ${name}, then vagus queue discard ${name} --all --waiting`
      : '';
  return `${name} would not be served any more, and in it ${are.join(', and ')}: ${ways.join(', and ')}${forget}`;
}
