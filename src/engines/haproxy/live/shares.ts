import type { Fault, Result } from '#lib';
import type { Backend, BackendServer } from '#plan';

import type { Layout } from '../layout.ts';
import { silentCommands } from '../socket.ts';

/** What a running server gets of its pool's work, until something else is said. No file says so, and no reload keeps it. */
export type ServerShare = {
  readonly backend: string;
  readonly server: string;
  /** 0–256; at 0 only those come who belong to this server. */
  readonly weight: number;
  /** The most at once; undefined: no limit. */
  readonly limit: number | undefined;
};

/** What a server has where nobody has given it anything else. */
export const configuredShare = (backend: Pick<Backend, 'name'>, server: BackendServer): ServerShare => ({
  backend: backend.name,
  server: server.name,
  weight: server.weight,
  limit: server.maxConnections,
});

/**
 * The commands that give a server its share. The weight comes first: a server with a higher limit looks at once for what
 * waits, and finds nothing at a weight of 0.
 */
export const shareCommands = ({ backend, server, weight, limit }: ServerShare): readonly string[] => [
  `set server ${backend}/${server} weight ${weight}`,
  `set maxconn server ${backend}/${server} ${limit ?? 0}`,
];

/** Gives servers their shares, many in one exchange. An error: some may have got theirs. */
export const setShares = (layout: Layout, shares: readonly ServerShare[]): Promise<Result<void, Fault>> =>
  silentCommands(layout.statsSocket, shares.flatMap(shareCommands));
