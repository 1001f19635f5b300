import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { readRecord, stateIn, stopEngines } from '#apply';
import { type Health, health, type ServerHealth } from '#observe';
import { waitFor } from './wait.ts';

export type CommandResult = { readonly exitCode: number; readonly stdout: string; readonly stderr: string };
export type Status = Health & { readonly controller: number | null };

export type Vagus = {
  readonly stateDirectory: string;
  /** The directory of the spec and of the `files` beside it. */
  readonly directory: string;
  /** The controller's. */
  readonly pid: number;
  /** All that the controller has written, standard output and error. */
  output(): string;
  /** Writes the spec file and has it applied. Rejects with what the controller said where it was refused. */
  apply(newSpecText: string): Promise<void>;
  /** Writes a file beside the spec; the name may hold a directory. */
  write(name: string, content: string): void;
  /** `vagus status --json`. */
  status(): Promise<Status>;
  /** A server by its label: `portal/ehr1`, `pacs/vna/vna1`. As in `status`, but cheap: no program is started. */
  server(label: string): Promise<ServerHealth>;
  /** Runs `vagus ARGS --state DIR`, whatever its exit code. */
  cli(...args: readonly string[]): Promise<CommandResult>;
  /** Ends the controller, as a crash would: HAProxy goes on. */
  kill9(): Promise<void>;
  /** Starts a controller anew on the same state directory and spec file. Rejects where it ends instead of serving. */
  again(environment?: Readonly<Record<string, string>>): Promise<void>;
  /** Ends the controller and HAProxy, and removes the directories. Returns the exit code, null where it was killed before. */
  stop(): Promise<number | null>;
};

const PROGRAM = resolve('bin/vagus');
/** A test that is cut short takes the controller with it, and the controller takes HAProxy. */
const ENDS_WITH_US = ['--pdeathsig', 'TERM', '--'];
const BEGUN = /^HAProxy \S+: .*\n./m;
const TAKEN = /revision \d+ (took over|runs already|is in force|has this very spec)/;
const REFUSED = /nothing was changed|did not take|did not start/;
/** A reload on a busy machine. The first one within 6 s of a cold start waits until those have passed. */
const PATIENCE = 45_000;

/**
 * Starts the real controller, `bin/vagus run SPEC --state DIR`, in new temporary directories, and resolves once it serves.
 * `files` lie beside the spec. `within`: a command line to run it under, such as `['nsenter', …]`. `flags` of `vagus run`.
 */
export async function startVagus(
  specText: string,
  options: {
    readonly files?: Readonly<Record<string, string>>;
    readonly within?: readonly string[];
    readonly flags?: readonly string[];
  } = {},
): Promise<Vagus> {
  const root = mkdtempSync(join(tmpdir(), 'vagus-'));
  // HAProxy's workers are not root, and reach their sockets and files by this path.
  chmodSync(root, 0o755);
  const [directory, stateDirectory] = [join(root, 'site'), join(root, 'state')];
  const state = stateIn(stateDirectory);
  const specFile = join(directory, 'hospital.yaml');
  const write = (name: string, content: string): void => {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), content);
  };
  for (const [name, content] of Object.entries(options.files ?? {})) write(name, content);
  write('hospital.yaml', specText);

  const start = (args: readonly string[], environment = {}): ChildProcessByStdio<null, Readable, Readable> => {
    const command = [PROGRAM, ...args, '--state', stateDirectory];
    return spawn('setpriv', [...ENDS_WITH_US, ...(options.within ?? []), ...command], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...environment },
    });
  };

  let said = '';
  const run = async (environment = {}): Promise<ChildProcess> => {
    const from = said.length;
    const child = start(['run', specFile, '--api', 'off', ...(options.flags ?? [])], environment);
    child.stdout.on('data', (chunk) => (said += String(chunk)));
    child.stderr.on('data', (chunk) => (said += String(chunk)));
    const ready = (): boolean => {
      if (!isRunning(child)) throw new Error(`the controller ended:\n${said.slice(from)}`);
      return BEGUN.test(said.slice(from));
    };
    await waitFor('the controller serves', ready, PATIENCE).catch(async (error: Error) => {
      await end(child, 'SIGTERM');
      throw new Error(`${error.message}\n${said.slice(from)}`);
    });
    return child;
  };

  const cli = async (...args: readonly string[]): Promise<CommandResult> => {
    const child = start(args);
    const closed = once(child, 'close');
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
    await closed;
    return { exitCode: child.exitCode ?? -1, stdout, stderr };
  };

  const status = async (): Promise<Status> => {
    const { exitCode, stdout, stderr } = await cli('status', '--json');
    if (exitCode !== 0) throw new Error(`vagus status ended with ${exitCode}: ${stderr}`);
    return JSON.parse(stdout) as Status;
  };

  const remove = (): void => rmSync(root, { recursive: true, force: true });
  let controller = await run().catch((error: Error) => {
    remove();
    throw error;
  });
  return {
    stateDirectory,
    directory,
    get pid() {
      return controller.pid ?? 0;
    },
    output: () => said,
    async apply(newSpecText) {
      const from = said.length;
      write('hospital.yaml', newSpecText);
      controller.kill('SIGHUP');
      await waitFor(
        'the controller applies the spec again',
        () => {
          const since = said.slice(from);
          if (REFUSED.test(since)) throw new Error(`not applied:\n${since}`);
          return TAKEN.test(since);
        },
        PATIENCE,
      );
    },
    write,
    status,
    async server(label) {
      const record = readRecord(state);
      if (!record.ok || record.value === undefined) throw new Error(`nothing was applied in ${stateDirectory}`);
      const now = await health(state, record.value.desired);
      if (!now.ok) throw now.error;
      const servers = now.value.services.flatMap(({ pools }) => pools.flatMap((pool) => pool.servers));
      const found = servers.find((server) => server.label === label);
      if (found === undefined) throw new Error(`no ${label} among ${servers.map((server) => server.label).join(', ')}`);
      return found;
    },
    cli,
    kill9: () => end(controller, 'SIGKILL'),
    async again(environment) {
      controller = await run(environment);
    },
    async stop() {
      await end(controller, 'SIGTERM');
      await stopEngines(state, 1_000);
      remove();
      return controller.exitCode;
    },
  };
}

const isRunning = (child: ChildProcess): boolean => child.exitCode === null && child.signalCode === null;

async function end(child: ChildProcess, how: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (!isRunning(child)) return;
  const gone = once(child, 'exit');
  child.kill(how);
  await gone;
}
