import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ChangeOptions, type Machine, openChanges, type OpenedChanges, openState, stopEngines } from '#apply';
import { version } from '#engines/haproxy';
import type { Backend, BackendServer } from '#plan';
import { closeStore, openStore, revision, type Revision, type RevisionState } from '#store';

import { temporaryDirectory } from '../support/programs.ts';
import { value } from '../store/support.ts';

/** Who asks for a change in these tests: anybody for anything, and nothing is watched. */
export const ANNA: ChangeOptions = { by: 'anna', why: undefined, mayChange: () => true, gate: false };

export type Bench = {
  readonly machine: Machine;
  /** The directory of the spec. */
  readonly directory: string;
  readonly file: string;
  /** What the controller told. */
  readonly news: string[];
  /** Opens the place where changes are made, on nothing; ends the one before. */
  open(): Promise<OpenedChanges>;
  /** A revision as it is in the store. */
  revision(number: number): Revision | undefined;
  stateOf(number: number): RevisionState | undefined;
  end(): Promise<void>;
};

/** A state directory of its own, with an installed HAProxy to run in it. */
export async function startBench(): Promise<Bench> {
  const root = temporaryDirectory('apply');
  // HAProxy's workers are not root, and reach their sockets and files by this path.
  chmodSync(root, 0o755);
  const state = value(openState(join(root, 'state')));
  const machine = { state, version: value(await version()), store: value(openStore(state.store)) };
  const news: string[] = [];
  let opened: OpenedChanges | undefined;
  const file = join(root, 'site.yaml');
  writeFileSync(file, '');
  const found = (number: number): Revision | undefined => value(revision(machine.store, number));
  return {
    machine,
    directory: root,
    file,
    news,
    async open() {
      await opened?.close();
      opened = openChanges(machine, undefined, ({ text }) => void news.push(text));
      return opened;
    },
    revision: found,
    stateOf: (number) => found(number)?.state,
    async end() {
      await opened?.close();
      await stopEngines(state, 100);
      closeStore(machine.store);
    },
  };
}

export type Servers = Readonly<Record<string, unknown>>;

/** A spec of HTTP services, one for each port, all with these servers. JSON is YAML, too. */
export const specOf = (ports: readonly number[], servers: Servers, more: object = {}): string =>
  JSON.stringify({
    version: 1,
    site: 'bench',
    services: Object.fromEntries(
      ports.map((port, index) => [
        `web${index + 1}`,
        { preset: 'http', listen: `127.0.0.1:${port}`, check: { interval: '1s', timeout: '500ms' }, servers, ...more },
      ]),
    ),
  });

/** What is looked at of a pool and a server where it is of no account how they came to be. */
export const backendWith = (servers: readonly Partial<BackendServer>[], more: Partial<Backend> = {}): Backend =>
  ({
    name: 'web',
    service: 'web',
    pool: 'default',
    protocol: 'http',
    balance: 'round-robin',
    ...more,
    servers: servers.map((server) => ({ backup: false, maxConnections: undefined, ...server })),
  }) as Backend;
