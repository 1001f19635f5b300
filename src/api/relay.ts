import type { Answer, routes } from '#api/contract';
import type { DestinationStatus, Latency, LeftStatus, RelayStatus, ServerStatus, ServiceStatus } from '#relay';

import { auditEntries, type Store } from '#store';

import { subjectOf } from './asking.ts';
import type { RelayLook } from './ports.ts';

/** A queue under the spec’s names. */
export type NamedQueue = Readonly<Answer<(typeof routes)['queues']>[number]>;

type RelayAnswer = Answer<(typeof routes)['relay']>;

/** What is stored for the services that the asker may see; last what is stored and not served any more. */
export const queuesIn = (look: RelayLook, may: (service: string) => boolean = () => true): readonly NamedQueue[] => [
  ...look.status.services
    .filter(({ name }) => may(name))
    .flatMap((service) => service.destinations.flatMap((destination) => queueIn(look, service, destination) ?? [])),
  ...look.status.left.filter(({ service }) => may(service)).map(leftQueue),
];

const leftQueue = ({ service, destination, depth, oldest, dead, isHeld }: LeftStatus): NamedQueue => ({
  service,
  destination,
  label: `${service}/${destination}`,
  depth,
  oldest,
  dead,
  served: false,
  held: isHeld,
});

/** The same queues; those that are held with who holds them and why, as the audit has it. */
export function withHolders(store: Store, queues: readonly NamedQueue[]): readonly NamedQueue[] {
  if (!queues.some(({ held }) => held)) return queues;
  const found = auditEntries(store, { action: 'holdQueue', outcome: 'done', first: 'newest', limit: LATELY_HELD });
  const entries = found.ok ? found.value : [];
  return queues.map((queue) => {
    const entry = queue.held ? entries.find(({ subject }) => subject === subjectOf(queue)) : undefined;
    if (entry === undefined) return queue;
    const { why } = entry.detail as { readonly why?: string };
    return { ...queue, hold: { by: entry.by, why, since: entry.at } };
  });
}

/** How far back it is looked who holds a queue. */
const LATELY_HELD = 1_000;

/** What the relay says of a service; undefined where it passes on none of that name. */
export function relayIn(look: RelayLook, name: string): RelayAnswer | undefined {
  const service = look.status.services.find((each) => each.name === name);
  if (service === undefined) return undefined;
  const { delivery, underWay, destinations } = service;
  const { senders, received, answered, stored, repeated, dead, refused, unserved, unknown, sentAgain } =
    service.counters;
  return {
    service: name,
    delivery,
    since: look.status.since,
    underWay,
    counters: { senders, received, answered, stored, repeated, dead, refused, unserved, unknown, sentAgain },
    destinations: destinations.map((destination) => ({
      name: destination.name,
      waiting: destination.waiting,
      queue: queueIn(look, service, destination),
      servers: destination.servers.map((server) => serverIn(look, { service, destination, server })),
    })),
  };
}

function queueIn(look: RelayLook, service: ServiceStatus, destination: DestinationStatus): NamedQueue | undefined {
  const { queue } = destination;
  if (queue === undefined) return undefined;
  const { before } = look;
  const earlier = before && destinationIn(before.status, service.name, destination.name)?.queue;
  const inASecond = (now: number, then: number | undefined): number | undefined =>
    before === undefined || then === undefined ? undefined : ((now - then) * 1_000) / (look.at - before.at);
  return {
    service: service.name,
    destination: destination.name,
    label: queueLabel(service, destination.name),
    depth: queue.depth,
    oldest: queue.oldest,
    dead: queue.dead,
    served: true,
    held: queue.isHeld,
    inPerSecond: inASecond(queue.taken, earlier?.taken),
    outPerSecond: inASecond(queue.delivered, earlier?.delivered),
  };
}

/** `adt` where that is the service's only queue, else `adt/lab`. */
const queueLabel = ({ name, destinations }: ServiceStatus, destination: string): string =>
  destinations.length === 1 && destination === 'default' ? name : `${name}/${destination}`;

type Place = {
  readonly service: ServiceStatus;
  readonly destination: DestinationStatus;
  readonly server: ServerStatus;
};

function serverIn({ status, before }: RelayLook, { service, destination, server }: Place) {
  const { name, state, outstanding, connections, counters } = server;
  const { sent, answered, unknown, unreachable, latency } = counters;
  const earlier = before && destinationIn(before.status, service.name, destination.name);
  const then = earlier?.servers.find((each) => each.name === name)?.counters.latency;
  const quantile = (share: number) => quantileOf(share, status.latencyBounds, since(latency, then));
  return {
    name,
    state,
    outstanding,
    connections,
    sent,
    answered,
    unknown,
    unreachable,
    latencyP50: quantile(0.5),
    latencyP99: quantile(0.99),
  };
}

const destinationIn = (status: RelayStatus, service: string, name: string): DestinationStatus | undefined =>
  status.services.find((each) => each.name === service)?.destinations.find((each) => each.name === name);

/** How many fell into each bucket since then. */
const since = ({ buckets }: Latency, then: Latency | undefined): readonly number[] =>
  buckets.map((count, index) => Math.max(0, count - (then?.buckets[index] ?? 0)));

/**
 * A quantile of what is known by buckets alone, as Prometheus reckons it: evenly spread within a bucket. What took longer
 * than the last bound counts as that. Undefined where there is nothing.
 */
export function quantileOf(share: number, bounds: readonly number[], buckets: readonly number[]): number | undefined {
  const all = buckets.reduce((sum, count) => sum + count, 0);
  if (all === 0) return undefined;
  let below = 0;
  for (const [index, count] of buckets.entries()) {
    const [from, to] = [bounds[index - 1] ?? 0, bounds[index]];
    if (to === undefined) return from;
    if (count > 0 && below + count >= share * all) return from + ((to - from) * (share * all - below)) / count;
    below += count;
  }
  return bounds.at(-1);
}
