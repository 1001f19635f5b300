import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Numbers } from './numbers.ts';
import type { Policy } from './pass.ts';
import type { Watched } from './watch.ts';

/** What one pass came to, and what the simulation says of the same. */
export type Cell = {
  readonly scenario: string;
  readonly load: number;
  readonly seed: number;
  readonly policy: Policy;
  readonly numbers: Numbers;
  /** By class, where there are several. */
  readonly classes: Readonly<Record<string, Numbers>>;
  /** Weights and limits over time, kept of a few passes. */
  readonly watched: Watched | undefined;
  readonly simulated: { readonly p50: number; readonly p99: number; readonly failed: number } | undefined;
};

type Kept = { readonly haproxy: string; readonly node: string; readonly cells: readonly Cell[] };

/** Writes what there is so far, again after every pass. Returns the file's path with the writer. */
export function keeper(directory: string, begun: number, versions: Omit<Kept, 'cells'>) {
  mkdirSync(directory, { recursive: true });
  const file = join(directory, `steering-${new Date(begun).toISOString().replaceAll(/[:.]/g, '-')}.json`);
  const keep = (cells: readonly Cell[]): void => writeFileSync(file, JSON.stringify({ ...versions, cells }));
  return { file, keep };
}

/** The cells of several runs. Of the same pass the last counts. */
export function addUp(files: readonly string[]): readonly Cell[] {
  const cells = files.flatMap((file) => (JSON.parse(readFileSync(file, 'utf8')) as Kept).cells);
  const keyOf = ({ scenario, load, seed, policy }: Cell): string => JSON.stringify([scenario, load, seed, policy]);
  return [...new Map(cells.map((cell) => [keyOf(cell), cell])).values()];
}
