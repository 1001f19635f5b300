import type { Fault, Result } from '#lib';
import type { Numbers } from '#observe';

import { alone, counter, type Family, familyText, gauge, type Value } from './family.ts';
import type { RelayMoment } from './ports.ts';
import { relayFamilies } from './relay-metrics.ts';
import type { NamedSteering } from './steering.ts';
import { steeringFamilies } from './steering-metrics.ts';

/** What the controller counts of itself. */
export type OwnNumbers = {
  readonly revision: number;
  /** Seconds since 1970. */
  readonly startTime: number;
  readonly cpuSeconds: number;
  readonly residentBytes: number;
};

/**
 * Prometheus text. `numbers` is undefined where HAProxy does not answer: then there is only what the controller knows.
 * `relay` is undefined where nothing is relayed.
 * Base units throughout; what HAProxy counts begins anew with each worker, as a counter may.
 */
export async function metricsText(
  own: OwnNumbers,
  numbers: Numbers | undefined,
  steered: readonly NamedSteering[],
  relay: Result<RelayMoment, Fault> | undefined,
): Promise<string> {
  const families = [
    ...ownFamilies(own, numbers),
    ...(numbers === undefined ? [] : engineFamilies(numbers)),
    ...steeringFamilies(steered),
    ...(relay === undefined ? [] : relayFamilies(relay)),
  ];
  const texts: string[] = [];
  for (const family of families) {
    texts.push(familyText(family));
    // Ten thousand servers take a while: what else there is to do comes in between.
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
  return texts.join('');
}

const ownFamilies = (own: OwnNumbers, numbers: Numbers | undefined): readonly Family[] => [
  gauge('vagus_revision', 'Number of the revision of the spec in force', alone(own.revision)),
  gauge(
    'vagus_controller_start_time_seconds',
    'When the controller started, in seconds since 1970',
    alone(own.startTime),
  ),
  counter('vagus_controller_cpu_seconds_total', 'CPU time of the controller', alone(own.cpuSeconds)),
  gauge('vagus_controller_resident_memory_bytes', 'Resident memory of the controller', alone(own.residentBytes)),
  gauge('vagus_engine_up', 'Whether HAProxy answers (1) or not (0)', alone(numbers === undefined ? 0 : 1)),
];

const engineFamilies = (numbers: Numbers): readonly Family[] => [
  counter('vagus_reloads_total', 'Reloads since HAProxy was started', alone(numbers.reloads)),
  gauge('vagus_old_workers', 'Workers that finish what they began before a reload', alone(numbers.oldWorkers)),
  ...serviceFamilies(numbers),
  ...serverFamilies(numbers),
];

function serviceFamilies({ services, pools }: Numbers): readonly Family[] {
  const each = (value: (one: (typeof services)[number]) => number): readonly Value[] =>
    services.map((one) => [{ service: one.service }, value(one)]);
  return [
    gauge(
      'vagus_service_up',
      'Whether some server of the service serves (1) or none (0)',
      each(({ verdict }) => (verdict === 'down' ? 0 : 1)),
    ),
    gauge(
      'vagus_service_connections',
      'Connections of clients now',
      each((one) => one.connections),
    ),
    counter(
      'vagus_service_connections_total',
      'Connections of clients',
      each((one) => one.connectionsTotal),
    ),
    counter(
      'vagus_service_refused_total',
      'Requests, associations and connections refused by a rule',
      each((one) => one.refusedTotal),
    ),
    gauge(
      'vagus_pool_queued',
      'Waiting for whichever server of the pool is free first',
      pools.map(({ service, pool, queued }) => [{ service, pool }, queued]),
    ),
  ];
}

function serverFamilies({ servers }: Numbers): readonly Family[] {
  // Made once: the families of ten thousand servers share them.
  const labelled = servers.map((one) => {
    const { service, pool, server } = one;
    return { one, labels: { service, pool, server } };
  });
  const each = (value: (one: (typeof servers)[number]) => number): readonly Value[] =>
    labelled.map(({ one, labels }) => [labels, value(one)]);
  return [
    gauge(
      'vagus_server_up',
      'Whether the server is given work (1) or not (0)',
      each(({ serves }) => (serves ? 1 : 0)),
    ),
    gauge(
      'vagus_server_state',
      'Always 1; the state is in the label: up, failing, down, rising, drain, maint or unresolved',
      labelled.map(({ one, labels }) => [{ ...labels, state: one.state }, 1]),
    ),
    gauge(
      'vagus_server_weight',
      'Share of new work relative to the others of the pool',
      each((one) => one.weight),
    ),
    gauge(
      'vagus_server_sessions',
      'Requests, associations or connections in use',
      each((one) => one.sessions),
    ),
    counter(
      'vagus_server_sessions_total',
      'Requests, associations or connections given to the server',
      each((one) => one.sessionsTotal),
    ),
    gauge(
      'vagus_server_queued',
      'Waiting for this server',
      each((one) => one.queued),
    ),
    gauge(
      'vagus_server_connect_seconds',
      'Time to connect, averaged over the last 1024 requests',
      each((one) => one.connectSeconds),
    ),
    gauge(
      'vagus_server_response_seconds',
      'Response time, averaged over the last 1024 requests',
      each((one) => one.responseSeconds),
    ),
    counter(
      'vagus_server_errors_total',
      'What failed on the server, by kind: connect or response',
      labelled.flatMap(({ one, labels }): readonly Value[] => [
        [{ ...labels, kind: 'connect' }, one.connectErrors],
        [{ ...labels, kind: 'response' }, one.responseErrors],
      ]),
    ),
    counter(
      'vagus_server_retries_total',
      'Tries that had to be made again',
      each((one) => one.retries),
    ),
    gauge(
      'vagus_server_cpu_ratio',
      'How much of its CPU the server says is in use, 0 to 1; not there where it is stale',
      labelled.flatMap(({ one, labels }): readonly Value[] =>
        one.telemetry?.cpu === undefined ? [] : [[labels, one.telemetry.cpu]],
      ),
    ),
    gauge(
      'vagus_server_memory_ratio',
      'How much of its memory the server says is in use, 0 to 1; not there where it is stale',
      labelled.flatMap(({ one, labels }): readonly Value[] =>
        one.telemetry?.memory === undefined ? [] : [[labels, one.telemetry.memory]],
      ),
    ),
    gauge(
      'vagus_server_telemetry_stale',
      'Whether what the server says of itself is too old to count (1) or not (0)',
      labelled.flatMap(({ one, labels }): readonly Value[] =>
        one.telemetry === undefined ? [] : [[labels, one.telemetry.stale ? 1 : 0]],
      ),
    ),
    counter(
      'vagus_server_redispatches_total',
      'Tries that went on to another server',
      each((one) => one.redispatches),
    ),
  ];
}
