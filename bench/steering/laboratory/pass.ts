import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { stateIn, stopEngines } from '#apply';
import type { Model } from '#steer';

import { openRig, type Rig } from '../../rig.ts';
import { begin } from './begin.ts';
import type { Asked, Task } from './task.ts';
import { watchServers, type Watched } from './watch.ts';

/** What steers in a pass. `again`: leastconn once more, which shows what the machine cannot tell apart. */
export type Policy = 'leastconn' | 'on' | 'oracle' | 'again';

export type Passed = { readonly asked: readonly Asked[]; readonly watched: Watched };

const spec = (
  { servers, timeouts, checks, classes }: Model,
  ports: readonly number[],
  entrance: number,
  policy: Policy,
) => `version: 1
site: laboratory
services:
  pool:
    preset: http
    listen: 127.0.0.1:${entrance}
    balance: leastconn
    persistence: none
    steering: ${policy === 'on' ? 'on' : 'off'}
    check: { path: /health, interval: ${checks?.interval ?? 2_000}ms, timeout: 1s, fall: ${checks?.fall ?? 3}, rise: ${checks?.rise ?? 2} }
    retry: { attempts: 3, on: connect }
    timeouts: { client: 60s, server: ${timeouts?.server ?? 60_000}ms, queue: ${timeouts?.queue ?? 60_000}ms }
${classes ? `    priority: [${classes.map(({ name }) => `{ when: { path: /${name} }, class: ${name} }`).join(', ')}]\n` : ''}    servers: { ${servers.map(({ name }, index) => `${name}: 127.0.0.1:${ports[index]}`).join(', ')} }
`;

const program = (name: string): string => resolve(import.meta.dirname, name);

/** One policy under one load, from nothing: servers, a controller and a HAProxy of its own, and clients. */
export async function pass(model: Model, policy: Policy): Promise<Passed> {
  const rig = openRig();
  try {
    return await measured(rig, model, policy);
  } finally {
    await rig.close();
  }
}

async function measured(rig: Rig, model: Model, policy: Policy): Promise<Passed> {
  const entrance = await rig.port();
  const ports: number[] = [];
  for (const _ of model.servers) ports.push(await rig.port());
  const file = rig.write('spec.yaml', spec(model, ports, entrance, policy));
  const state = rig.path('state');
  const { statsSocket } = stateIn(state).haproxy;
  rig.atEnd(async () => void (await stopEngines(stateIn(state), 0)));
  const journal = rig.path('asked.json');
  const task: Task = {
    model: { ...model, rate: model.rate },
    ports,
    entrance,
    begins: rig.path('begins'),
    statsSocket,
    journal,
  };
  const told = JSON.stringify(task);

  await rig.serve([process.execPath, program('servers.ts'), told], ports);
  await rig.serve([resolve('bin/vagus'), 'run', file, '--state', state, '--api', 'off'], [entrance]);
  if (policy === 'oracle') await rig.serve([process.execPath, program('oracle.ts'), told], []);
  const load = spawn(process.execPath, [program('load.ts'), told], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  rig.atEnd(() => void load.kill('SIGKILL'));
  const ready = await Promise.race([once(load, 'message'), once(load, 'exit')]);
  if (ready[0] !== 'ready') throw new Error('the load did not start');
  const watching = watchServers(statsSocket, begin(task.begins));
  const [code] = (await once(load, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`the load ended with ${code}`);
  return { asked: JSON.parse(readFileSync(journal, 'utf8')) as Asked[], watched: await watching.end() };
}
