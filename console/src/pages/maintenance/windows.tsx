import { type ReactNode, useState } from 'react';

import type { Answer, routes } from '#api/contract';

import type { Place } from '../../acting/place.ts';
import { refresh, useAnswer } from '../../api/answer.ts';
import { ask } from '../../api/ask.ts';
import { may, type Me, useMe } from '../../api/session.ts';
import type { Shown } from '../../design/states.ts';
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ErrorNotice } from '../../parts/error-notice.tsx';
import { StateBadge } from '../../parts/state-badge.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { WindowDialog } from './window-dialog.tsx';
import './maintenance.css';

type Window = Answer<(typeof routes)['windows']>[number];

const EVERY = 5_000;

const STATES: Readonly<Record<Window['state'], Shown>> = {
  planned: { tone: 'unknown', word: 'Planned' },
  active: { tone: 'apart', word: 'Under way' },
  ended: { tone: 'good', word: 'Over' },
  cancelled: { tone: 'unknown', word: 'Cancelled' },
};

/** Planned times in which servers drain and are in maintenance: what is to come first. */
export function Windows({ places }: { readonly places: readonly Place[] }): ReactNode {
  const me = useMe();
  const windows = useAnswer('/api/v1/windows', undefined, { every: EVERY });
  const [isPlanning, setIsPlanning] = useState(false);
  const [ending, setEnding] = useState<Window>();
  const rows = (windows.data ?? []).toSorted((a, b) => Number(isOpen(b)) - Number(isOpen(a)) || b.from - a.from);
  const mine = places.filter(({ service }) => may(me, 'operate', service));
  return (
    <section className="maintenance" aria-labelledby="windows">
      <header className="page-head">
        <h2 id="windows">Windows</h2>
        {mine.length > 0 && (
          <button type="button" className="button" onClick={() => setIsPlanning(true)}>
            Plan a window…
          </button>
        )}
      </header>
      {windows.error && <ErrorNotice error={windows.error} />}
      {windows.data?.length === 0 && (
        <EmptyState title="Nothing is planned">
          <p>In a window, servers drain when it begins and are back in work when it ends.</p>
        </EmptyState>
      )}
      {rows.length > 0 && (
        <Table
          caption="Maintenance windows"
          columns={columnsFor(me, setEnding)}
          rows={rows.slice(0, 100)}
          keyOf={({ id }) => id}
        />
      )}
      {isPlanning && <WindowDialog places={mine} onClose={() => setIsPlanning(false)} />}
      {ending && <EndDialog window={ending} onClose={() => setEnding(undefined)} />}
    </section>
  );
}

const isOpen = ({ state }: Window): boolean => state === 'planned' || state === 'active';

const moment = (at: number): string => new Date(at).toLocaleString([], { dateStyle: 'medium', timeStyle: 'short' });

const columnsFor = (me: Me | undefined, onEnd: (window: Window) => void): readonly Column<Window>[] => [
  { title: 'Window', cell: ({ id }) => id },
  { title: 'State', cell: ({ state }) => <StateBadge shown={STATES[state]} /> },
  { title: 'From', cell: ({ from }) => moment(from) },
  { title: 'Until', cell: ({ until }) => moment(until) },
  { title: 'Servers', cell: ({ servers }) => servers.join(', ') },
  { title: 'Who', cell: ({ by }) => by },
  { title: 'Why', cell: ({ why }) => why ?? '–' },
  {
    title: 'Act',
    cell: (window) =>
      isOpen(window) && window.servers.every((label) => may(me, 'operate', label.split('/')[0])) ? (
        <button type="button" className="button small" onClick={() => onEnd(window)}>
          {window.state === 'planned' ? 'Cancel…' : 'End it…'}
          <span className="sr-only"> window {window.id}</span>
        </button>
      ) : null,
  },
];

function EndDialog({ window, onClose }: { readonly window: Window; readonly onClose: () => void }): ReactNode {
  const isPlanned = window.state === 'planned';
  const end = async (): Promise<void> => {
    await ask('DELETE', '/api/v1/windows/:id', { params: { id: window.id } });
    await refresh('/api/v1/windows', '/api/v1/services');
  };
  return (
    <ConfirmDialog
      isOpen
      title={isPlanned ? `Cancel window ${window.id}?` : `End window ${window.id} now?`}
      action={isPlanned ? 'Cancel the window' : 'End it now'}
      cancel="Leave it"
      onConfirm={end}
      onClose={onClose}
    >
      <p>
        {isPlanned
          ? `Nothing will happen to ${window.servers.join(', ')}.`
          : `${window.servers.join(', ')} will be back in work at once.`}
      </p>
    </ConfirmDialog>
  );
}
