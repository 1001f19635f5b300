import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { stateIn, stopEngines } from '#apply';
import { processes } from '#engines/haproxy';
import { pause, poll } from '#system';

import { cpuSeconds, ownCpuSeconds, shareProcessors } from '../cpus.ts';
import { alternate, spread } from '../measure.ts';
import { compared, type Figure } from '../report.ts';
import { pinned, type Rig } from '../rig.ts';
import type { Suite } from '../suite.ts';
import { haproxy } from '../vagus.ts';
import { requests } from '../wrk.ts';

const SERVICES = 20;
const SERVERS = 50;
const SECONDS = 1;

/** How long the controller is looked at, ms. */
const LOOK = 20_000;

const STEERED = 'steered';
const NOT = 'not steered';
const TWIN = 'not steered, again';

type Site = { readonly name: string; readonly controller: number; readonly haproxy: number; readonly port: number };

/** What steering 1,000 servers costs HAProxy and the controller. */
export const steerSuite: Suite = {
  name: 'steer',
  rounds: 15,
  async measure(rig, { rounds, say }) {
    const { proxy, others } = shareProcessors();
    const server = await startServers(rig);
    const sites: Site[] = [];
    for (const name of [STEERED, NOT, TWIN]) sites.push(await startSite(rig, proxy, name, server));
    say('all serve');
    const samples = await alternate(
      sites.map((site) => ({
        name: site.name,
        async round() {
          const before = cpuSeconds(site.haproxy);
          const done = await requests(`http://127.0.0.1:${site.port}/`, SECONDS, others);
          return {
            perSecond: done.count / done.seconds,
            perCpuSecond: done.count / (cpuSeconds(site.haproxy) - before),
          };
        },
      })),
      rounds,
      say,
    );
    const [steered] = sites as [Site];
    say('the controller by itself');
    const idle = await shareOf(steered.controller, LOOK);
    const loading = requests(`http://127.0.0.1:${steered.port}/`, LOOK / 1_000, others);
    const loaded = await shareOf(steered.controller, LOOK - 1_000);
    await loading;
    const what = `${SERVICES * SERVERS} servers steered`;
    const one = (value: number) => spread([value]);
    const figures: Figure[] = [
      compared('HAProxy: requests', samples, STEERED, NOT, 'perCpuSecond', 0.98),
      compared('HAProxy: requests', samples, TWIN, NOT, 'perCpuSecond'),
      {
        name: `${what}: controller, share of a processor`,
        spread: one(idle),
        unit: '%',
        target: { below: 5 },
        note: 'no requests',
      },
      {
        name: `${what}: the same`,
        spread: one(loaded),
        unit: '%',
        target: { below: 5 },
        note: 'as many requests as HAProxy can',
      },
      {
        name: `${what}: controller, memory (RSS)`,
        spread: one(memoryOf(steered.controller)),
        unit: 'MB',
        target: { below: 150 },
        note: '',
      },
    ];
    return { figures, samples: { cost: samples } };
  },
};

/** A server on every loopback address, at the port that is returned. */
async function startServers(rig: Rig): Promise<number> {
  const [server, spare] = [await rig.port(), await rig.port()];
  const template = readFileSync(join(import.meta.dirname, '../baselines/servers.nginx.conf'), 'utf8');
  const values: Readonly<Record<string, string>> = {
    directory: rig.path(''),
    server1: String(server),
    server2: String(spare),
  };
  const text = template
    .replaceAll('127.0.0.1', '0.0.0.0')
    .replaceAll(/\$\{(\w+)\}/g, (_, name: string) => values[name] ?? '');
  await rig.serve(['nginx', '-c', rig.write('servers.conf', text), '-e', 'stderr'], [server]);
  return server;
}

/** A controller and a HAProxy on one processor, as people start them. */
async function startSite(rig: Rig, processor: string, name: string, server: number): Promise<Site> {
  const version = await haproxy();
  const directory = name.replaceAll(/\W+/g, '-');
  const state = stateIn(rig.path(directory));
  rig.atEnd(async () => void (await stopEngines(state, 0)));
  const ports: number[] = [];
  for (let service = 0; service < SERVICES; service += 1) ports.push(await rig.port());
  const spec = rig.write(`${directory}.yaml`, specOf(name === STEERED ? 'on' : 'off', ports, server));
  const program = rig.write(
    `${directory}-haproxy`,
    `#!/bin/sh\nexec ${pinned(processor, version.program).join(' ')} "$@"\n`,
  );
  chmodSync(program, 0o700);
  const controller = await rig.serve(
    [
      'env',
      `VAGUS_HAPROXY=${program}`,
      join(import.meta.dirname, '../../bin/vagus'),
      'run',
      spec,
      '--state',
      state.directory,
      '--api',
      'off',
    ],
    [ports[0] ?? 0],
  );
  const master = await poll(
    async () => {
      const running = await processes(state.haproxy);
      return running.ok ? running.value.master : undefined;
    },
    { every: 50, within: 10_000 },
  );
  if (master === undefined) throw new Error(`${name}: HAProxy does not answer`);
  return { name, controller, haproxy: master, port: ports[0] ?? 0 };
}

const specOf = (steering: string, ports: readonly number[], server: number): string => `
version: 1
site: bench
services:
${ports
  .map(
    (port, service) => `  s${service}:
    preset: http
    listen: 127.0.0.1:${port}
    balance: leastconn
    steering: ${steering}
    check: { type: tcp, interval: 10s }
    servers: { ${Array.from({ length: SERVERS }, (_, index) => `server${index}: 127.1.${service}.${index + 1}:${server}`).join(', ')} }
`,
  )
  .join('')}`;

/** How much of a processor a process alone used, in percent. */
async function shareOf(pid: number, time: number): Promise<number> {
  const before = ownCpuSeconds(pid);
  await pause(time);
  return (100 * (ownCpuSeconds(pid) - before)) / (time / 1_000);
}

const memoryOf = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
