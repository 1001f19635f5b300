import { type ReactNode, useState } from 'react';
import './table.css';

export type Column<Row> = {
  /** Also its name for whoever cannot see it. */
  readonly title: string;
  readonly cell: (row: Row) => ReactNode;
  /** Numbers stand at the right, digit under digit. */
  readonly isNumber?: boolean;
  /** By what its rows can be sorted. */
  readonly sortBy?: (row: Row) => string | number;
};

type Sorting = { readonly title: string; readonly isRising: boolean };

type Props<Row> = {
  /** What the table is about; said to whoever cannot see it. */
  readonly caption: string;
  /** The first one names its row. */
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string | number;
};

/** Rows and columns, as they come until a heading is pressed. On a narrow screen each row becomes a card with its columns below each other. */
export function Table<Row>({ caption, columns, rows, keyOf }: Props<Row>): ReactNode {
  const [sorting, setSorting] = useState<Sorting>();
  return (
    <table className="table">
      <caption className="sr-only">{caption}</caption>
      <thead>
        <tr>
          {columns.map(({ title, isNumber, sortBy }) => (
            <th
              key={title}
              scope="col"
              className={isNumber ? 'number' : undefined}
              aria-sort={sorting?.title !== title ? undefined : sorting.isRising ? 'ascending' : 'descending'}
            >
              {sortBy === undefined ? (
                title
              ) : (
                <button type="button" className="sort" onClick={() => setSorting(next(sorting, title))}>
                  {title}
                </button>
              )}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {sorted(rows, columns, sorting).map((row) => (
          <tr key={keyOf(row)}>
            {columns.map(({ title, cell, isNumber }, index) => {
              const Cell = index === 0 ? 'th' : 'td';
              return (
                <Cell
                  key={title}
                  {...(index === 0 && { scope: 'row' })}
                  data-title={title}
                  className={isNumber ? 'number' : undefined}
                >
                  {cell(row)}
                </Cell>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** First rising, then falling, then as they come. */
const next = (before: Sorting | undefined, title: string): Sorting | undefined =>
  before?.title !== title ? { title, isRising: true } : before.isRising ? { title, isRising: false } : undefined;

function sorted<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  sorting: Sorting | undefined,
): readonly Row[] {
  const sortBy = columns.find(({ title }) => title === sorting?.title)?.sortBy;
  if (sorting === undefined || sortBy === undefined) return rows;
  const way = sorting.isRising ? 1 : -1;
  return rows.toSorted((one, other) => way * compare(sortBy(one), sortBy(other)));
}

const compare = (one: string | number, other: string | number): number =>
  typeof one === 'number' && typeof other === 'number' ? one - other : String(one).localeCompare(String(other));
