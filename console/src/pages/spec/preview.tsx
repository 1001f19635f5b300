import type { ReactNode } from 'react';

import { count } from '../../design/numbers.ts';
import type { Shown } from '../../design/states.ts';
import { StateBadge } from '../../parts/state-badge.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import type { Step } from './check.ts';

const HOW: Readonly<Record<Step['how'], Shown>> = {
  live: { tone: 'good', word: 'Live' },
  none: { tone: 'good', word: 'Nothing to tell' },
  reload: { tone: 'doubtful', word: 'Reload' },
  start: { tone: 'doubtful', word: 'Start' },
};

/** `3 steps, 1 of them by a reload`. */
export function stepsInWords(steps: readonly Step[]): string {
  if (steps.length === 0) return 'No engine would have to be told of anything.';
  const reloads = steps.filter(({ how }) => how === 'reload' || how === 'start').length;
  if (reloads === 0) return `${count(steps.length, 'step')}, all live.`;
  const which = reloads === steps.length ? '' : `${reloads} of them `;
  return `${count(steps.length, 'step')}, ${which}by one reload; no connection is cut.`;
}

/** What putting a spec in force would change, step by step. */
export const Preview = ({ steps }: { readonly steps: readonly Step[] }): ReactNode => (
  <>
    <p className="quiet">{stepsInWords(steps)}</p>
    {steps.length > 0 && (
      <Table
        caption="What would change"
        columns={columns}
        rows={steps}
        keyOf={({ subject, change }) => `${change} ${subject}`}
      />
    )}
  </>
);

const WORDS: Readonly<Record<Step['change'], string>> = { add: 'new', remove: 'removed', change: 'changed' };

const columns: readonly Column<Step>[] = [
  { title: 'What', cell: ({ subject }) => subject },
  {
    title: 'Change',
    cell: ({ change, fields }) => (fields.length > 0 ? `${WORDS[change]}: ${fields.join(', ')}` : WORDS[change]),
  },
  {
    title: 'How',
    cell: ({ how, because }) => (
      <>
        <StateBadge shown={HOW[how]} />
        {because !== undefined && <span className="quiet small"> {because}</span>}
      </>
    ),
  },
];
