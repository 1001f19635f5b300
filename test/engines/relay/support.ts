import type { Relay, RelayServer, RelayServerTls } from '#plan';

/** A server at a port of this machine. */
export const serverAt = (name: string, port: number, tls?: RelayServerTls): RelayServer => ({
  name,
  path: ['services', 'adt', 'servers', name],
  address: { host: '127.0.0.1', port },
  connections: 1,
  tls,
});

/** A service whose messages go directly to these servers. */
export const relayTo = (servers: readonly RelayServer[], more: Partial<Relay> = {}): Relay => ({
  name: 'adt',
  path: ['services', 'adt', 'relay'],
  order: 'patient',
  patientField: 'PID-3',
  balance: 'least-outstanding',
  delivery: 'direct',
  acknowledge: 'commit',
  duplicates: 'refuse',
  batches: 'whole',
  attempts: 100,
  timeout: 2_000,
  maxMessage: 1_000_000,
  idle: 60_000,
  drain: 500,
  showControlIds: false,
  destinations: [
    {
      name: 'default',
      path: ['services', 'adt', 'relay', 'destinations', 'default'],
      when: {},
      rate: undefined,
      backend: 'adt',
      servers,
    },
  ],
  ...more,
});
