import { type Program, startProgram } from '../programs.ts';
import { freePort } from '../stand-ins.ts';
import { waitFor } from '../wait.ts';
import { type Answer, ask } from './ask.ts';

export type Mirror = Program & {
  readonly name: string;
  readonly port: number;
  /** What `/health` answers from now on. */
  health(status: number): Promise<void>;
  /** How all but `/health` is answered from now on: by what status, and how late, ms. */
  behave(how: { readonly status?: number; readonly delay?: number }): Promise<void>;
  /** Answers what is on hold. */
  release(): Promise<void>;
  /** How many requests came, health checks apart. */
  requests(): Promise<number>;
};

export type MirrorOptions = {
  readonly port?: number;
  /** The loopback address to listen on. Default 127.0.0.1. */
  readonly host?: string;
  /** PEM file with chain and key: it speaks TLS. */
  readonly certificate?: string;
  /** A file where each X-Request-Id is noted, with the server's name, before anything is done for it. */
  readonly journal?: string;
  /** What it answers to all but health checks. Default 200. */
  readonly status?: number;
  /** A command line to run it under. */
  readonly within?: readonly string[];
};

/** What a mirror answers unless told otherwise. */
export type Mirrored = {
  readonly server: string;
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Bytes of the body. */
  readonly received: number;
  readonly serverName?: string;
};

/** The server that gave an answer. Throws where it was no mirror. */
export function serverOf({ status, headers, body }: Answer): string {
  const server = headers['x-server'];
  if (typeof server !== 'string') throw new Error(`no server answered this ${status}: ${body.slice(0, 200)}`);
  return server;
}

/** Starts `mirror-server.ts`, which see, and resolves once it listens on loopback. */
export async function startMirror(name: string, options: MirrorOptions = {}): Promise<Mirror> {
  const { port = await freePort(), host = '127.0.0.1', certificate, journal, status, within = [] } = options;
  const args = ['test/support/http/mirror-server.ts', '--name', name, '--host', host, '--port', String(port)];
  if (certificate !== undefined) args.push('--certificate', certificate);
  if (journal !== undefined) args.push('--journal', journal);
  if (status !== undefined) args.push('--status', String(status));
  const [file = process.execPath, ...rest] = [...within, process.execPath, ...args];
  const program = startProgram(file, rest);
  await waitFor(`${name} listens`, () => {
    if (!program.running()) throw new Error(`${name} ended: ${program.output()}`);
    return program.output().includes('listens');
  });
  const url = `${certificate === undefined ? 'http' : 'https'}://${host}:${port}`;
  const direct = { rejectUnauthorized: false };
  return {
    ...program,
    name,
    port,
    async health(answer) {
      await ask(`${url}/health?status=${answer}`, { method: 'PUT', ...direct });
    },
    async behave({ status: answer = 200, delay = 0 }) {
      await ask(`${url}/all?status=${answer}&delay=${delay}`, { method: 'PUT', ...direct });
    },
    async release() {
      await ask(`${url}/release`, { method: 'PUT', ...direct });
    },
    requests: async () => Number((await ask(`${url}/count`, direct)).body),
  };
}
