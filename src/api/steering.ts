import type { PoolSteering, ServerSteering } from '#steer';

import type { ApiPorts } from './ports.ts';

/** How a pool is steered, under the spec's names. */
export type NamedSteering = PoolSteering & { readonly service: string; readonly pool: string };

/** Every pool that is steered or watched, of those services that the asker may see. */
export function steeredPools(
  { steering, changes }: Pick<ApiPorts, 'steering' | 'changes'>,
  may: (service: string) => boolean = () => true,
): readonly NamedSteering[] {
  const names = new Map(changes.inForce().desired.backends.map(({ name, service, pool }) => [name, { service, pool }]));
  return steering().flatMap((each) => {
    const named = names.get(each.backend);
    return named && may(named.service) ? [{ ...each, ...named }] : [];
  });
}

/** How servers are steered, by `service/pool/server`. */
export const byServer = (
  pools: readonly NamedSteering[],
): ReadonlyMap<string, ServerSteering & Pick<PoolSteering, 'mode'>> =>
  new Map(
    pools.flatMap(({ service, pool, mode, servers }) =>
      servers.map((server) => [`${service}/${pool}/${server.server}`, { ...server, mode }] as const),
    ),
  );
