import type { ReactNode } from 'react';

import { useAnswer } from '../../api/answer.ts';
import type { Service } from '../../design/states.ts';
import { ServerActions } from '../../acting/server-actions.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ErrorNotice } from '../../parts/error-notice.tsx';
import { StateBadge } from '../../parts/state-badge.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { RelativeTime } from '../../parts/time.tsx';
import type { Place } from '../../acting/place.ts';
import { serverShown } from '../../design/states.ts';
import { Windows } from './windows.tsx';

const EVERY = 2_000;
const NONE: readonly Service[] = [];

/** Who is out of work, by whom and until when; and what is planned. */
export function MaintenancePage(): ReactNode {
  const answer = useAnswer('/api/v1/services', undefined, { every: EVERY });
  const services = answer.data?.services ?? NONE;
  const places = services.flatMap(({ name, pools }) =>
    pools.flatMap((pool) => pool.servers.map((server) => ({ service: name, pool: pool.name, server }))),
  );
  const out = places.filter(({ server }) => server.override !== undefined);
  return (
    <div className="page">
      <h1>Maintenance</h1>
      {answer.error && <ErrorNotice error={answer.error} onRetry={() => void answer.refetch()} />}
      <section className="maintenance" aria-labelledby="out">
        <h2 id="out">Out of work now</h2>
        {answer.data !== undefined && out.length === 0 && <EmptyState title="Every server is in work" />}
        {out.length > 0 && (
          <Table
            caption="Servers that people or the calendar took out of work"
            columns={columns}
            rows={out}
            keyOf={({ server }) => server.label}
          />
        )}
      </section>
      <Windows places={places} />
    </div>
  );
}

const columns: readonly Column<Place>[] = [
  { title: 'Server', cell: ({ server }) => server.label },
  { title: 'State', cell: ({ server }) => <StateBadge shown={serverShown(server)} /> },
  {
    title: 'Since',
    cell: ({ server }) => (server.override === undefined ? '–' : <RelativeTime at={server.override.since} />),
  },
  { title: 'Who', cell: ({ server }) => server.override?.by ?? '–' },
  { title: 'Why', cell: ({ server }) => server.override?.why ?? '–' },
  { title: 'How far', cell: (place) => <ServerActions {...place} /> },
];
