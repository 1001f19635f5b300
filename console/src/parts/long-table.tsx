import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useCallback, useEffect, useRef, useState } from 'react';
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

/** Where tables began when they were drawn last: one that comes back is drawn once, where it belongs. */
const tops = new Map<string, number>();

/** A table of any length that scrolls with the page. Only what is seen is drawn; the number of all rows is told. */
export function LongTable({ label, className, columns, rows }: Props): ReactNode {
  const place = useRef<HTMLDivElement>(null);
  const top = useTop(place, label);
  const virtual = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => ROW,
    overscan: 3,
    scrollMargin: top,
    getItemKey: useCallback((index: number) => rows[index]?.key ?? index, [rows]),
    // Told by the browser once it has laid all out. Asked for each row that is new, it would have to do so again and again.
    measureElement: (row, entry, { measurementsCache }) =>
      entry?.borderBoxSize[0]?.blockSize ?? measurementsCache[Number(row.getAttribute('data-index'))]?.size ?? ROW,
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

/** Pixels from the top of the page to where a table's rows begin: what stands above may change with every answer. */
function useTop(place: { readonly current: HTMLElement | null }, label: string): number {
  const [top, setTop] = useState(() => tops.get(label) ?? 0);
  useEffect(() => {
    const look = (): void => {
      if (place.current === null) return;
      const now = Math.round(place.current.getBoundingClientRect().top + scrollY);
      tops.set(label, now);
      setTop(now);
    };
    // Right after all was laid out, when asking costs nothing.
    const watch = new ResizeObserver(look);
    watch.observe(document.body);
    return () => watch.disconnect();
  }, [place, label]);
  return top;
}
