import { stateIn } from '#apply';
import { followEvents } from '#engines/haproxy';
import type { Vagus } from '../vagus.ts';
import { waitFor } from '../wait.ts';

export type ServerChange = { readonly server: string; readonly up: boolean; readonly at: number };

/**
 * Follows what HAProxy itself says of its servers, with the clock's milliseconds, until the next reload. `next` resolves
 * with the first change of a server to `up` or not that came after `since`.
 */
export function followServers(vagus: Vagus): {
  next(server: string, up: boolean, since: number): Promise<ServerChange>;
  close(): void;
} {
  const changes: ServerChange[] = [];
  const { haproxy } = stateIn(vagus.stateDirectory);
  const following = followEvents(
    haproxy,
    false,
    (event) => {
      if (event.event === 'server') changes.push({ server: event.server, up: event.up, at: Date.now() });
    },
    () => undefined,
  );
  return {
    next: (server, up, since) =>
      waitFor(`${server} is ${up ? 'up' : 'down'}`, () =>
        changes.find((change) => change.server === server && change.up === up && change.at >= since),
      ),
    close: () => following.close(),
  };
}
