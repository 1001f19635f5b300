import type { AnswerTimes, BackendSample, Layout, Samples, ServerSample } from '#engines/haproxy';
import { type RelayLayout, status } from '#engines/relay';
import type { Desired, Relay } from '#plan';
import type { DestinationStatus, RelayStatus, ServerStatus } from '#relay';

/** Where the engines are asked what they see. */
export type Engines = { readonly haproxy: Layout; readonly relay: RelayLayout };

/**
 * What HAProxy sees, and of servers that get their messages from the relay what the relay does: HAProxy only checks them. Where
 * nothing is relayed, or the relay does not answer, what HAProxy sees.
 */
export async function withRelay(
  samples: Samples,
  { relay }: Pick<Engines, 'relay'>,
  { relays }: Pick<Desired, 'relays'>,
): Promise<Samples> {
  const told = relays.length > 0 ? await status(relay) : undefined;
  return told?.ok ? joined(samples, relays, told.value) : samples;
}

/** The pure part of `withRelay`. */
export function joined(samples: Samples, relays: readonly Relay[], told: RelayStatus): Samples {
  const destinations = Map.groupBy(destinationsOf(relays, told), ({ backend }) => backend);
  return {
    ...samples,
    backends: samples.backends.map((sample) => ofBackend(sample, destinations.get(sample.backend))),
    servers: samples.servers.map((sample) => ofServer(sample, destinations.get(sample.backend), told.latencyBounds)),
  };
}

type Destination = DestinationStatus & { readonly backend: string };

/** The destinations of all services, with the pools that their servers are in. One pool may be in several. */
function destinationsOf(relays: readonly Relay[], { services }: RelayStatus): readonly Destination[] {
  return relays.flatMap((relay) => {
    const told = services.find(({ name }) => name === relay.name);
    return (told?.destinations ?? []).flatMap((destination) => {
      const backend = relay.destinations.find(({ name }) => name === destination.name)?.backend;
      return backend === undefined ? [] : [{ ...destination, backend }];
    });
  });
}

function ofBackend(sample: BackendSample, destinations: readonly Destination[] | undefined): BackendSample {
  if (destinations === undefined) return sample;
  const servers = destinations.flatMap((destination) => destination.servers);
  const outstanding = sum(servers, (server) => server.outstanding);
  return {
    ...sample,
    queued: sum(destinations, ({ waiting }) => waiting),
    sessions: outstanding,
    totalSessions: outstanding + sum(servers, ({ counters }) => counters.sent),
    responseErrors: sum(servers, ({ counters }) => counters.unknown),
  };
}

function ofServer(
  sample: ServerSample,
  destinations: readonly Destination[] | undefined,
  bounds: readonly number[],
): ServerSample {
  const servers = destinations?.flatMap((destination) => destination.servers) ?? [];
  const own = servers.filter(({ name }) => name === sample.server);
  if (own.length === 0) return sample;
  const outstanding = sum(own, (server) => server.outstanding);
  const sent = sum(own, ({ counters }) => counters.sent);
  const answerTimes = latencyOf(own, bounds);
  return {
    ...sample,
    sessions: outstanding,
    totalSessions: outstanding + sent,
    responseTime: meanLatency(answerTimes),
    answerTimes,
    connectErrors: sum(own, ({ counters }) => counters.unreachable),
    responseErrors: sum(own, ({ counters }) => counters.unknown),
  };
}

/** From messages to their acknowledgements, since the relay started. */
const latencyOf = (servers: readonly ServerStatus[], bounds: readonly number[]): AnswerTimes => ({
  bounds,
  buckets: [...bounds, Infinity].map((_, index) =>
    sum(servers, ({ counters }) => counters.latency.buckets[index] ?? 0),
  ),
  sum: sum(servers, ({ counters }) => counters.latency.sum),
});

/** Milliseconds; 0 where there was none. */
function meanLatency({ buckets, sum: total }: AnswerTimes): number {
  const count = sum(buckets, (bucket) => bucket);
  return count === 0 ? 0 : Math.round(total / count);
}

const sum = <T>(all: readonly T[], of: (one: T) => number): number => all.reduce((total, one) => total + of(one), 0);
