import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';

export type Program = {
  readonly file: string;
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
};

/** A program that runs for us and dies with us. */
export type Process = {
  readonly pid: number | undefined;
  running(): boolean;
  /** Writes one line of JSON to its standard input. */
  tell(value: unknown): void;
  signal(name: NodeJS.Signals): void;
  /** Asks it to end, and kills it where it has not after 3 s. Resolves once it has gone. */
  stop(): Promise<void>;
};

const TO_END = 3_000;

/**
 * Starts a program with its output appended to `log`. The kernel kills it when we end, however we do (PR_SET_PDEATHSIG): a
 * program that is stopped, or pays its standard input no heed, could not notice. It has a session of its own, so that
 * Ctrl-C reaches only us and the hospital closes in order.
 */
export function startProcess({ file, args, environment }: Program, log: string): Process {
  const descriptor = openSync(log, 'a', 0o600);
  const child: ChildProcess = spawn('setpriv', ['--pdeathsig', 'KILL', '--', file, ...args], {
    detached: true,
    stdio: ['pipe', descriptor, descriptor],
    env: { ...process.env, ...environment },
  });
  closeSync(descriptor);
  // A program that cannot be started has no pid, and is never running.
  child.on('error', () => undefined);
  child.stdin?.on('error', () => undefined);

  const running = (): boolean => child.pid !== undefined && child.exitCode === null && child.signalCode === null;
  return {
    pid: child.pid,
    running,
    tell: (value) => void child.stdin?.write(`${JSON.stringify(value)}\n`),
    signal: (name) => void child.kill(name),
    async stop() {
      if (!running()) return;
      const gone = once(child, 'exit');
      // A stopped process would take notice of SIGTERM only when it is continued.
      child.kill('SIGTERM');
      child.kill('SIGCONT');
      const timer = setTimeout(() => child.kill('SIGKILL'), TO_END);
      await gone;
      clearTimeout(timer);
    },
  };
}
