import { readFileSync } from 'node:fs';

import type { Rig } from './rig.ts';

/** Writes a configuration from `baselines/` into the rig, its `${…}` filled in, and returns its path. */
export function baseline(rig: Rig, name: string, values: Readonly<Record<string, string | number>>): string {
  const text = readFileSync(`${import.meta.dirname}/baselines/${name}`, 'utf8');
  return rig.write(
    name,
    text.replaceAll(/\$\{(\w+)\}/g, (_, key: string) => String(values[key])),
  );
}
