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

/** What lies in `run`, by name. */
export const RUN_FILES = {
  statsSocket: 'stats.sock',
  masterSocket: 'master.sock',
  serverStates: 'servers.state',
} as const;

export function layoutOf(stateDirectory: string): Layout {
  const root = join(stateDirectory, 'haproxy');
  const run = join(root, 'run');
  return {
    configurations: join(root, 'configurations'),
    current: join(root, 'current'),
    run,
    log: join(root, 'haproxy.log'),
    statsSocket: join(run, RUN_FILES.statsSocket),
    masterSocket: join(run, RUN_FILES.masterSocket),
    serverStates: join(run, RUN_FILES.serverStates),
  };
}
