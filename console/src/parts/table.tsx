import type { ReactNode } from 'react';
import './table.css';

export type Column<Row> = {
  /** Also its name for whoever cannot see it. */
  readonly title: string;
  readonly cell: (row: Row) => ReactNode;
  /** Numbers stand at the right, digit under digit. */
  readonly isNumber?: boolean;
};

type Props<Row> = {
  /** What the table is about; said to whoever cannot see it. */
  readonly caption: string;
  /** The first one names its row. */
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string | number;
};

/** Rows and columns. On a narrow screen each row becomes a card with its columns below each other. */
export const Table = <Row,>({ caption, columns, rows, keyOf }: Props<Row>): ReactNode => (
  <table className="table">
    <caption className="sr-only">{caption}</caption>
    <thead>
      <tr>
        {columns.map(({ title, isNumber }) => (
          <th key={title} scope="col" className={isNumber ? 'number' : undefined}>
            {title}
          </th>
        ))}
      </tr>
    </thead>
    <tbody>
      {rows.map((row) => (
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
