import { isAlias, isMap, isScalar, isSeq } from 'yaml';
import type { Alias, Document, Node, Pair, YAMLMap } from 'yaml';
import type { Side } from './problems.ts';
import type { Path } from './types.ts';

/**
 * Finds where in the text a path leads, or as much of it as there is. Of a key that occurs twice it finds the last, which is
 * the one to remove.
 */
export function locator(
  document: Document,
  targetOf: (alias: Alias) => Node | undefined,
): (path: Path, side?: Side) => number {
  const indexes = new WeakMap<YAMLMap, Map<string, Pair>>();
  const indexOf = (map: YAMLMap): Map<string, Pair> => {
    const known = indexes.get(map);
    if (known) return known;
    const index = new Map(map.items.map((pair) => [keyName(pair.key), pair]));
    indexes.set(map, index);
    return index;
  };

  return (path, side) => {
    let node: unknown = document.contents;
    let key: unknown;
    let found = 0;
    for (const step of path) {
      const target = isAlias(node) ? targetOf(node) : node;
      if (isMap(target)) {
        const pair = indexOf(target).get(String(step));
        if (!pair) break;
        [key, node] = [pair.key, pair.value];
      } else if (isSeq(target) && typeof step === 'number' && target.items[step] !== undefined) {
        [key, node] = [undefined, target.items[step]];
      } else break;
      found++;
    }
    return offsetOf(key, node, found === path.length ? side : undefined);
  };
}

/** A key as a step of a path. */
export const keyName = (key: unknown): string => (isScalar(key) ? String(key.value) : '');

function offsetOf(key: unknown, value: unknown, side: Side | undefined): number {
  const keyAt = start(key);
  const valueAt = isScalar(value) && value.source === '' ? undefined : start(value);
  const preferred = side ?? (isMap(value) || isSeq(value) ? 'key' : 'value');
  return (preferred === 'key' ? (keyAt ?? valueAt) : (valueAt ?? keyAt)) ?? 0;
}

const start = (node: unknown): number | undefined => (node as Node | undefined | null)?.range?.[0];
