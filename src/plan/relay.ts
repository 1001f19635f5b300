import { createHash } from 'node:crypto';

import type { Service, Spec } from '#spec';

import {
  backendName,
  type BackendServerTls,
  type Desired,
  type Relay,
  type RelayServer,
  type RelayServerTls,
} from './desired.ts';
import { differingFields, compare } from './differences.ts';

const DAY = 86_400_000;
const SECOND = 1_000;

/** What the relay must do: the services of a spec that ask for it, with the TLS that HAProxy speaks to their servers. */
export function relaysOf(spec: Spec, { backends, files }: Pick<Desired, 'backends' | 'files'>): readonly Relay[] {
  const digests = new Map(files.map(({ name, digest }) => [name, digest]));
  const tlsOf = (backend: string, server: string): RelayServerTls | undefined => {
    const found = backends.find(({ name }) => name === backend)?.servers.find(({ name }) => name === server)?.tls;
    return found && relayTls(found, digests);
  };
  return spec.services.flatMap((service) => relayOf(service, tlsOf));
}

function relayTls(
  { caFile, certificate, serverName }: BackendServerTls,
  digests: ReadonlyMap<string, string>,
): RelayServerTls {
  // A file that were missing would be refused by the relay: never is a server not verified for want of one.
  const digestOf = (name: string | undefined) => (name === undefined ? undefined : (digests.get(name) ?? 'missing'));
  return { ca: digestOf(caFile), certificate: digestOf(certificate), serverName };
}

type TlsOf = (backend: string, server: string) => RelayServerTls | undefined;

function relayOf(service: Service, tlsOf: TlsOf): readonly Relay[] {
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
        servers: serversOf(service, pool, tlsOf),
      })),
    },
  ];
}

function serversOf(service: Service, pool: string, tlsOf: TlsOf): readonly RelayServer[] {
  const servers = service.pools.find(({ name }) => name === pool)?.servers ?? [];
  const inOrder = [...servers.filter(({ backup }) => !backup), ...servers.filter(({ backup }) => backup)];
  return inOrder.map(({ name, path, address, limits }) => ({
    name,
    path,
    // The rules of the spec have seen to it that there is a port.
    address: { host: address.host, port: address.port ?? 0 },
    connections: limits.connections ?? 1,
    tls: tlsOf(backendName(service, pool), name),
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

/**
 * The socket on which the relay takes a service's connections, in the relay's directory. It is named by a digest: a name of 63
 * letters might not fit into the path of a socket (unix(7): 107 bytes).
 */
export const intakeSocketName = ({ name }: Pick<Relay, 'name'>): string =>
  `${createHash('sha256').update(name).digest('hex').slice(0, 12)}.sock`;
