import type { Backend, Relay } from './desired.ts';

/** A pool as those see it who ask what it can carry. */
export type Carrier = Backend & {
  /** What there is more than it can take waits safely: it is stored. */
  readonly mayWait?: true;
};

/**
 * A pool with what the relay makes of it, where it is relayed: a server has one message at a time on each of its connections, of each
 * destination that leads to it; with `balance: failover` one server serves at a time.
 */
export function carrierOf(backend: Backend, relays: readonly Relay[]): Carrier {
  const relay = relays.find(({ name }) => name === backend.service);
  if (relay === undefined) return backend;
  const servers = relay.destinations.filter((one) => one.backend === backend.name).flatMap((one) => one.servers);
  const taken = (server: string): number =>
    servers.filter(({ name }) => name === server).reduce((sum, { connections }) => sum + connections, 0);
  return {
    ...backend,
    balance: relay.balance === 'failover' ? 'failover' : backend.balance,
    servers: backend.servers.map((server) => ({ ...server, maxConnections: taken(server.name) })),
    ...(relay.delivery === 'stored' && { mayWait: true }),
  };
}
