import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { type Faults, freePort } from '#demo';
import { waitFor } from './wait.ts';

export { freePort, isListening } from '#demo';
export type { Faults } from '#demo';

/** As many free loopback ports, all different. Outside the range of outgoing connections, so that they stay free. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const ports = new Set<number>();
  while (ports.size < count) ports.add(await freePort());
  return [...ports];
}

export type StandIn = {
  readonly name: string;
  readonly port: number;
  readonly pid: number;
  /** Replaces all of its faults (none: healthy), and resolves once they hold. Returns how much it has worked so far. */
  set(faults: Faults): Promise<number>;
  /** How much it has worked: pages, FHIR requests, DIMSE requests but C-ECHO, messages but NMQ: no health checks. */
  worked(): Promise<number>;
  /** How many connections its peers ended with a TCP reset. */
  resets(): number;
  /** All it has written. */
  output(): string;
  /** SIGSTOP: connections are still taken by the kernel, nothing is answered. */
  hang(): void;
  /** SIGCONT. */
  resume(): void;
  /** SIGKILL. Resolves once it is gone. `start` it again with the same port. */
  kill(): Promise<void>;
};

/** Starts `demo/servers/<kind>.ts` and resolves once it listens. `args`: e.g. `['--delay', '100']`, `['--strict']`. */
export async function startStandIn(
  kind: 'portal' | 'fhir' | 'archive' | 'engine',
  options: { readonly name?: string; readonly port?: number; readonly args?: readonly string[] } = {},
): Promise<StandIn> {
  const { name = kind, port = await freePort(), args = [] } = options;
  const file = `demo/servers/${kind}.ts`;
  const child = spawn(process.execPath, [file, '--name', name, '--port', String(port), ...args], {
    stdio: 'pipe',
    env: { ...process.env, NODE_COMPILE_CACHE: 'node_modules/.cache/stand-ins' },
  });
  const lines: string[] = [];
  let errors = '';
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  child.stderr.on('data', (chunk) => (errors += String(chunk)));
  child.stdin.on('error', () => undefined);

  let faults: Faults = {};
  async function set(wanted: Faults): Promise<number> {
    faults = wanted;
    const seen = lines.length;
    child.stdin.write(`${JSON.stringify(faults)}\n`);
    const line = await waitFor(`${name} takes its orders`, () => lines[seen]);
    return Number(/has worked (\d+)/.exec(line)?.[1]);
  }

  await waitFor(`${name} listens: ${errors}`, () => {
    if (child.exitCode !== null) throw new Error(`${name} ended: ${errors}`);
    return lines.some((line) => line.includes(' listens on '));
  });
  return {
    name,
    port,
    pid: child.pid ?? 0,
    set,
    worked: () => set(faults),
    resets: () => errors.split('connection reset by peer').length - 1,
    output: () => lines.join('\n') + errors,
    hang: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
  };
}
