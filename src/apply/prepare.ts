import { dirname, resolve } from 'node:path';

import type { Fault, Result } from '#lib';
import { ok } from '#lib';
import { compile, type Desired, fileReferences, namesInHosts } from '#plan';
import { type Location, type Path, type Problem, readSpec, type Spec } from '#spec';
import { now, readText } from '#system';

/** A spec file, read and compiled as far as it is right. */
export type Prepared = {
  /** As the user wrote it, for messages. */
  readonly file: string;
  readonly text: string;
  readonly spec: Spec | undefined;
  /** Undefined where a problem is an error. */
  readonly desired: Desired | undefined;
  readonly problems: readonly Problem[];
  readonly locate: (path: Path) => Location;
};

/** Reads a spec file and the files it refers to, and compiles them. Changes nothing. */
export function prepare(file: string): Result<Prepared, Fault> {
  const text = readText(resolve(file));
  return text.ok ? ok(prepareText(text.value, file)) : text;
}

function prepareText(text: string, file: string): Prepared {
  const reading = readSpec(text, { file, directory: dirname(resolve(file)) });
  const { spec, problems } = reading;
  const locate = (path: Path) => reading.locate(path);
  if (spec === undefined) return { file, text, spec, desired: undefined, problems, locate };
  const files = new Map(fileReferences(spec).map((reference) => [reference.file, readText(reference.file)]));
  const hosts = readText('/etc/hosts');
  const facts = { files, hosts: namesInHosts(hosts.ok ? hosts.value : ''), now: now() };
  const compiled = compile(spec, facts, locate);
  return { file, text, spec, desired: compiled.desired, problems: [...problems, ...compiled.problems], locate };
}
