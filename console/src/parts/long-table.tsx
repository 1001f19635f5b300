import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useLayoutEffect, useRef, useState } from 'react';
import './long-table.css';

export type LongRow = {
  readonly key: string;
  /** Heads the rows that follow: one cell as wide as all. */
  readonly isHead?: boolean;
  /** One element with the role `cell` for each column. */
  readonly cells: () => ReactNode;
};

type Props = {
  readonly label: string;
  /** Says how wide the columns are: `.NAME .long-row { grid-template-columns: … }`. */
  readonly className: string;
  readonly columns: readonly string[];
  readonly rows: readonly LongRow[];
};

/** Pixels that a row has before it is measured. */
const ROW = 40;

/** A table of any length that scrolls with the page. Only what is seen is drawn; the number of all rows is told. */
export function LongTable({ label, className, columns, rows }: Props): ReactNode {
  const place = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  useLayoutEffect(() => {
    // Where the table begins depends on what stands above it, which may change with every answer.
    const now = place.current === null ? 0 : Math.round(place.current.getBoundingClientRect().top + scrollY);
    if (now !== top) setTop(now);
  });
  const virtual = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => ROW,
    overscan: 3,
    scrollMargin: top,
    getItemKey: (index) => rows[index]?.key ?? index,
  });
  return (
    <div role="table" aria-label={label} aria-rowcount={rows.length + 1} className={`long-table ${className}`}>
      <div role="row" aria-rowindex={1} className="long-row long-titles small quiet">
        {columns.map((title) => (
          <span key={title} role="columnheader">
            {title}
          </span>
        ))}
      </div>
      <div ref={place} role="rowgroup" className="long-rows" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ key, index, start }) => {
          const row = rows[index];
          return (
            <div
              key={key}
              ref={virtual.measureElement}
              data-index={index}
              role="row"
              aria-rowindex={index + 2}
              className={row?.isHead ? 'long-head' : 'long-row'}
              style={{ transform: `translateY(${start - top}px)` }}
            >
              {row?.isHead ? (
                <div role="cell" aria-colspan={columns.length}>
                  {row.cells()}
                </div>
              ) : (
                row?.cells()
              )}
            </div>
          );
        })}
      </div>
    </div>
  );
}
