import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';

import { ratio, type Sample, type Samples, type Spread, typical } from './measure.ts';

export type Figure = {
  readonly name: string;
  readonly spread: Spread;
  /** What the values are: a ratio unless said. */
  readonly unit?: 's' | 'ms' | 'KB' | 'MB' | '%' | '/s';
  readonly target?: { readonly atLeast: number } | { readonly below: number };
  /** Small print: what the two sides did by themselves. */
  readonly note: string;
};

/** What a suite found, and every sample it was found from: by kind of work, and by who did it. */
export type Findings = {
  readonly figures: readonly Figure[];
  readonly samples: Readonly<Record<string, ReadonlyMap<string, readonly object[]>>>;
};

/** One contender ÷ another in the same work. */
export function compared(
  what: string,
  samples: Samples,
  over: string,
  under: string,
  by: keyof Sample,
  atLeast?: number,
): Figure {
  return {
    name: `${what} per ${by === 'perSecond' ? 'second' : 'CPU-second'}, ${over} ÷ ${under}`,
    spread: ratio(samples, over, under, by),
    ...(atLeast === undefined ? {} : { target: { atLeast } }),
    note: `${sized(typical(samples, over, by))} ÷ ${sized(typical(samples, under, by))}`,
  };
}

type Row = readonly [name: string, median: string, spread: string, target: string, verdict: string, note: string];

const HEAD: Row = ['figure', 'median', 'middle half', 'target', 'verdict', 'by themselves'];

/** Lines for a terminal. */
export function table(figures: readonly Figure[]): string {
  const rows = [HEAD, ...figures.map(row)];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)));
  return rows
    .map((cells) =>
      cells
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** The same for a page. */
export function markdown(figures: readonly Figure[]): string {
  const rows = [HEAD, HEAD.map(() => '---'), ...figures.map(row)];
  return rows.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function row({ name, spread, unit, target, note }: Figure): Row {
  const inWords = (value: number): string => (unit === undefined ? value.toPrecision(3) : `${sized(value)} ${unit}`);
  return [
    name,
    inWords(spread.median),
    `${inWords(spread.low)} – ${inWords(spread.high)}`,
    target === undefined ? '' : 'atLeast' in target ? `≥ ${inWords(target.atLeast)}` : `< ${inWords(target.below)}`,
    target === undefined ? '' : isMet(spread.median, target) ? 'met' : 'missed',
    note,
  ];
}

const isMet = (median: number, target: NonNullable<Figure['target']>): boolean =>
  'atLeast' in target ? median >= target.atLeast : median < target.below;

/** A number with as many digits as are worth reading. */
export const sized = (value: number): string =>
  value >= 10_000 ? `${(value / 1_000).toFixed(1)} k` : value >= 100 ? value.toFixed(0) : value.toPrecision(2);

/** Writes what a suite found, every sample of it, to `bench/results/`. Returns the file's path. */
export function keepResults(suite: string, findings: Findings, versions: Readonly<Record<string, string>>): string {
  const directory = `${import.meta.dirname}/results`;
  mkdirSync(directory, { recursive: true });
  const file = `${directory}/${suite}.json`;
  const machine = { processors: cpus().length, model: cpus()[0]?.model, load: loadavg() };
  const samples = Object.fromEntries(
    Object.entries(findings.samples).map(([name, each]) => [name, Object.fromEntries(each)]),
  );
  const content = { suite, at: new Date().toISOString(), machine, versions, figures: findings.figures, samples };
  writeFileSync(file, `${JSON.stringify(content, undefined, 2)}\n`);
  return file;
}
