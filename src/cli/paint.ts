import { styleText } from 'node:util';

/** Colours text where colours are wanted. Colour never says anything that the words beside it do not. */
export type Paint = Record<'good' | 'bad' | 'doubtful' | 'faint' | 'strong', (text: string) => string>;

export function paint(colour: boolean): Paint {
  const style = (format: Parameters<typeof styleText>[0]) => (text: string) =>
    colour ? styleText(format, text, { validateStream: false }) : text;
  return {
    good: style('green'),
    bad: style(['red', 'bold']),
    doubtful: style('yellow'),
    faint: style('dim'),
    strong: style('bold'),
  };
}

/** Rows as columns of equal width, two spaces apart. The last column is not padded. */
export function columns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = rows.reduce<number[]>(
    (widest, row) => row.map((cell, at) => Math.max(widest[at] ?? 0, cell.length)),
    [],
  );
  return rows.map((row) =>
    row
      .map((cell, at) => (at === row.length - 1 ? cell : cell.padEnd(widths[at] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}
