import type { Backend, Desired } from '#plan';

import type { Configured, SteeringLimits } from './types.ts';

/** A pool that the spec wants steered, or watched as if it were. */
export type SteeredPool = {
  readonly backend: string;
  readonly service: string;
  readonly limits: SteeringLimits;
  /** With the weights that the law works on. */
  readonly servers: readonly Configured[];
};

/**
 * Weights of less than this are multiplied, the whole pool by the same number: of a weight of 1 nothing can be taken away,
 * and what counts is only how they are to each other.
 */
const FINE = 50;

/** The pools to steer. Backups and servers that are given nothing new are left as they are. */
export const steeredPools = ({ backends }: Desired): readonly SteeredPool[] =>
  backends.flatMap((backend) => {
    const { steering } = backend;
    if (steering === undefined) return [];
    const { mode, floor, mostOut, slowStart, limits } = steering;
    return [
      {
        backend: backend.name,
        service: backend.service,
        limits: { mode, floor, mostOut, slowStart, findLimits: limits === 'find' },
        servers: configuredServers(backend),
      },
    ];
  });

function configuredServers({ servers }: Backend): readonly Configured[] {
  const able = servers.filter(({ backup, weight }) => !backup && weight > 0);
  const highest = Math.max(...able.map(({ weight }) => weight));
  const factor = highest < FINE ? Math.floor(100 / highest) : 1;
  return able.map(({ name, weight, maxConnections }) => ({
    server: name,
    weight: weight * factor,
    limit: maxConnections,
  }));
}
