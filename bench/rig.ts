import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { freePort, isListening } from '#demo';
import { poll, readText, run } from '#system';

import { must } from './must.ts';

/** What a benchmark starts and writes; all of it is ended and removed with `close`. */
export type Rig = {
  /** The path of a file in the rig's own temporary directory. */
  path(name: string): string;
  /** Writes such a file and returns its path. */
  write(name: string, text: string): string;
  /** A loopback port that is free, and given out once. */
  port(): Promise<number>;
  /** Starts a program that serves, and returns its pid once all `ports` take connections. */
  serve(argv: readonly string[], ports: readonly number[]): Promise<number>;
  /** Has something done before the end, last come first. */
  atEnd(end: () => Promise<void> | void): void;
  close(): Promise<void>;
};

export function openRig(): Rig {
  const directory = mkdtempSync(join(tmpdir(), 'vagus-bench-'));
  const path = (name: string): string => join(directory, name);
  const ends: (() => Promise<void> | void)[] = [() => rmSync(directory, { recursive: true, force: true })];
  const givenOut = new Set<number>();
  let closing: Promise<void> | undefined;

  return {
    path,
    write(name, text) {
      writeFileSync(path(name), text, { mode: 0o600 });
      return path(name);
    },
    async port() {
      for (;;) {
        const port = await freePort();
        if (givenOut.has(port)) continue;
        givenOut.add(port);
        return port;
      }
    },
    async serve(argv, ports) {
      const log = path(`${ends.length}.log`);
      const descriptor = openSync(log, 'a', 0o600);
      const [file, ...args] = dyingWithUs(argv);
      const child = spawn(file, args, { stdio: ['ignore', descriptor, descriptor], detached: true });
      closeSync(descriptor);
      ends.push(() => endProcess(child));
      const listening = await poll(
        async () => {
          if (!isRunning(child)) return false;
          return (await Promise.all(ports.map(isListening))).every(Boolean) ? true : undefined;
        },
        { every: 20, within: 10_000 },
      );
      if (!listening) throw new Error(`${argv.join(' ')} does not serve:\n${must(readText(log))}`);
      return child.pid ?? 0;
    },
    atEnd: (end) => void ends.push(end),
    close() {
      closing ??= (async () => {
        for (const end of ends.toReversed()) await end();
      })();
      return closing;
    },
  };
}

/** The kernel ends it when we end, however we do; and Ctrl-C reaches only us, so that all is ended in order. */
const dyingWithUs = (argv: readonly string[]): [string, ...string[]] => [
  'setpriv',
  '--pdeathsig',
  'TERM',
  '--',
  ...argv,
];

/** A program pinned to processors, as argv. */
export const pinned = (processors: string, ...argv: string[]): string[] => [
  'taskset',
  '--cpu-list',
  processors,
  ...argv,
];

/** Runs a program to its end (within `timeout`, ms) and returns what it printed; one that fails is an error. */
export async function output(argv: readonly string[], timeout = 60_000): Promise<string> {
  const [file, ...args] = dyingWithUs(argv);
  const { exitCode, stdout, stderr } = must(await run(file, args, { timeout }));
  if (exitCode !== 0) throw new Error(`${argv.join(' ')} failed (exit code ${exitCode}):\n${stderr}${stdout}`);
  return stdout;
}

const isRunning = (child: ChildProcess): boolean =>
  child.pid !== undefined && child.exitCode === null && child.signalCode === null;

/** Asked to end, and killed where it has not after 3 s. */
async function endProcess(child: ChildProcess): Promise<void> {
  if (!isRunning(child)) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 3_000);
  await gone;
  clearTimeout(timer);
}
