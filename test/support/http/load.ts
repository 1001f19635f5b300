import { startProgram } from '../programs.ts';
import { waitFor } from '../wait.ts';

export type LoadOptions = {
  readonly url: string;
  /** File with the only authority to trust. */
  readonly ca?: string;
  readonly method?: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** `kept`: one connection for all requests; `new`: one for each. Both unless told. */
  readonly kinds?: readonly ('kept' | 'new')[];
  /** Clients of each kind side by side. Default 2. */
  readonly workers?: number;
  /** Milliseconds a client rests after an answer. Default 0. */
  readonly every?: number;
  /** Milliseconds until a client gives up. Default 30 s. */
  readonly patience?: number;
};

export type Failure = {
  /** Milliseconds of the clock when it was known, and since the load began. */
  readonly at: number;
  readonly since: number;
  /** How long the request had taken. */
  readonly took: number;
  readonly kind: 'kept' | 'new';
  readonly why: string;
};

export type LoadReport = {
  readonly sent: number;
  readonly ok: number;
  readonly slowestMs: number;
  readonly failures: readonly Failure[];
};

export type Load = {
  report(): LoadReport;
  /** Resolves once so many more requests were answered. */
  more(count: number): Promise<void>;
  /** Begins nothing more, waits for what is under way and returns the whole account. */
  stop(): Promise<LoadReport>;
};

/**
 * Starts `load-program.ts`: clients that send nothing twice, so that what they call a failure was one. `within`: a command
 * line to run it under.
 */
export async function startLoad(options: LoadOptions, within: readonly string[] = []): Promise<Load> {
  const command = [process.execPath, 'test/support/http/load-program.ts', JSON.stringify(options)];
  const [file = process.execPath, ...args] = [...within, ...command];
  const program = startProgram(file, args);
  const report = (): LoadReport => {
    const output = program.output();
    const line = output.slice(0, output.lastIndexOf('\n')).split('\n').at(-1);
    if (!line?.startsWith('{')) throw new Error(`the load says: ${output.slice(-2_000)}`);
    return JSON.parse(line) as LoadReport;
  };
  const load: Load = {
    report,
    async more(count) {
      const { ok } = report();
      await waitFor(`${count} more answers; ${told(report())}`, () => report().ok >= ok + count, 60_000);
    },
    async stop() {
      process.kill(program.pid, 'SIGTERM');
      await program.ended();
      return report();
    },
  };
  await waitFor('the load says how it stands', () => {
    if (!program.running()) throw new Error(`the load ended: ${program.output()}`);
    return program.output().includes('\n');
  });
  await load.more(20);
  return load;
}

/** Which requests were lost, why and when: what a test should say that lost one. */
export function told({ sent, ok, slowestMs, failures }: LoadReport): string {
  const lines = failures.slice(0, 50).map(({ at, since, took, kind, why }) => {
    const clock = new Date(at).toISOString().slice(11, 23);
    return `  ${clock} (${since} ms into the load): ${why}; ${kind} connection; after ${took} ms`;
  });
  return [`${sent} sent, ${ok} ok, ${failures.length} failed, slowest ${slowestMs} ms`, ...lines].join('\n');
}
