import { type ReactNode, useState } from 'react';

import type { Answer, routes } from '#api/contract';

import { refresh } from '../../api/answer.ts';
import { ask } from '../../api/ask.ts';
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx';
import { SelectInput } from '../../parts/select-input.tsx';
import { TextInput } from '../../parts/text-input.tsx';
import type { Step } from './check.ts';
import type { Draft } from './draft.ts';
import { stepsInWords } from './preview.tsx';

export type Outcome = Answer<(typeof routes)['applySpec']>;

const WAITS = [
  ['2m', '2 minutes'],
  ['10m', '10 minutes'],
  ['1h', '1 hour'],
  ['', 'no: it stays, unless services suffer'],
] as const;

type Props = {
  readonly draft: Draft;
  readonly steps: readonly Step[];
  readonly onDone: (outcome: Outcome) => void;
  readonly onClose: () => void;
};

/** Puts a spec in force, after saying how, and asking why. */
export function ApplyDialog({ draft, steps, onDone, onClose }: Props): ReactNode {
  const [why, setWhy] = useState('');
  const [wait, setWait] = useState<(typeof WAITS)[number][0]>('2m');
  const apply = async (): Promise<void> => {
    const query = { ...(why.trim() !== '' && { why: why.trim() }), ...(wait !== '' && { confirm: wait }) };
    onDone(await ask('PUT', '/api/v1/spec', { query, body: draft.text }, { ifRevision: draft.base }));
    await refresh();
  };
  return (
    <ConfirmDialog isOpen title="Put this spec in force?" action="Apply" onConfirm={apply} onClose={onClose}>
      <p>{stepsInWords(steps)} A change that the engine refuses leaves everything as it is.</p>
      <SelectInput
        label="Goes back by itself unless somebody keeps it, after"
        options={WAITS}
        value={wait}
        onChange={setWait}
      />
      <TextInput label="Reason" hint="For the audit, and for whoever comes next." value={why} onChange={setWhy} />
    </ConfirmDialog>
  );
}
