import { type Result, err, nearest, ok } from '#lib';

import { call, type Refusal } from './client.ts';
import { EXIT, type Target, type World } from './world.ts';

/** What `SERVICE` or `SERVICE/POOL` names. */
export type Named = { readonly service: string; readonly pool: string | undefined };

export function readPool(text: string): Named {
  const [service = '', pool] = text.split('/');
  return { service, pool };
}

/** `portal`, or `pacs/vna`. */
export const poolLabel = (service: string, pool: string): string =>
  pool === 'default' ? service : `${service}/${pool}`;

/** The pools that are named, of those that a service has now. The error says which one was probably meant. */
export async function findPools(
  world: World,
  target: Target,
  { service, pool }: Named,
): Promise<Result<readonly string[], Refusal>> {
  const now = await call(world, target, 'service', { params: { service } });
  if (!now.ok) return now;
  const names = now.value.pools.map(({ name }) => name);
  if (pool === undefined) return ok(names);
  if (names.includes(pool)) return ok([pool]);
  const near = nearest(pool, names);
  const hint = near === undefined ? `it has: ${names.join(', ')}` : `did you mean ${near}?`;
  return err({ exit: EXIT.wrong, code: undefined, message: `${service} has no pool ${pool}; ${hint}`, problems: [] });
}
