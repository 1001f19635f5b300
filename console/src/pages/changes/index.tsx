import { Link } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';

import { useAnswer } from '../../api/answer.ts';
import { may, useMe } from '../../api/session.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ErrorNotice } from '../../parts/error-notice.tsx';
import { type Revision, revisionShown } from '../../parts/revision-state.ts';
import { StateBadge } from '../../parts/state-badge.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { RelativeTime } from '../../parts/time.tsx';

const PAGE = 50;
const EVERY = 5_000;

/** Who changed what, when and why; and the way to the next change. */
export function ChangesPage(): ReactNode {
  const me = useMe();
  const [before, setBefore] = useState<number>();
  const query = { limit: PAGE, ...(before !== undefined && { before }) };
  const revisions = useAnswer('/api/v1/revisions', { query }, { every: EVERY });
  const rows = revisions.data ?? [];
  const last = rows.at(-1);
  return (
    <div className="page">
      <header className="page-head">
        <h1>Changes</h1>
        <Link to="/changes/spec" className="button primary">
          {may(me, 'change') ? 'Change the spec' : 'Read the spec'}
        </Link>
      </header>
      {revisions.error && <ErrorNotice error={revisions.error} onRetry={() => void revisions.refetch()} />}
      {revisions.data?.length === 0 && <EmptyState title="No revision yet" />}
      {rows.length > 0 && (
        <Table caption="Revisions, the newest first" columns={columns} rows={rows} keyOf={({ number }) => number} />
      )}
      <p className="page-head">
        {before !== undefined && (
          <button type="button" className="button" onClick={() => setBefore(undefined)}>
            The newest
          </button>
        )}
        {rows.length === PAGE && last && (
          <button type="button" className="button" onClick={() => setBefore(last.number)}>
            Older ones
          </button>
        )}
      </p>
    </div>
  );
}

const ORIGINS: Readonly<Record<Revision['origin'], string>> = {
  file: 'from the file',
  api: 'a whole spec',
  patch: 'a part of it',
  rollback: 'gone back',
  vagus: 'by Vagus',
};

const columns: readonly Column<Revision>[] = [
  {
    title: 'Revision',
    cell: ({ number }) => (
      <Link to="/changes/$revision" params={{ revision: String(number) }}>
        {number}
      </Link>
    ),
  },
  { title: 'State', cell: (revision) => <StateBadge shown={revisionShown(revision)} /> },
  { title: 'When', cell: ({ at }) => <RelativeTime at={at} /> },
  { title: 'Who', cell: ({ by }) => by },
  { title: 'What', cell: ({ origin, how }) => `${ORIGINS[origin]}${how === undefined ? '' : `, ${how}`}` },
  { title: 'Why', cell: ({ why, reason }) => [why, reason].filter(Boolean).join(' – ') || '–' },
];
