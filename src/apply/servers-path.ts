import type { SpecValue } from '#spec';

/** The fields of a spec that lead to the servers of a pool; undefined where there is no such pool. */
export function serversPath(value: SpecValue, service: string, pool: string): readonly string[] | undefined {
  const services = value.get('services');
  const found: unknown = services instanceof Map ? services.get(service) : undefined;
  if (!(found instanceof Map)) return undefined;
  const pools: unknown = found.get('pools');
  if (pools instanceof Map) return pools.has(pool) ? ['services', service, 'pools', pool, 'servers'] : undefined;
  return pool === 'default' ? ['services', service, 'servers'] : undefined;
}
