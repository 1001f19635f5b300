import type { Latency, ServerCounters, ServiceCounters } from './counters.ts';
import { LATENCY_BOUNDS } from './counters.ts';
import type { Journal } from './journal/journal.ts';
import { leftQueues } from './left.ts';
import type { Pool } from './pool.ts';
import type { Relay } from './relay.ts';
import type { Server, ServerState } from './server.ts';
import type { Destination } from './destination.ts';
import type { Service } from './service.ts';

export type RelayStatus = {
  readonly pid: number;
  /** Milliseconds since 1970. */
  readonly since: number;
  /** Resident memory, bytes. */
  readonly memory: number;
  /** Where the buckets of latencies end, ms; there is one more for what took longer. */
  readonly latencyBounds: readonly number[];
  readonly services: readonly ServiceStatus[];
  /** Queues that are not empty, and that no service serves any more. */
  readonly left: readonly LeftStatus[];
};

export type LeftStatus = { readonly service: string; readonly destination: string } & Pick<
  QueueStatus,
  'depth' | 'dead' | 'oldest' | 'isHeld'
>;

export type ServiceStatus = {
  readonly name: string;
  readonly delivery: 'direct' | 'stored';
  readonly counters: ServiceCounters;
  /** Messages that are under way or wait for those before them. */
  readonly underWay: number;
  readonly destinations: readonly DestinationStatus[];
};

export type DestinationStatus = {
  readonly name: string;
  /** Messages that wait for a server. */
  readonly waiting: number;
  /** What is stored for it; undefined where messages are delivered directly. */
  readonly queue: QueueStatus | undefined;
  readonly servers: readonly ServerStatus[];
};

export type QueueStatus = {
  /** Messages that wait or are under way, and those that were given up. */
  readonly depth: number;
  readonly dead: number;
  /** Messages that were stored and that were delivered, since the relay started. */
  readonly taken: number;
  readonly delivered: number;
  /** When the one came that waits longest, ms since 1970. */
  readonly oldest: number | undefined;
  readonly isHeld: boolean;
};

export type ServerStatus = {
  readonly name: string;
  readonly state: ServerState;
  readonly outstanding: number;
  readonly connections: number;
  readonly counters: ServerCounters & { readonly latency: Latency };
};

/** What the relay is doing, and has done since it started. */
export const statusOf = (
  relay: Relay,
  journal: Journal,
  process: Pick<RelayStatus, 'pid' | 'since' | 'memory'>,
): RelayStatus => ({
  ...process,
  latencyBounds: LATENCY_BOUNDS,
  services: relay.services().map((service) => serviceStatus(service, journal)),
  left: leftQueues(relay, journal).map(({ service, destination, depth, dead, oldest, isHeld }) => ({
    service,
    destination,
    depth,
    dead,
    oldest,
    isHeld,
  })),
});

const serviceStatus = (service: Service, journal: Journal): ServiceStatus => ({
  name: service.configuration().name,
  delivery: service.configuration().delivery,
  counters: service.counters,
  underWay: service.underWay(),
  destinations: service.destinations().map((destination) => destinationStatus(destination, journal)),
});

const destinationStatus = ({ name, pool, queue }: Destination, journal: Journal): DestinationStatus => ({
  name,
  waiting: pool.waiting(),
  queue: queue && {
    depth: queue.depth(),
    dead: journal.givenUp(queue.id),
    ...queue.counts(),
    oldest: journal.oldest(queue.id),
    isHeld: queue.isHeld(),
  },
  servers: serversOf(pool),
});

const serversOf = (pool: Pool): readonly ServerStatus[] => pool.servers().map(serverStatus);

const serverStatus = (server: Server): ServerStatus => ({
  name: server.name,
  state: server.state(),
  outstanding: server.outstanding,
  connections: server.connections(),
  counters: server.counters,
});
