import { type ReactNode, useState } from 'react';

import { useNewest } from '../../api/newest.ts';
import { useSettled } from '../../parts/settled.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ErrorNotice } from '../../parts/error-notice.tsx';
import { Older } from '../../parts/older.tsx';
import { Chain } from './chain.tsx';
import { Entries } from './entries.tsx';
import { AuditFilter, EVERYTHING, type Filter } from './filter.tsx';

/** Who did what, when, and how it ended; the newest first. */
export function AuditPage(): ReactNode {
  const [filter, setFilter] = useState(EVERYTHING);
  return (
    <div className="page">
      <h1>Audit</h1>
      <Chain />
      <AuditFilter filter={filter} onChange={setFilter} />
      <Found filter={filter} onForget={() => setFilter(EVERYTHING)} />
    </div>
  );
}

type Props = { readonly filter: Filter; readonly onForget: () => void };

function Found({ filter, onForget }: Props): ReactNode {
  const text = useSettled(filter.text.trim());
  const by = useSettled(filter.by.trim());
  const query = {
    first: 'newest' as const,
    text: said(text),
    by: said(by),
    action: said(filter.action),
    outcome: filter.outcome === '' ? undefined : filter.outcome,
    since: momentOf(filter.since),
    until: momentOf(filter.until),
  };
  const found = useNewest('/api/v1/audit', { query }, ({ number }) => number);
  if (found.data === undefined)
    return found.error ? (
      <ErrorNotice error={found.error} what="Read the audit" onRetry={() => void found.refetch()} />
    ) : (
      <p className="quiet">Asking…</p>
    );
  if (found.data.length === 0)
    return (
      <EmptyState title="No entry is like this">
        <p>
          <button type="button" className="button" onClick={onForget}>
            Show everything
          </button>
        </p>
      </EmptyState>
    );
  return (
    <>
      <Entries entries={found.data} isOld={found.isPlaceholderData} />
      <Older list={found} what="entries" />
    </>
  );
}

const said = (text: string): string | undefined => (text === '' ? undefined : text);

/** Milliseconds since 1970 of a time on the viewer's clock. */
const momentOf = (text: string): number | undefined => (text === '' ? undefined : new Date(text).getTime());
