import { spawn } from 'node:child_process';

import type { Result } from '#lib';
import { err, ok } from '#lib';

import type { Fault } from '#lib';
import { fault } from './errors.ts';

export type Ran = { readonly exitCode: number; readonly stdout: string; readonly stderr: string };

export type RunOptions = {
  /** Milliseconds after which the program is killed. */
  readonly timeout?: number;
  /** Written to the program's standard input. */
  readonly input?: string;
  readonly cwd?: string;
};

const MAX_OUTPUT = 4 * 1024 * 1024;

/**
 * Runs a program by argv (never through a shell) with a fixed locale and a time limit (10 s unless told).
 * Any exit code is an answer; the error is for a program that could not be started or did not end in time.
 */
export function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<Result<Ran, Fault>> {
  const timeout = options.timeout ?? 10_000;
  const { promise, resolve } = Promise.withResolvers<Result<Ran, Fault>>();
  const child = spawn(program, args, { cwd: options.cwd, env: { ...process.env, LC_ALL: 'C' }, stdio: 'pipe' });
  const collect = (stream: NodeJS.ReadableStream) => {
    const chunks: Buffer[] = [];
    let size = 0;
    stream.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= MAX_OUTPUT) chunks.push(chunk);
    });
    return () => Buffer.concat(chunks).toString('utf8');
  };
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  const timer = setTimeout(() => {
    child.kill('SIGKILL');
    resolve(err(fault('system-program-slow', `${program} did not end within ${timeout} ms and was killed`)));
  }, timeout);
  child.on('error', (cause) => {
    clearTimeout(timer);
    resolve(err(fault('system-program-missing', `${program} could not be started: ${cause.message}`, cause)));
  });
  child.on('close', (exitCode) => {
    clearTimeout(timer);
    resolve(ok({ exitCode: exitCode ?? 128, stdout: stdout(), stderr: stderr() }));
  });
  // A program that ends without reading its input closes the pipe; its exit code tells the story, not EPIPE.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  return promise;
}
