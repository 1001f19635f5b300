export type Balance = 'least-outstanding' | 'failover' | 'hash';

/** What has to be known of a server to choose one. */
export type Candidate = {
  readonly name: string;
  /** Messages under way there, and how many there may be. */
  readonly outstanding: number;
  readonly limit: number;
  /** True where it could not be reached a moment ago: it is taken only where there is no other. */
  readonly isShunned: boolean;
  /** When it was chosen last, as a number that grows. */
  readonly lastUsed: number;
};

/**
 * The server for a message, whether or not it has room for it now; undefined where there is none. `failover`: the first in the
 * order of the configuration. `least-outstanding`: the one with the fewest messages under way among those with room; of equals
 * the one that was not used for the longest time. `hash`: always the same for the same key, as long as it is there; when it is
 * not, only its own keys move (highest random weight).
 */
export function chooseServer<Server extends Candidate>(
  balance: Balance,
  servers: readonly Server[],
  key: string,
): Server | undefined {
  const reachable = servers.filter((server) => !server.isShunned);
  const able = reachable.length > 0 ? reachable : servers;
  switch (balance) {
    case 'failover':
      return able[0];
    case 'hash':
      return best(able, (a, b) => weight(a.name, key) - weight(b.name, key));
    case 'least-outstanding': {
      const withRoom = able.filter(({ outstanding, limit }) => outstanding < limit);
      return best(
        withRoom.length > 0 ? withRoom : able,
        (a, b) => b.outstanding - a.outstanding || b.lastUsed - a.lastUsed,
      );
    }
  }
}

/** The first that no other is better than; `compare` is positive where `a` is better. */
function best<T>(all: readonly T[], compare: (a: T, b: T) => number): T | undefined {
  let found = all[0];
  for (const one of all) if (found !== undefined && compare(one, found) > 0) found = one;
  return found;
}

/** FNV-1a, and the last steps of MurmurHash3, without which names that differ in one letter would share their keys. */
function weight(name: string, key: string): number {
  let hash = 0x811c9dc5;
  for (const text of [name, '\0', key]) {
    for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
