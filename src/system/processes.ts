import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';

import type { Fault, Result } from '#lib';
import { err, messageOf, ok } from '#lib';

import { fault } from './errors.ts';

/**
 * Starts a program in a session and process group of its own, its output appended to `log`, and lets go of it:
 * it outlives us, and a Ctrl-C at our terminal does not reach it. Returns its pid.
 */
export async function startDetached(
  program: string,
  args: readonly string[],
  log: string,
): Promise<Result<number, Fault>> {
  let descriptor: number;
  try {
    descriptor = openSync(log, 'a', 0o600);
  } catch (cause) {
    return err(fault('system-file', `cannot write ${log}: ${messageOf(cause)}`, cause));
  }
  const child = spawn(program, args, {
    detached: true,
    stdio: ['ignore', descriptor, descriptor],
    env: { ...process.env, LC_ALL: 'C' },
  });
  closeSync(descriptor);
  const { promise, resolve } = Promise.withResolvers<Result<number, Fault>>();
  child.on('error', (cause) =>
    resolve(err(fault('system-program-missing', `${program} could not be started: ${cause.message}`, cause))),
  );
  child.on('spawn', () => {
    child.unref();
    resolve(ok(child.pid ?? 0));
  });
  return promise;
}

/** True where a process with this pid runs (a zombie does not). */
export function isAlive(pid: number): boolean {
  try {
    const state = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '')[0];
    return state !== 'Z' && state !== 'X';
  } catch {
    return false;
  }
}

/** Sends a signal; false where the process is not there any more. */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

/** True where we may do what only root may: bind port 104, become another user. */
export const isRoot = (): boolean => process.getuid?.() === 0;
