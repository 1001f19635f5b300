import { createHash } from 'node:crypto';

import type { Service, Spec } from '#spec';

import { backendName, type Relay, type RelayDestination, type RelayServer } from './desired.ts';
import { differingFields, compare } from './differences.ts';

const DAY = 86_400_000;
const SECOND = 1_000;

/** What the relay must do: the services of a spec that ask for it. */
export const relaysOf = (spec: Spec): readonly Relay[] => spec.services.flatMap(relayOf);

function relayOf(service: Service): readonly Relay[] {
  if (service.relay === undefined) return [];
  const { destinations, ...settings } = service.relay;
  return [
    {
      ...settings,
      name: service.name,
      idle: Math.max(SECOND, service.timeouts.client),
      drain: Math.min(DAY, service.drain.timeout),
      destinations: destinations.map(({ name, path, pool, when, rate }) => ({
        name,
        path,
        when,
        rate,
        backend: backendName(service, pool),
        servers: serversOf(service, pool),
      })),
    },
  ];
}

function serversOf({ pools }: Service, pool: string): readonly RelayServer[] {
  const servers = pools.find(({ name }) => name === pool)?.servers ?? [];
  const inOrder = [...servers.filter(({ backup }) => !backup), ...servers.filter(({ backup }) => backup)];
  return inOrder.map(({ name, path, address, limits, tls }) => ({
    name,
    path,
    // The rules of the spec have seen to it that there is a port.
    address: { host: address.host, port: address.port ?? 0 },
    connections: limits.connections ?? 1,
    tls: tls !== undefined,
  }));
}

/** The names of the fields in which what the relay does for a service differs; those of destinations one by one. */
export function changedRelay(from: Relay, to: Relay): readonly string[] {
  const { kept, added, removed } = compare(from.destinations, to.destinations, ({ name }) => name);
  const changed = kept.filter(([was, is]) => differingFields(was, is).length > 0).map(([, is]) => is);
  const named = [...changed, ...added, ...removed].map(({ name }) => `destinations.${name}`);
  // Of several that mean a direct message the first gets it.
  const isReordered = named.length === 0 && differingFields(from.destinations, to.destinations).length > 0;
  const fields = differingFields({ ...from, destinations: [] }, { ...to, destinations: [] });
  return [...fields, ...named, ...(isReordered ? ['destinations'] : [])];
}

/*
 * Unix sockets between HAProxy and the relay, all in the relay's directory. They are named by digests: three names of 63 letters
 * would not fit into the path of a socket (unix(7): 107 bytes).
 */

/** The socket on which the relay takes a service's connections. */
export const intakeSocketName = ({ name }: Pick<Relay, 'name'>): string => socketName(name);

/** The socket behind which HAProxy speaks TLS to a server. */
export const serverSocketName = (
  { backend }: Pick<RelayDestination, 'backend'>,
  { name }: Pick<RelayServer, 'name'>,
): string => socketName(`${backend}/${name}`);

const socketName = (text: string): string => `${createHash('sha256').update(text).digest('hex').slice(0, 12)}.sock`;
