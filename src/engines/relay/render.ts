import { join } from 'node:path';

import { formatAddress, type Secret } from '#lib';
import {
  type Desired,
  intakeSocketName,
  type Relay,
  type RelayDestination,
  type RelayServer,
  type RelayServerTls,
} from '#plan';

import type { RelayLayout } from './layout.ts';

/** What is desired of the relay, and the files it needs for that. */
export type DesiredOfRelay = Pick<Desired, 'relays' | 'files'>;

/** A whole configuration: what the relay is told, and the files that are named there, by their paths. */
export type Rendered = { readonly text: string; readonly files: ReadonlyMap<string, Secret> };

/**
 * The relay's configuration, as its README describes it, for what is desired of it. `states`: the socket on which HAProxy tells
 * the states of servers.
 */
export function render({ relays, files }: DesiredOfRelay, layout: RelayLayout, states: string): Rendered {
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
  const used = new Set(relays.flatMap(digestsIn));
  return {
    text: `${JSON.stringify(configuration, undefined, 2)}\n`,
    files: new Map(
      files.filter(({ digest }) => used.has(digest)).map(({ digest, content }) => [fileAt(layout, digest), content]),
    ),
  };
}

const digestsIn = ({ destinations }: Relay): readonly (string | undefined)[] =>
  destinations.flatMap(({ servers }) => servers.flatMap(({ tls }) => [tls?.ca, tls?.certificate]));

/** Other content has another path: what the relay is told says all that it is to do. */
const fileAt = ({ tls }: RelayLayout, digest: string): string => join(tls, `${digest}.pem`);

const renderDestination = (
  { path: _path, servers, ...destination }: RelayDestination,
  layout: RelayLayout,
): Record<string, unknown> => ({
  ...destination,
  servers: servers.map((server) => renderServer(server, layout)),
});

const renderServer = (
  { name, address, connections, tls }: RelayServer,
  layout: RelayLayout,
): Record<string, unknown> => ({
  name,
  connections,
  address: formatAddress(address),
  tls: tls && renderTls(tls, layout),
});

const renderTls = ({ ca, certificate, serverName }: RelayServerTls, layout: RelayLayout): Record<string, unknown> => ({
  ca: ca && fileAt(layout, ca),
  certificate: certificate && fileAt(layout, certificate),
  serverName,
});
