import { createHash } from 'node:crypto';

import type { Relay, RelayDestination, RelayServer } from './desired.ts';

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
