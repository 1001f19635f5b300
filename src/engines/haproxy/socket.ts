import type { Fault, Result } from '#lib';
import { err, ok } from '#lib';
import { exchange } from '#system';

import { fault } from './errors.ts';

/**
 * Sends one command to a stats or master socket and returns the answer. A command is one line: a name that could end it
 * and begin another is refused, whatever it was meant to be.
 */
export async function command(socket: string, text: string, timeout?: number): Promise<Result<string, Fault>> {
  if (/[;\n\r]/.test(text)) return err(fault('haproxy-command', 'a command to HAProxy must be one line without `;`'));
  const answer = await exchange(socket, `${text}\n`, timeout);
  return answer.ok
    ? ok(answer.value.trim())
    : err(fault('haproxy-not-running', `HAProxy does not answer: ${answer.error.message}`, answer.error));
}

/** The same for a command that answers nothing when all is well. */
export async function silentCommand(socket: string, text: string): Promise<Result<void, Fault>> {
  const answer = await command(socket, text);
  if (!answer.ok) return answer;
  return answer.value === ''
    ? ok(undefined)
    : err(fault('haproxy-command', `HAProxy refused the change: ${answer.value.split('\n')[0]}`));
}
