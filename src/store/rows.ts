import type { SQLOutputValue } from 'node:sqlite';

/** A row as SQLite gives it. The tables are STRICT, so a column has the type it was declared with. */
export type Row = Readonly<Record<string, SQLOutputValue>>;

export const text = (row: Row, column: string): string => row[column] as string;

export const maybeText = (row: Row, column: string): string | undefined => (row[column] as string | null) ?? undefined;

export const integer = (row: Row, column: string): number => row[column] as number;

export const maybeInteger = (row: Row, column: string): number | undefined =>
  (row[column] as number | null) ?? undefined;

export const truth = (row: Row, column: string): boolean => row[column] === 1;

/** The value of a column that holds JSON; undefined where it holds nothing. Throws a SyntaxError on anything else. */
export function json(row: Row, column: string): unknown {
  const written = maybeText(row, column);
  return written === undefined ? undefined : (JSON.parse(written) as unknown);
}

/** A value as a column holds it: nothing where it is undefined. */
export const orNull = <T extends string | number>(value: T | undefined): T | null => value ?? null;

/** A value as a column of JSON holds it: nothing where it is undefined. */
export const jsonOrNull = (value: unknown): string | null => (value === undefined ? null : JSON.stringify(value));
