import { type Result, err, nearest, ok, parseAddress } from '#lib';

import { call, type Refusal } from './client.ts';
import { EXIT, type Target, type World } from './world.ts';

/** A server by the names in its path. */
export type Found = {
  readonly service: string;
  readonly pool: string;
  readonly server: string;
  /** As people write it. */
  readonly label: string;
  readonly address: string;
};

/**
 * Finds what `SERVICE/SERVER` or `SERVICE/POOL/SERVER` names. The error says which one was probably meant, or that several
 * pools have it.
 */
export async function findServer(world: World, target: Target, name: string): Promise<Result<Found, Refusal>> {
  const known = await allServers(world, target);
  if (!known.ok) return known;
  const named = known.value.filter(
    ({ service, pool, server, label }) =>
      name === label || name === `${service}/${server}` || name === `${service}/${pool}/${server}`,
  );
  const [found, ...others] = named;
  if (found !== undefined && others.length === 0) return ok(found);
  if (found !== undefined) {
    const places = named.map(({ service, pool, server }) => `${service}/${pool}/${server}`);
    return err(wrong(`${name} is in several pools; say which: ${places.join(', ')}`));
  }
  const near = nearest(
    name,
    known.value.map(({ label }) => label),
  );
  const hint = near === undefined ? 'vagus status lists the servers' : `did you mean ${near}?`;
  return err(wrong(`there is no server ${name}; ${hint}`));
}

/** Every server on the same host, the one that was found first. */
export async function sameHost(world: World, target: Target, found: Found): Promise<Result<readonly Found[], Refusal>> {
  const known = await allServers(world, target);
  if (!known.ok) return known;
  const others = known.value.filter(
    ({ label, address }) => label !== found.label && hostOf(address) === hostOf(found.address),
  );
  return ok([found, ...others]);
}

const hostOf = (address: string): string => parseAddress(address)?.host ?? address;

async function allServers(world: World, target: Target): Promise<Result<readonly Found[], Refusal>> {
  const now = await call(world, target, 'services');
  if (!now.ok) return now;
  const servers = now.value.services.flatMap((service) =>
    service.pools.flatMap((pool) =>
      pool.servers.map(({ name, label, address }) => ({
        service: service.name,
        pool: pool.name,
        server: name,
        label,
        address,
      })),
    ),
  );
  return ok(servers);
}

const wrong = (message: string): Refusal => ({ exit: EXIT.wrong, code: undefined, message, problems: [] });
