import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import {
  digestOf,
  install,
  keep,
  type Layout,
  layoutOf,
  reload,
  render,
  stage,
  start,
  stop,
  type Version,
  version,
} from '#engines/haproxy';
import type { Result } from '#lib';
import type { Desired } from '#plan';
import { exchange, isRoot, makeDirectory } from '#system';
import { temporaryDirectory } from '../../support/programs.ts';

/** A HAProxy of its own that runs what a desired state says, with no controller over it. */
export type Rig = {
  readonly layout: Layout;
  readonly version: Version;
  /** Where HAProxy and a relay meet. */
  readonly relayDirectory: string;
  /** Installs a desired state and puts it in force by a reload. */
  reload(desired: Desired): Promise<void>;
  /** What the worker answers to one or more commands, as a person at its socket would give them. */
  ask(commands: string): Promise<string>;
  stop(): Promise<void>;
};

export const good = <T>(result: Result<T, Error>): T => {
  if (!result.ok) throw result.error;
  return result.value;
};

export async function startRig(desired: Desired): Promise<Rig> {
  const installed = good(await version());
  const root = temporaryDirectory('rig');
  // HAProxy's workers are not root, and reach their sockets and files by this path.
  chmodSync(root, 0o755);
  const layout = layoutOf(root);
  const relayDirectory = join(root, 'relay');
  for (const path of [layout.configurations, layout.run, relayDirectory]) good(makeDirectory(path));
  chmodSync(relayDirectory, 0o755);

  const installFiles = (wanted: Desired): void => {
    const rendered = render(wanted, {
      runDirectory: layout.run,
      relayDirectory,
      user: isRoot() ? 'haproxy' : undefined,
    });
    const digest = digestOf(rendered);
    good(keep(layout, good(stage(layout, rendered)), digest));
    good(install(layout, digest));
  };
  installFiles(desired);
  good(await start(layout, installed));
  return {
    layout,
    version: installed,
    relayDirectory,
    async reload(wanted) {
      installFiles(wanted);
      good(await reload(layout, wanted));
    },
    ask: async (commands) => good(await exchange(layout.statsSocket, `${commands}\n`)).trim(),
    async stop() {
      await stop(layout, 100);
    },
  };
}
