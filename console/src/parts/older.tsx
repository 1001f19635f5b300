import type { ReactNode } from 'react';

import type { Newest } from '../api/newest.ts';
import { ErrorNotice } from './error-notice.tsx';

type Props<Row> = {
  readonly list: Newest<Row>;
  /** What the list is of: `entries`. */
  readonly what: string;
};

/** The way to what came before the last row that is shown, or that there is nothing before. */
export function Older<Row>({ list, what }: Props<Row>): ReactNode {
  if (list.isFetchNextPageError) return <ErrorNotice error={list.error} onRetry={() => void list.fetchNextPage()} />;
  if (!list.hasNextPage) return <p className="quiet small">No older {what}.</p>;
  return (
    <p>
      <button
        type="button"
        className="button"
        disabled={list.isFetchingNextPage}
        onClick={() => void list.fetchNextPage()}
      >
        {list.isFetchingNextPage ? 'Asking…' : `Older ${what}`}
      </button>
    </p>
  );
}
