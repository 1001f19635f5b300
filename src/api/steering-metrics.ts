import type { ServerSteering } from '#steer';

import { type Family, gauge, type Value } from './family.ts';
import type { NamedSteering } from './steering.ts';

/** What steering sees and does, or would do: one sample for each pool or server that is steered. */
export function steeringFamilies(pools: readonly NamedSteering[]): readonly Family[] {
  const servers = pools.flatMap(({ service, pool, servers: its }) =>
    its.map((one) => ({ one, labels: { service, pool, server: one.server } })),
  );
  const known = (value: (one: ServerSteering) => number | undefined): readonly Value[] =>
    servers.flatMap(({ one, labels }): readonly Value[] => {
      const is = value(one);
      return is === undefined ? [] : [[labels, is]];
    });
  return [
    gauge(
      'vagus_pool_steering_in_force',
      'Whether steering sets weights and limits (1), or only watches or is hindered (0)',
      pools.map(({ service, pool, mode, hindrance }) => [
        { service, pool },
        mode === 'on' && hindrance === undefined ? 1 : 0,
      ]),
    ),
    gauge(
      'vagus_pool_answers_per_second',
      'Answers of the pool in a second, lately; not there where it is not known yet',
      pools.flatMap(({ service, pool, rate }): readonly Value[] =>
        rate === undefined ? [] : [[{ service, pool }, rate]],
      ),
    ),
    gauge(
      'vagus_server_steered_weight_ratio',
      'Share of its configured weight that steering gives the server, or would give it: 1 is as configured',
      known(({ weight }) => weight / 100),
    ),
    gauge(
      'vagus_server_steered_limit',
      'How many at one time steering gives the server, or would give it; not there where it has no limit',
      known(({ limit }) => limit),
    ),
    gauge(
      'vagus_server_treatment',
      'Always 1; how steering treats the server is in the label: in, resting, returning, trial, out or down',
      servers.map(({ one, labels }) => [{ ...labels, treatment: one.treatment }, 1]),
    ),
    gauge(
      'vagus_server_answer_seconds',
      'Time for an answer now, as steering sees it; not there where it is not known yet',
      known(({ answerTime }) => answerTime && answerTime / 1_000),
    ),
  ];
}
