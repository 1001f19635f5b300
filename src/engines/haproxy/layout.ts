import { join } from 'node:path';

/** Where HAProxy's things lie in the state directory. */
export type Layout = {
  /** One directory per configuration, named by its digest; never changed once written. */
  readonly configurations: string;
  /** A symbolic link to the one that runs. */
  readonly current: string;
  /** Sockets and server states: what outlives a configuration. */
  readonly run: string;
  readonly log: string;
  readonly statsSocket: string;
  readonly masterSocket: string;
  readonly serverStates: string;
};

export function layoutOf(stateDirectory: string): Layout {
  const root = join(stateDirectory, 'haproxy');
  const run = join(root, 'run');
  return {
    configurations: join(root, 'configurations'),
    current: join(root, 'current'),
    run,
    log: join(root, 'haproxy.log'),
    statsSocket: join(run, 'stats.sock'),
    masterSocket: join(run, 'master.sock'),
    serverStates: join(run, 'servers.state'),
  };
}
