import { resolve } from 'node:path';
import type { Result } from '#lib';
import { type Fault, ok } from '#lib';
import { compile, type Compiled, type Desired, type LiveAbilities } from '#plan';
import { type Location, readSpec } from '#spec';

/** An engine that can do all that any can. */
export const can: LiveAbilities = { addServersWithCookie: true, leaveOldAddress: true, largestFile: 15_000 };

/** Compiles a text as if these files existed, by their paths from the spec's folder, and this was the time. */
export function compiled(text: string, files: Readonly<Record<string, string>> = {}, now = Date.now()): Compiled {
  const reading = readSpec(text, { file: 'site.yaml', directory: '/etc/vagus' });
  const { spec, problems } = reading;
  if (!spec) throw new Error(problems.map(({ message }) => message).join('\n'));
  const known = new Map<string, Result<string, Fault>>(
    Object.entries(files).map(([name, content]) => [resolve('/etc/vagus', name), ok(content)]),
  );
  return compile(spec, { files: known, hosts: new Set(['localhost']), now }, (path) => reading.locate(path));
}

export function desired(text: string, files: Readonly<Record<string, string>> = {}): Desired {
  const result = compiled(text, files);
  if (!result.desired) throw new Error(result.problems.map(({ message }) => message).join('\n'));
  return result.desired;
}

/** `line:column` of a problem. */
export const placeOf = ({ line, column }: Location): string => `${line}:${column}`;
