import { formatAddress, formatDuration } from '#lib';
import {
  type Backend,
  type BackendServer,
  intakeSocketName,
  type Relay,
  relayBackendName,
  serverSocketName,
} from '#plan';

import { addressWords } from './backend.ts';
import type { RenderOptions } from './global.ts';
import { type Line, lines, section } from './line.ts';
import { serverTls } from './tls.ts';

/** How long both sides may be quiet: the relay decides, and HAProxy has to be the more patient one. */
const longerThan = (idle: number): string => formatDuration(idle + 60_000);

/**
 * The way to the relay for the clients of a service. A relay that has just ended is back within seconds: until then nothing
 * was sent, and HAProxy tries again each second.
 */
export function relayBackend(relay: Relay, { relayDirectory }: RenderOptions): readonly Line[] {
  const quiet = longerThan(relay.idle);
  return section(
    `Service ${relay.name}: to the relay, which passes its messages on one by one`,
    `backend ${relayBackendName(relay)} from tcp`,
    relay.path,
    lines(relay.path, [
      'retries 5',
      'timeout connect 1s',
      `timeout server ${quiet}`,
      `timeout tunnel ${quiet}`,
      `server relay unix@${relayDirectory}/${intakeSocketName(relay)} send-proxy-v2`,
    ]),
  );
}

/** Where the relay finds those servers of a pool that want TLS, each on a socket of its own. */
export const relayedServers = (backend: Backend, options: RenderOptions): readonly Line[] =>
  backend.relayed ? backend.servers.flatMap((server) => tlsListener(backend, server, options)) : [];

function tlsListener(backend: Backend, server: BackendServer, { relayDirectory }: RenderOptions): readonly Line[] {
  if (server.tls === undefined) return [];
  const quiet = longerThan(backend.timeouts.client);
  const words = [formatAddress(server.address), addressWords(server), serverTls(server.tls)].filter(Boolean);
  return section(
    `Server ${backend.service}/${backend.pool}/${server.name}: in TLS, for the relay`,
    `listen ${backend.name}:${server.name} from tcp`,
    server.path,
    lines(server.path, [
      `bind unix@${relayDirectory}/${serverSocketName({ backend: backend.name }, server)} mode 600`,
      // Where it cannot be reached the relay is the one to say so, and sends to another server or tries again.
      'no log',
      'retries 0',
      `timeout client ${quiet}`,
      `timeout connect ${formatDuration(backend.timeouts.connect)}`,
      `timeout server ${quiet}`,
      `timeout tunnel ${quiet}`,
      `server ${server.name} ${words.join(' ')}`,
    ]),
  );
}
