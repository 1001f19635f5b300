import { stderr, stdin } from 'node:process';
import type { Readable } from 'node:stream';

import type { Fault, Result } from '#lib';
import { err, ok } from '#lib';

import { fault } from './errors.ts';

const LONGEST_SECRET = 1_024;

/**
 * Reads a secret that is chosen now: typed twice without being shown, or, where no terminal is there, all of the standard
 * input without its last line end. The error is that it was given up, is empty or too long, or the two differ.
 */
export async function readNewSecret(prompt: string): Promise<Result<string, Fault>> {
  if (!stdin.isTTY) return usable(await readPiped(stdin));
  const first = await readHidden(`${prompt}: `);
  const again = first === undefined ? undefined : await readHidden(`${prompt}, again: `);
  if (first === undefined || again === undefined) return err(fault('system-secret', 'given up; nothing was changed'));
  if (first !== again) return err(fault('system-secret', 'the two are not the same; nothing was changed'));
  return usable(first);
}

function usable(secret: string): Result<string, Fault> {
  if (secret === '') return err(fault('system-secret', 'it is empty; nothing was changed'));
  if (secret.length > LONGEST_SECRET) {
    return err(fault('system-secret', `it is longer than ${LONGEST_SECRET} characters; nothing was changed`));
  }
  return ok(secret);
}

/** All that comes, up to a little more than is allowed, without its last line end. */
export async function readPiped(from: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of from as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > LONGEST_SECRET * 4 + 2) break;
  }
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '');
}

/** One line typed without echo; undefined after Ctrl-C or Ctrl-D. */
function readHidden(prompt: string): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  let typed = '';
  const end = (answer: string | undefined): void => {
    stdin.off('data', onData);
    stdin.setRawMode(false);
    stdin.pause();
    stderr.write('\n');
    resolve(answer);
  };
  const onData = (chunk: string): void => {
    for (const key of chunk) {
      if (key === '\r' || key === '\n') return end(typed);
      if (key === '\u0003' || key === '\u0004') return end(undefined);
      if (key === '\u007f' || key === '\b') typed = Array.from(typed).slice(0, -1).join('');
      else if (key >= ' ') typed += key;
    }
  };
  stderr.write(prompt);
  stdin.setEncoding('utf8');
  stdin.setRawMode(true);
  stdin.on('data', onData);
  stdin.resume();
  return promise;
}
