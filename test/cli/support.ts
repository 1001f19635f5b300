import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Asked, main, type Replied, type Target, type World } from '#cli';
import { err, Fault, ok, type Result } from '#lib';

export const directory = mkdtempSync(join(tmpdir(), 'vagus-cli-'));

/** Two in the afternoon, here. */
export const NOW = new Date(2026, 10, 24, 14, 0, 0).getTime();
export const MINUTE = 60_000;
export const DAY = 86_400_000;

/** What a controller answers, by `METHOD /path` without the query; a list is used up one by one, its last one stays. */
export type Answers = Readonly<Record<string, Reply | readonly Reply[]>>;
type Reply = { readonly status: number; readonly body: unknown };

export const answer = (body: unknown): Reply => ({ status: 200, body });
export const nothing: Reply = { status: 204, body: '' };
export const problem = (status: number, code: string, detail: string, problems?: readonly object[]): Reply => ({
  status,
  body: {
    type: 'about:blank',
    title: 'Refused',
    status,
    detail,
    code,
    blame: 'client',
    unit: 'nothing was changed',
    retry: 'after-change',
    problems,
  },
});

export type Said = {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  readonly asked: readonly (Asked & { readonly target: Target })[];
};

export type Settings = {
  /** Without, no controller runs. */
  readonly answers?: Answers;
  /** A controller that is not made of a table. */
  readonly controller?: World['ask'];
  /** Why the controller cannot be asked. */
  readonly unreachable?: Fault;
  readonly terminal?: boolean;
  readonly secret?: string;
};

const unreachable = (code: string, message: string): Fault =>
  new Fault(code, { blame: 'machine', unit: 'nothing was asked', retry: 'safe' }, message);

/** Runs a command line in a world that remembers what was printed and asked. */
export async function vagusWith(settings: Settings, ...words: readonly string[]): Promise<Said> {
  const out: string[] = [];
  const complaints: string[] = [];
  const asked: (Asked & { readonly target: Target })[] = [];
  const left = new Map(
    Object.entries(settings.answers ?? {}).map(([name, replies]) => [
      name,
      'length' in replies ? [...replies] : [replies],
    ]),
  );
  let clock = NOW;

  const ask = async (target: Target, question: Asked): Promise<Result<Replied, Fault>> => {
    asked.push({ ...question, target });
    if (settings.controller) return settings.controller(target, question);
    if (settings.unreachable) return err(settings.unreachable);
    if (settings.answers === undefined) return err(unreachable('system-nobody-there', 'nobody listens there'));
    const name = `${question.method} ${question.path.split('?')[0]}`;
    const replies = left.get(name);
    const reply = replies !== undefined && replies.length > 1 ? replies.shift() : replies?.[0];
    if (reply === undefined) throw new Error(`nothing is known of ${name}`);
    const body = typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body);
    return ok({ status: reply.status, headers: {}, body });
  };

  const world: World = {
    print: (text) => void out.push(text),
    complain: (text) => void complaints.push(text),
    colour: false,
    terminal: settings.terminal ?? false,
    stateDirectory: join(directory, 'state'),
    now: () => clock,
    pause: async (milliseconds) => void (clock += milliseconds),
    readText: (file) => attempt(() => readFileSync(file, 'utf8')),
    writeText: (file, text) => attempt(() => writeFileSync(file, text)),
    readNewSecret: async () =>
      settings.secret === undefined
        ? err(unreachable('system-secret', 'the two are not the same; nothing was changed'))
        : ok(settings.secret),
    ask,
    agent: async ({ port, metricsPort, listen }) => {
      out.push(`agent ${port} ${metricsPort} ${listen}`);
      return 0;
    },
    run: async ({ file, leaveRunning, api, watch }) => {
      out.push(`run ${file} ${leaveRunning} ${api} ${watch}`);
      return 0;
    },
    demo: async ({ orthanc }) => {
      out.push(`demo ${orthanc}`);
      return 0;
    },
    actOnDemo: async (_, action, server) => ok(`${action} ${server}`),
  };
  const code = await main(world, words, '9.9.9');
  return { code, out: out.join('\n'), err: complaints.join('\n'), asked };
}

function attempt<T>(action: () => T): Result<T, Fault> {
  try {
    return ok(action());
  } catch (thrown) {
    return err(unreachable('system-file', String(thrown)));
  }
}

export function write(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

/** The JSON body of a request. */
export const bodyOf = (asked: Asked | undefined): unknown => JSON.parse(asked?.body ?? 'null');
