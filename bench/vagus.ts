import { chmodSync } from 'node:fs';

import { engineVersion, openChanges, openState, stopEngines } from '#apply';
import { processes, type Version } from '#engines/haproxy';
import { health } from '#observe';
import { closeStore, openStore } from '#store';
import { poll } from '#system';

import { must } from './must.ts';
import { pinned, type Rig } from './rig.ts';

/** Which HAProxy is measured: the one that Vagus would run here. */
export const haproxy = async (): Promise<Version> => must(await engineVersion());

const BENCH = { by: 'bench', why: undefined, mayChange: () => true };

/**
 * Applies a spec the way `vagus run` does, with HAProxy on its processors, and returns the pid of HAProxy's master once every
 * server was found healthy. The controller is not there: it is not needed to serve.
 */
export async function serveSpec(rig: Rig, processors: string, spec: string): Promise<number> {
  const version = await haproxy();
  const state = must(openState(rig.path('state')));
  const program = rig.write(
    'haproxy',
    `#!/bin/sh\nexec setpriv --pdeathsig TERM -- ${pinned(processors, version.program).join(' ')} "$@"\n`,
  );
  chmodSync(program, 0o700);
  rig.atEnd(async () => void (await stopEngines(state, 0)));

  const store = must(openStore(state.store));
  const changes = openChanges({ state, version: { ...version, program }, store }, undefined, ({ text }) => {
    throw new Error(text);
  });
  const file = rig.write('spec.yaml', spec);
  const applied = await changes.apply(spec, { file, origin: 'file' }, { ...BENCH, gate: false });
  if (!applied.ok) {
    throw new Error([applied.error.fault, ...applied.error.problems].map(({ message }) => message).join('\n'));
  }
  const { desired } = changes.inForce();
  await changes.close();
  closeStore(store);
  const healthy = await poll(
    async () => {
      const { services } = must(await health(state, desired));
      const servers = services.flatMap(({ pools }) => pools.flatMap((pool) => pool.servers));
      return servers.every((server) => server.state === 'up' && server.why !== 'not checked yet') ? true : undefined;
    },
    { every: 50, within: 10_000 },
  );
  if (!healthy) throw new Error('not every server is healthy behind the rendered configuration');
  return must(await processes(state.haproxy)).master;
}
