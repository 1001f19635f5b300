import { dirname, resolve } from 'node:path';

import type { Fault, Result } from '#lib';
import { ok } from '#lib';
import { compile, type Desired, type FileReference, fileReferences, namesInHosts } from '#plan';
import { type Location, type Path, type Problem, readSpec, type Spec, type SpecValue } from '#spec';
import { now, readText } from '#system';

/** A spec file, read and compiled as far as it is right. */
export type Prepared = {
  /** As the user wrote it, for messages. */
  readonly file: string;
  readonly text: string;
  readonly value: SpecValue | undefined;
  readonly spec: Spec | undefined;
  /** Undefined where a problem is an error. */
  readonly desired: Desired | undefined;
  readonly problems: readonly Problem[];
  readonly locate: (path: Path) => Location;
};

/** Reads a file that a spec refers to. */
export type FileReader = (reference: FileReference) => Result<string, Fault>;

/** Files as they are on disk now. */
export const fromDisk: FileReader = ({ file }) => readText(file);

/** Reads a spec file and the files it refers to, and compiles them. Changes nothing. */
export function prepare(file: string): Result<Prepared, Fault> {
  const text = readText(resolve(file));
  return text.ok ? ok(prepareText(text.value, file)) : text;
}

/** The same for a text; `file` is where it came from, and its relative paths start there. */
export function prepareText(text: string, file: string, read: FileReader = fromDisk): Prepared {
  const reading = readSpec(text, { file, directory: dirname(resolve(file)) });
  const { spec, value, problems } = reading;
  const locate = (path: Path) => reading.locate(path);
  if (spec === undefined) return { file, text, value, spec, desired: undefined, problems, locate };
  const files = new Map(fileReferences(spec).map((reference) => [reference.file, read(reference)]));
  const compiled = compile(spec, { files, hosts: hostsFile(), now: now() }, locate);
  return { file, text, value, spec, desired: compiled.desired, problems: [...problems, ...compiled.problems], locate };
}

/** The names that the machine's own hosts file resolves. */
export function hostsFile(): ReadonlySet<string> {
  const hosts = readText('/etc/hosts');
  return namesInHosts(hosts.ok ? hosts.value : '');
}
