import type { ReactNode } from 'react';
import type { Answer, routes } from '#api/contract';

import type { Shown } from '../../design/states.ts';
import { Moment } from '../../parts/moment.tsx';
import { StateBadge } from '../../parts/state-badge.tsx';
import { Table } from '../../parts/table.tsx';
import { actionInWords } from './words.ts';
import './audit.css';

type Entry = Answer<(typeof routes)['audit']>[number];

const OUTCOMES: Readonly<Record<Entry['outcome'], Shown>> = {
  done: { tone: 'good', word: 'Done' },
  refused: { tone: 'doubtful', word: 'Refused' },
  failed: { tone: 'bad', word: 'Failed' },
};

type Props = {
  readonly entries: readonly Entry[];
  /** They answer what was asked before; what is asked now is on its way. */
  readonly isOld: boolean;
};

export const Entries = ({ entries, isOld }: Props): ReactNode => (
  <div className="audit-entries" aria-busy={isOld}>
    <Table
      caption="Entries of the audit, the newest first"
      rows={entries}
      keyOf={({ number }) => number}
      columns={[
        { title: 'Entry', cell: ({ number }) => <span className="number">{number}</span> },
        { title: 'When', cell: ({ at }) => <Moment at={at} /> },
        { title: 'Who', cell: ({ by }) => by },
        {
          title: 'What',
          cell: ({ action }) =>
            actionInWords(action) ?? (
              <>
                Ask for <code>{action}</code>
              </>
            ),
        },
        { title: 'On', cell: ({ subject }) => subject },
        { title: 'Outcome', cell: ({ outcome }) => <StateBadge shown={OUTCOMES[outcome]} /> },
        { title: 'Why, and more', cell: ({ detail }) => <Detail detail={detail} /> },
      ]}
    />
  </div>
);

/** The reason as it was given, then whatever else is known. */
function Detail({ detail: { why, ...more } }: Pick<Entry, 'detail'>): ReactNode {
  const rest = Object.entries(more);
  return (
    <div className="audit-detail">
      {typeof why === 'string' && <p>“{why}”</p>}
      {rest.length > 0 && (
        <p className="small quiet">{rest.map(([name, value]) => partInWords(name, value)).join(', ')}</p>
      )}
    </div>
  );
}

/** `revision: 3`; `expiresAt` is a moment on the viewer's clock. */
const partInWords = (name: string, value: unknown): string =>
  name.endsWith('At') && typeof value === 'number'
    ? `${name.slice(0, -'At'.length)}: ${new Date(value).toLocaleString()}`
    : `${name}: ${inWords(value)}`;

/** `3`, `portal`, `viewer of all`, `a, b`: JSON without its marks, where it can be read without them. */
function inWords(value: unknown): string {
  if (Array.isArray(value)) return value.map(inWords).join(', ');
  if (typeof value === 'object' && value !== null)
    return Object.entries(value)
      .map(([name, part]) => `${name} ${inWords(part)}`)
      .join(' ');
  return String(value);
}
