import { exchange, poll } from '#system';

import { baseline } from '../baselines.ts';
import { cpuSeconds, type Share } from '../cpus.ts';
import type { Sample } from '../measure.ts';
import { output, pinned, type Rig } from '../rig.ts';
import { haproxy } from '../vagus.ts';

/** Where messages are sent to, and the processes behind it whose time is counted. */
export type Entrance = { readonly name: string; readonly port: number; readonly pids: readonly number[] };

/** Messages a second, and how long the one took that a hundredth is slower than, ms. */
export type Hl7Sample = Sample & { readonly p50: number; readonly p99: number };

/** Puts HAProxy in front of some servers, which are lines of its configuration. */
export async function openEntrance(
  rig: Rig,
  { proxy }: Share,
  { name, servers, behind = [] }: { name: string; servers: readonly string[]; behind?: readonly number[] },
): Promise<Entrance> {
  const port = await rig.port();
  const { program } = await haproxy();
  const configuration = baseline(rig, 'hl7.haproxy.cfg', { listen: port, servers: servers.join('\n  ') });
  const pid = await rig.serve(pinned(proxy, program, '-db', '-f', configuration), [port]);
  return { name, port, pids: [pid, ...behind] };
}

const root = `${import.meta.dirname}/../..`;

/** A relay that runs. */
export type RunningRelay = {
  readonly pid: number;
  /** A line for HAProxy that hands connections to a service, as it is deployed. */
  serverOf(service: string): string;
  command(command: object): Promise<unknown>;
  readonly journal: string;
};

/** Starts the relay with some services, and waits until it is ready. `name` tells its files from another's. */
export async function startRelay(
  rig: Rig,
  { proxy }: Share,
  { name, services, states }: { name: string; services: readonly { readonly name: string }[]; states?: string },
): Promise<RunningRelay> {
  const [control, journal] = [rig.path(`${name}.sock`), rig.path(`${name}.db`)];
  const socketOf = (service: string): string => rig.path(`${name}-${service}.sock`);
  const configuration = {
    control,
    journal,
    states,
    services: services.map((s) => ({ ...s, listen: socketOf(s.name) })),
  };
  const file = rig.write(`${name}.json`, JSON.stringify(configuration));
  const main = `${root}/src/relay/main.ts`;
  // As `bin/vagus` has it.
  const environment = ['env', `NODE_COMPILE_CACHE=${root}/node_modules/.cache/node`];
  const argv = [...environment, process.execPath, '--max-semi-space-size=4', main, '--config', file];
  const pid = await rig.serve(pinned(proxy, ...argv), []);
  const command = async (asked: object): Promise<unknown> => {
    const answer = await exchange(control, `${JSON.stringify(asked)}\n`);
    if (!answer.ok) return undefined;
    const read = JSON.parse(answer.value) as { readonly ok: boolean; readonly value?: unknown };
    return read.ok ? (read.value ?? true) : undefined;
  };
  const isReady = await poll(() => command({ command: 'status' }), { every: 5, within: 30_000 });
  if (isReady === undefined) throw new Error(`the relay ${name} is not ready`);
  return { pid, journal, command, serverOf: (service) => `server relay unix@${socketOf(service)} send-proxy-v2` };
}

/** Sends messages for a while, on so many connections. */
export async function sendTo(
  { port, pids }: Entrance,
  { others }: Share,
  { connections, seconds }: { connections: number; seconds: number },
): Promise<Hl7Sample> {
  const cpu = (): number => pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0);
  const before = cpu();
  const script = `${import.meta.dirname}/send.ts`;
  const numbers = [port, connections, seconds].map(String);
  const said = await output(pinned(others, process.execPath, script, ...numbers));
  const { all, ...sent } = JSON.parse(said) as Sent;
  return { ...rated(sent), perCpuSecond: all / (cpu() - before) };
}

type Sent = { readonly count: number; readonly all: number } & Omit<Timed, 'count'>;

export type Timed = {
  readonly count: number;
  readonly seconds: number;
  readonly p50: number;
  readonly p99: number;
};

export const rated = ({ count, seconds, p50, p99 }: Timed): Hl7Sample => ({ perSecond: count / seconds, p50, p99 });
