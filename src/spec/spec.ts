import { readDocument } from './document.ts';
import type { WholeSite } from './language.ts';
import type { Problems } from './problems.ts';
import { read } from './read.ts';
import { resolveSite } from './resolve/site.ts';
import { checkRules } from './rules/index.ts';
import { siteSchema } from './schema/site.ts';
import type { SpecValue } from './patch.ts';
import type { Location, Path, Problem, Spec } from './types.ts';

export type Reading = {
  /** Undefined where there is any error. */
  readonly spec: Spec | undefined;
  /** Errors and warnings, in the order of their places. */
  readonly problems: readonly Problem[];
  /** What was read, as values: what a patch is laid over. Undefined where it is no map. */
  readonly value: SpecValue | undefined;
  /** Where something stands in the file; of what does not, its nearest ancestor that does. */
  locate(path: Path): Location;
};

/**
 * Reads a spec and finds everything wrong with it at once. Pure: files that the spec names are not opened, and names are
 * not looked up. Never throws, whatever the text.
 *
 * @param where.file the name of the file as messages show it
 * @param where.directory the absolute directory that relative paths in the spec start from
 */
export function readSpec(text: string, where: { readonly file: string; readonly directory: string }): Reading {
  const { value, problems, locate } = readDocument(text, where.file);
  const readable = !problems.hasErrors() || value !== undefined;
  const spec = readable ? readValue(value, problems, where.directory) : undefined;
  return {
    spec,
    problems: problems.sorted(),
    value: value instanceof Map ? (value as SpecValue) : undefined,
    locate: (path) => locate(path),
  };
}

/** Reads a document's values by the schema and the rules. Undefined where there is any error. */
export function readValue(value: unknown, problems: Problems, directory: string): Spec | undefined {
  const site = read(siteSchema, value, problems);
  if (site) checkRules(site, problems);
  // Without errors nothing is missing that the schema asks for.
  return problems.hasErrors() ? undefined : resolveSite(site as WholeSite, directory);
}
