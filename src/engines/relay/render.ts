import { join } from 'node:path';

import { formatAddress } from '#lib';
import { intakeSocketName, type Relay, type RelayDestination, type RelayServer, serverSocketName } from '#plan';

import type { RelayLayout } from './layout.ts';

/**
 * The relay's configuration, as its README describes it, for what is desired of it. `states`: the socket on which HAProxy tells
 * the states of servers.
 */
export function render(relays: readonly Relay[], layout: RelayLayout, states: string): string {
  const configuration = {
    control: layout.control,
    journal: layout.journal,
    states,
    services: relays.map(({ path: _path, destinations, ...settings }) => ({
      ...settings,
      listen: join(layout.directory, intakeSocketName(settings)),
      destinations: destinations.map((destination) => renderDestination(destination, layout)),
    })),
  };
  return `${JSON.stringify(configuration, undefined, 2)}\n`;
}

const renderDestination = (
  { path: _path, servers, ...destination }: RelayDestination,
  layout: RelayLayout,
): Record<string, unknown> => ({
  ...destination,
  servers: servers.map((server) => ({
    name: server.name,
    connections: server.connections,
    ...targetOf(destination, server, layout),
  })),
});

const targetOf = (
  destination: Pick<RelayDestination, 'backend'>,
  server: RelayServer,
  { directory }: RelayLayout,
): Record<string, string> =>
  server.tls
    ? { socket: join(directory, serverSocketName(destination, server)) }
    : { address: formatAddress(server.address) };
