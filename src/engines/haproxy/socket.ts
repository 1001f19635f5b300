import type { Fault, Result } from '#lib';
import { err, ok } from '#lib';
import { exchange } from '#system';

import { fault } from './errors.ts';

/** The most bytes of one exchange with HAProxy: it reads what it is told into one buffer (`tune.bufsize`, 16 KiB). */
export const LARGEST_COMMAND = 15_000;

/**
 * Sends one command to a stats or master socket and returns the answer. A command is one line: a name that could end it
 * and begin another is refused, whatever it was meant to be.
 */
export async function command(socket: string, text: string, timeout?: number): Promise<Result<string, Fault>> {
  if (/[;\n\r]/.test(text)) return err(fault('haproxy-command', 'a command to HAProxy must be one line without `;`'));
  return answerTo(socket, `${text}\n`, timeout);
}

/** The same for a command that answers nothing when all is well. */
export async function silentCommand(socket: string, text: string): Promise<Result<void, Fault>> {
  const answer = await command(socket, text);
  if (!answer.ok) return answer;
  return answer.value === '' ? ok(undefined) : err(refused(answer.value));
}

/** Sends several commands that answer nothing when all is well, as few exchanges as they fit into. */
export async function silentCommands(socket: string, texts: readonly string[]): Promise<Result<void, Fault>> {
  for (const batch of batches(texts)) {
    const answer = await together(socket, batch);
    if (!answer.ok) return answer;
    if (answer.value !== '') return err(refused(answer.value));
  }
  return ok(undefined);
}

/**
 * Sends commands in one exchange and returns their answers, one after the other. None of them may hold what ends a
 * command, `;` only where it is escaped.
 */
export async function together(socket: string, texts: readonly string[]): Promise<Result<string, Fault>> {
  if (texts.some((text) => /[\n\r]|(?<!\\);|<</.test(text)))
    return err(fault('haproxy-command', 'a command to HAProxy must be one line without `;`'));
  return answerTo(socket, `${texts.join(';')}\n`);
}

/** Sends a command with lines of text that belong to it; an empty one would end it. */
export async function commandWith(socket: string, text: string, payload: string): Promise<Result<string, Fault>> {
  if (/[;\n\r]|<</.test(text) || /^\s*$/m.test(payload.trimEnd()))
    return err(fault('haproxy-command', 'what is given to HAProxy must not have an empty line'));
  if (payload.length > LARGEST_COMMAND) {
    const message = `HAProxy takes ${LARGEST_COMMAND} bytes while it runs; this has ${payload.length}`;
    return err(fault('haproxy-command', message));
  }
  return answerTo(socket, `${text} <<\n${payload.trimEnd()}\n\n`);
}

/** What HAProxy said against a change, as a fault. */
export const refused = (answer: string): Fault =>
  fault(
    'haproxy-command',
    `HAProxy refused the change: ${answer.split('\n').find((line) => line !== '') ?? 'no reason'}`,
  );

async function answerTo(socket: string, text: string, timeout?: number): Promise<Result<string, Fault>> {
  const answer = await exchange(socket, text, timeout);
  return answer.ok
    ? ok(answer.value.trim())
    : err(fault('haproxy-not-running', `HAProxy does not answer: ${answer.error.message}`, answer.error));
}

function batches(texts: readonly string[]): readonly (readonly string[])[] {
  const all: string[][] = [];
  let size = LARGEST_COMMAND;
  for (const text of texts) {
    if (size + text.length >= LARGEST_COMMAND) {
      all.push([]);
      size = 0;
    }
    all.at(-1)?.push(text);
    size += text.length + 1;
  }
  return all;
}
