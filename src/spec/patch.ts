import { isDeepStrictEqual } from 'node:util';

import { type Document, isAlias, isMap, isScalar, parseDocument, visit, type YAMLMap } from 'yaml';

import { readDocument } from './document.ts';
import type { Path } from './types.ts';

/** A spec as values: maps as `Map`, lists as arrays. */
export type SpecValue = ReadonlyMap<string, unknown>;

/** Part of a spec that replaces what is there (RFC 7396): maps are merged, `null` removes, anything else replaces. */
export type SpecPatch = { readonly [field: string]: unknown };

/** The values of a text that was read without an error before. Throws where it is no map. */
export function valueOf(text: string): SpecValue {
  const { value } = readDocument(text, '');
  if (value instanceof Map) return value as SpecValue;
  throw new TypeError('a spec is a map');
}

/** The values with a patch laid over them; what the patch does not touch is shared, not copied. */
export const patchValue = (value: SpecValue, patch: SpecPatch): SpecValue => merge(value, patch, []) as SpecValue;

function merge(value: unknown, patch: unknown, path: Path): unknown {
  if (!isPatch(patch)) return plain(patch);
  const merged = new Map(asMap(value, path));
  for (const [field, part] of Object.entries(patch)) {
    if (part === null) merged.delete(field);
    else merged.set(field, merge(merged.get(field), part, [...path, field]));
  }
  return merged;
}

/** A server written short, `ehr1: 10.0.1.11:8080`, is its address: a patch of its weight must not lose it. */
function asMap(value: unknown, path: Path): ReadonlyMap<string, unknown> {
  if (value instanceof Map) return value as ReadonlyMap<string, unknown>;
  return isServer(path) && typeof value === 'string' ? new Map([['address', value]]) : new Map();
}

const isServer = (path: Path): boolean => path[0] === 'services' && path.at(-2) === 'servers';

const isPatch = (value: unknown): value is SpecPatch =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** JSON as the values of a document: objects as maps. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (!isPatch(value)) return value;
  return new Map(Object.entries(value).map(([field, part]) => [field, plain(part)]));
}

/**
 * The text with patches laid over it, one after the other: comments, order and style of everything else stay. However
 * many they are, the text is read and written once.
 */
export function patchText(text: string, ...patches: readonly SpecPatch[]): string {
  if (patches.length === 0) return text;
  const document = documentOf(text);
  layAll(document, patches);
  const patched = written(document);
  const wanted = patches.reduce(patchValue, valueOf(text));
  if (patched !== undefined && isDeepStrictEqual(valueOf(patched), wanted)) return patched;
  // An anchor was changed or removed that aliases elsewhere stand for: the text is written without any.
  const plainly = documentOf(text);
  resolveAliases(plainly);
  layAll(plainly, patches);
  return plainly.toString(STYLE);
}

const documentOf = (text: string): Document => parseDocument(text, { uniqueKeys: false });

function layAll(document: Document, patches: readonly SpecPatch[]): void {
  for (const patch of patches) lay(document, document.contents as unknown as YAMLMap, patch, []);
}

const STYLE = { lineWidth: 0, flowCollectionPadding: true };

/** Undefined where an alias is left without its anchor. */
function written(document: Document): string | undefined {
  try {
    return document.toString(STYLE);
  } catch {
    return undefined;
  }
}

function lay(document: Document, map: YAMLMap, patch: SpecPatch, path: Path): void {
  for (const [field, part] of Object.entries(patch)) {
    if (part === null) map.delete(field);
    else if (!isPatch(part)) map.set(field, document.createNode(part));
    else lay(document, mapAt(document, map, field, [...path, field]), part, [...path, field]);
  }
}

/** The map under a field; made where there is none, from what an alias or a server's short form says. */
function mapAt(document: Document, parent: YAMLMap, field: string, path: Path): YAMLMap {
  const there: unknown = parent.get(field, true);
  if (isMap(there)) return there;
  const target = isAlias(there) ? there.resolve(document) : undefined;
  const short = isServer(path) && isScalar(there) && typeof there.value === 'string' ? { address: there.value } : {};
  const made = isMap(target) ? (target.clone() as YAMLMap) : (document.createNode(short) as YAMLMap);
  delete made.anchor;
  made.flow = isMap(target) ? target.flow : isScalar(there);
  parent.set(field, made);
  return made;
}

function resolveAliases(document: Document): void {
  visit(document, {
    Alias: (_, alias) => {
      const target = alias.resolve(document)?.clone();
      if (target && 'anchor' in target) delete target.anchor;
      return target as never;
    },
  });
  visit(document, {
    Collection: (_, node) => void delete node.anchor,
    Scalar: (_, node) => void delete node.anchor,
  });
}
