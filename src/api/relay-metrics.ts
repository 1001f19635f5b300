import type { Fault, Result } from '#lib';
import type { Codes, Holding, QueueStatus, RelayStatus, ServerStatus, ServiceStatus } from '#relay';

import { alone, counter, type Family, gauge, histogram, type Value } from './family.ts';
import type { RelayMoment } from './ports.ts';

/** What the relay counts: of its services, of what they have stored, and of the servers. It begins anew with each relay. */
export function relayFamilies(relay: Result<RelayMoment, Fault>): readonly Family[] {
  const up = gauge(
    'vagus_relay_up',
    'Whether the relay of HL7 messages answers (1) or not (0)',
    alone(Number(relay.ok)),
  );
  if (!relay.ok) return [up];
  const { at, status } = relay.value;
  return [
    up,
    gauge('vagus_relay_start_time_seconds', 'When it started, in seconds since 1970', alone(status.since / 1_000)),
    gauge('vagus_relay_resident_memory_bytes', 'Resident memory of the relay', alone(status.memory)),
    ...serviceFamilies(status),
    ...queueFamilies(status, at),
    ...serverFamilies(status),
  ];
}

function serviceFamilies({ services }: RelayStatus): readonly Family[] {
  const each = (value: (one: ServiceStatus) => number): readonly Value[] =>
    services.map((one) => [{ service: one.name }, value(one)]);
  const counted = (name: string, help: string, value: (counters: ServiceStatus['counters']) => number): Family =>
    counter(
      `vagus_relay_messages_${name}_total`,
      help,
      each(({ counters }) => value(counters)),
    );
  return [
    gauge(
      'vagus_relay_senders',
      'Connections of senders now',
      each(({ counters }) => counters.senders),
    ),
    gauge(
      'vagus_relay_messages_under_way',
      'Messages that are under way, or wait for those before them',
      each(({ underWay }) => underWay),
    ),
    counted('received', 'Messages that came whole', ({ received }) => received),
    counter(
      'vagus_relay_messages_acknowledged_total',
      'Acknowledgements that senders were given, by their code (MSA-1)',
      services.flatMap(({ name, counters }) => byCode({ service: name }, counters.answered)),
    ),
    counted('stored', 'Messages that were stored', ({ stored }) => stored),
    counted('repeated', 'Messages that came again, and were not stored twice', ({ repeated }) => repeated),
    counted('given_up', 'Stored messages that were given up', ({ dead }) => dead),
    counted('refused', 'Messages that were refused because of what they are', ({ refused }) => refused),
    counted('unserved', 'Messages that were refused for want of a server, or of room', ({ unserved }) => unserved),
    counted('unknown', 'Messages of which it is not known what became of them', ({ unknown }) => unknown),
    counted('sent_again', 'Messages that may have been handled twice', ({ sentAgain }) => sentAgain),
  ];
}

function queueFamilies({ services, left }: RelayStatus, at: number): readonly Family[] {
  const queues = services.flatMap(({ name: service, destinations }) =>
    destinations.flatMap(({ name, queue }) => (queue ? [{ queue, labels: { service, destination: name } }] : [])),
  );
  const each = (value: (queue: QueueStatus) => number): readonly Value[] =>
    queues.map(({ queue, labels }) => [labels, value(queue)]);
  /** Also of queues that are not served any more. */
  const held = (value: (queue: Holding) => number): readonly Value[] => [
    ...each(value),
    ...left.map(({ service, destination, ...queue }): Value => [{ service, destination }, value(queue)]),
  ];
  return [
    gauge(
      'vagus_relay_queue_depth',
      'Stored messages that wait or are under way',
      held(({ depth }) => depth),
    ),
    gauge(
      'vagus_relay_queue_oldest_seconds',
      'How long the message waits that waits longest; 0 where none does',
      held(({ oldest }) => (oldest === undefined ? 0 : Math.max(0, at - oldest) / 1_000)),
    ),
    gauge(
      'vagus_relay_queue_dead',
      'Messages that were given up, and are kept until somebody resends or discards them',
      held(({ dead }) => dead),
    ),
    gauge(
      'vagus_relay_queue_held',
      'Whether the queue sends nothing until somebody releases it (1) or not (0)',
      each(({ isHeld }) => Number(isHeld)),
    ),
    counter(
      'vagus_relay_queue_stored_total',
      'Messages that were stored for the destination',
      each(({ taken }) => taken),
    ),
    counter(
      'vagus_relay_queue_delivered_total',
      'Stored messages that the destination has taken',
      each(({ delivered }) => delivered),
    ),
  ];
}

function serverFamilies({ services, latencyBounds }: RelayStatus): readonly Family[] {
  const servers = services.flatMap(({ name: service, destinations }) =>
    destinations.flatMap(({ name: destination, servers: its }) =>
      its.map((one) => ({ one, labels: { service, destination, server: one.name } })),
    ),
  );
  const each = (value: (one: ServerStatus) => number): readonly Value[] =>
    servers.map(({ one, labels }) => [labels, value(one)]);
  return [
    gauge(
      'vagus_relay_server_outstanding',
      'Messages sent and not acknowledged yet',
      each(({ outstanding }) => outstanding),
    ),
    gauge(
      'vagus_relay_server_connections',
      'Connections to the server now',
      each(({ connections }) => connections),
    ),
    counter(
      'vagus_relay_server_sent_total',
      'Messages sent to the server, of which it is known what became of them',
      each(({ counters }) => counters.sent),
    ),
    counter(
      'vagus_relay_server_acknowledged_total',
      'Acknowledgements of the server, by their code (MSA-1)',
      servers.flatMap(({ one, labels }) => byCode(labels, one.counters.answered)),
    ),
    counter(
      'vagus_relay_server_unknown_total',
      'Messages of which it is not known what became of them',
      each(({ counters }) => counters.unknown),
    ),
    counter(
      'vagus_relay_server_unreachable_total',
      'Connections that could not be made',
      each(({ counters }) => counters.unreachable),
    ),
    histogram(
      'vagus_relay_server_acknowledgement_seconds',
      'From the message to its acknowledgement',
      latencyBounds.map((bound) => bound / 1_000),
      servers.map(({ one, labels }) => {
        const { buckets, sum } = one.counters.latency;
        return [labels, { buckets, sum: sum / 1_000 }];
      }),
    ),
  ];
}

const byCode = (labels: Value[0], codes: Codes): readonly Value[] =>
  Object.entries(codes).map(([code, count]) => [{ ...labels, code }, count]);
