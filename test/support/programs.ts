import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A program of others that runs for a test. */
export type Program = {
  readonly pid: number;
  /** All it has written, both streams. */
  output(): string;
  running(): boolean;
  /** SIGSTOP: the kernel still takes connections, nothing is answered. */
  hang(): void;
  /** SIGCONT. */
  resume(): void;
  /** SIGKILL. Resolves once it is gone. */
  kill(): Promise<void>;
  /** Resolves with the exit code once it has ended by itself; 128 where a signal ended it. */
  ended(): Promise<number>;
};

const started: Program[] = [];
const directories: string[] = [];

/** Starts a program. The kernel kills it when we end, however we do; `endPrograms` does so at the end of a test file. */
export function startProgram(
  file: string,
  args: readonly string[],
  options: { readonly environment?: Readonly<Record<string, string>>; readonly directory?: string } = {},
): Program {
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', file, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: options.directory,
    env: { ...process.env, LC_ALL: 'C', ...options.environment },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  const closed = once(child, 'close');
  const running = () => child.exitCode === null && child.signalCode === null;
  const program: Program = {
    pid: child.pid ?? 0,
    output: () => output,
    running,
    hang: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    async kill() {
      if (running()) child.kill('SIGKILL');
      await closed;
    },
    async ended() {
      await closed;
      return child.exitCode ?? 128;
    },
  };
  started.push(program);
  return program;
}

/** A directory of its own, removed by `endPrograms`. */
export function temporaryDirectory(name: string): string {
  const directory = mkdtempSync(join(tmpdir(), `vagus-test-${name}-`));
  directories.push(directory);
  return directory;
}

/** Kills what still runs, and removes the directories. For `afterAll`. */
export async function endPrograms(): Promise<void> {
  await Promise.all(started.splice(0).map((program) => program.kill()));
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
}
