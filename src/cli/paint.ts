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

/** Text that others wrote, on one line and without what could steer a terminal. */
export const oneLine = (text: string): string => text.replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');

/** Rows as columns of equal width, two spaces apart. The last column is not padded. */
export function columns(rows: readonly (readonly string[])[]): readonly string[] {
  const plain = rows.map((row) => row.map(oneLine));
  const widths = plain.reduce<number[]>(
    (widest, row) => row.map((cell, at) => Math.max(widest[at] ?? 0, cell.length)),
    [],
  );
  return plain.map((row) =>
    row
      .map((cell, at) => (at === row.length - 1 ? cell : cell.padEnd(widths[at] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}

/** A row of a table, and how it is coloured. */
export type Row = { readonly cells: readonly string[]; readonly style?: (text: string) => string };

/** Rows under headings. A column that is empty in every row is left out. */
export function table(style: Paint, headings: readonly string[], rows: readonly Row[]): string {
  const used = headings.map((_, at) => rows.some(({ cells }) => (cells[at] ?? '') !== ''));
  const only = (cells: readonly string[]) => cells.filter((_, at) => used[at]);
  const [head = '', ...lines] = columns([only(headings), ...rows.map(({ cells }) => only(cells))]);
  const coloured = lines.map((line, at) => (rows[at]?.style ?? String)(line));
  return [style.faint(head), ...coloured].join('\n');
}
