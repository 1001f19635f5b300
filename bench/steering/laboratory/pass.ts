import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { stateIn, stopEngines } from '#apply';
import type { Model } from '#steer';

import { openRig, type Rig } from '../../rig.ts';
import { begin } from './begin.ts';
import { numbersOf } from './numbers.ts';
import type { Upset } from './scenarios.ts';
import type { Asked, Task } from './task.ts';
import { watchServers, type Watched } from './watch.ts';

/** What steers in a pass. `again`: leastconn once more, which shows what the machine cannot tell apart. */
export type Policy = 'leastconn' | 'on' | 'oracle' | 'again';

export type Passed = { readonly asked: readonly Asked[]; readonly watched: Watched };

/** A pass in which one timer in a hundred of the clients or the servers was later than this says more of the machine than of steering, ms. */
const MOST_LATE = 10;

const spec = (
  { servers, timeouts, checks, classes }: Model,
  { ports, entrance, agentPorts }: Pick<Task, 'ports' | 'entrance' | 'agentPorts'>,
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
${classes ? `    priority: [${classes.map(({ name }) => `{ when: { path: /${name} }, class: ${name} }`).join(', ')}]\n` : ''}    servers: { ${servers.map(({ name }, index) => `${name}: { address: 127.0.0.1:${ports[index]}${agent(agentPorts[index])} }`).join(', ')} }
`;

const agent = (port: number | undefined): string =>
  port === undefined ? '' : `, telemetry: { type: feedback-agent, port: ${port}, interval: 1s }`;

const program = (name: string): string => resolve(import.meta.dirname, name);

/** One policy under one load, from nothing: servers, a controller and a HAProxy of its own, and clients. */
export async function pass(model: Model, policy: Policy, upset: Upset = {}): Promise<Passed> {
  const rig = openRig();
  open.add(rig);
  try {
    return await measured(rig, model, policy, upset);
  } finally {
    open.delete(rig);
    await rig.close();
  }
}

const open = new Set<Rig>();

/** Ends what passes have started, however far they are. */
export const closeAll = async (): Promise<void> => void (await Promise.all([...open].map((rig) => rig.close())));

async function measured(rig: Rig, model: Model, policy: Policy, { agents = [], killed }: Upset): Promise<Passed> {
  const entrance = await rig.port();
  const portsFor = async (all: readonly unknown[]): Promise<readonly number[]> => {
    const ports: number[] = [];
    for (const _ of all) ports.push(await rig.port());
    return ports;
  };
  const [ports, agentPorts] = [await portsFor(model.servers), await portsFor(agents)];
  const file = rig.write('spec.yaml', spec(model, { ports, entrance, agentPorts }, policy));
  const state = rig.path('state');
  const { statsSocket } = stateIn(state).haproxy;
  rig.atEnd(async () => void (await stopEngines(stateIn(state), 0)));
  const journal = rig.path('asked.json');
  const task: Task = {
    model,
    ports,
    agents,
    agentPorts,
    entrance,
    begins: rig.path('begins'),
    statsSocket,
    journal,
  };
  const told = JSON.stringify(task);

  await rig.serve([process.execPath, program('servers.ts'), told], ports);
  if (agents.length > 0) await rig.serve([process.execPath, program('agents.ts'), told], agentPorts);
  const controller = await rig.serve([resolve('bin/vagus'), 'run', file, '--state', state, '--api', 'off'], [entrance]);
  if (policy === 'oracle') await rig.serve([process.execPath, program('oracle.ts'), told], []);
  const load = spawn(process.execPath, [program('load.ts'), told], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  rig.atEnd(() => void load.kill('SIGKILL'));
  const ready = await Promise.race([once(load, 'message'), once(load, 'exit')]);
  if (ready[0] !== 'ready') throw new Error('the load did not start');
  const startsAt = begin(task.begins);
  const watching = watchServers(statsSocket, startsAt);
  if (killed !== undefined) {
    const killing = setTimeout(() => process.kill(controller, 'SIGKILL'), startsAt + killed - Date.now());
    rig.atEnd(() => clearTimeout(killing));
  }
  const [code] = (await once(load, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`the load ended with ${code}`);
  const asked = JSON.parse(readFileSync(journal, 'utf8')) as Asked[];
  const { late } = numbersOf(asked);
  if (Math.max(late.sentP99, late.answeredP99) > MOST_LATE)
    throw new Error(`timers were late, by ${late.sentP99.toFixed(0)} and ${late.answeredP99.toFixed(0)} ms`);
  return { asked, watched: await watching.end() };
}
