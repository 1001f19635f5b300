import type { Backend, BackendServer } from './desired.ts';

/**
 * The servers of a pool in the order in which they stand in for each other, each with whether it stands by. In failover
 * the first server that is not a backup serves, and all others stand by in their order.
 */
export function inOrder(backend: Backend): readonly BackendServer[] {
  if (backend.balance !== 'failover') return backend.servers;
  const [first, ...standby] = [
    ...backend.servers.filter(({ backup }) => !backup),
    ...backend.servers.filter(({ backup }) => backup),
  ];
  return first ? [first, ...standby.map((server) => (server.backup ? server : { ...server, backup: true }))] : [];
}

/** Where two lists that hold the same differ only in what was put in or taken out. */
export function sameOrder(before: readonly string[], after: readonly string[]): boolean {
  const [was, is] = [new Set(before), new Set(after)];
  const kept = before.filter((name) => is.has(name));
  return after.filter((name) => was.has(name)).every((name, index) => name === kept[index]);
}
