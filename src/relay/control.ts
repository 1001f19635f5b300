import type { Socket } from 'node:net';

import { err, type Fault, messageOf, ok, type Result } from '#lib';
import { type Listening, listenAt } from '#system';

import { fault } from './errors.ts';
import type { Events } from './events.ts';

/** What a command answers: something that can be written as JSON. */
export type Answered = Result<unknown, Fault>;

/** A command by its name, with the other fields of its line. */
export type Commands = Readonly<
  Record<string, (fields: Readonly<Record<string, unknown>>) => Answered | Promise<Answered>>
>;

/** The longest command, bytes. */
const LONGEST = 64 * 1024;

/**
 * Listens for commands: a line of JSON in (`{"command":"status"}`), a line of JSON out (`{"ok":true,"value":…}`, or
 * `{"ok":false,"code":…,"message":…}`), any number of times on a connection. After `follow` every event comes as a line.
 */
export async function serveControl(
  path: string,
  commands: Commands,
  events: Events,
): Promise<Result<Listening, Fault>> {
  const listening = await listenAt(path);
  if (!listening.ok) return listening;
  listening.value.serve((socket) => converse(socket, commands, events));
  return listening;
}

function converse(socket: Socket, commands: Commands, events: Events): void {
  let rest = '';
  let turn = Promise.resolve();
  const say = (value: unknown): void => void (socket.writable && socket.write(`${JSON.stringify(value)}\n`));

  async function obey(line: string): Promise<void> {
    const read = readCommand(line);
    if (read.ok && read.value.command === 'follow') {
      const stop = events.follow(say);
      socket.once('close', stop);
      return;
    }
    const answered = read.ok ? await run(commands, read.value) : read;
    say(
      answered.ok
        ? { ok: true, value: answered.value ?? null }
        : { ok: false, code: answered.error.code, message: answered.error.message },
    );
  }

  socket.setEncoding('utf8');
  socket.on('data', (chunk: Buffer | string) => {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > LONGEST) socket.destroy();
    for (const line of lines) if (line.trim() !== '') turn = turn.then(() => obey(line));
  });
  socket.on('end', () => {
    turn = turn.then(() => void socket.end());
  });
}

type Command = Readonly<Record<string, unknown>> & { readonly command: string };

function readCommand(line: string): Result<Command, Fault> {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null && 'command' in value && typeof value.command === 'string') {
      return ok({ ...value, command: value.command });
    }
    return err(fault('relay-command', 'a command is an object with the field "command"'));
  } catch (thrown) {
    return err(fault('relay-command', `a command is a line of JSON: ${messageOf(thrown)}`, thrown));
  }
}

async function run(commands: Commands, { command, ...fields }: Command): Promise<Answered> {
  const act = Object.hasOwn(commands, command) ? commands[command] : undefined;
  if (act !== undefined) return act(fields);
  return err(fault('relay-command', `there is no such command; there are ${Object.keys(commands).join(', ')}, follow`));
}
