import { type ReactNode, useState } from 'react';

import { refresh, useAnswer } from '../../api/answer.ts';
import { ask } from '../../api/ask.ts';
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx';
import { Diff } from '../../parts/diff.tsx';
import { TextInput } from '../../parts/text-input.tsx';

type Props = { readonly number: number; readonly inForce: number; readonly onClose: () => void };

/** Shows what going back would change, and does it for whoever still wants it. */
export function RollbackDialog({ number, inForce, onClose }: Props): ReactNode {
  const [why, setWhy] = useState('');
  const now = useAnswer('/api/v1/revisions/:revision/spec', { params: { revision: inForce } }).data;
  const then = useAnswer('/api/v1/revisions/:revision/spec', { params: { revision: number } }).data;
  const goBack = async (): Promise<void> => {
    const query = why.trim() === '' ? {} : { why: why.trim() };
    await ask(
      'POST',
      '/api/v1/revisions/:revision/rollback',
      { params: { revision: number }, query },
      { ifRevision: inForce },
    );
    await refresh();
  };
  return (
    <ConfirmDialog
      isOpen
      title={`Go back to revision ${number}?`}
      action="Go back"
      isDisabled={now === undefined || then === undefined}
      onConfirm={goBack}
      onClose={onClose}
    >
      <p>
        What revision {number} had comes into force again, with the certificates that it had, as a new revision. It is
        watched, and taken back where services suffer from it.
      </p>
      {now !== undefined && then !== undefined && (
        <Diff before={now} after={then} names={[`revision ${inForce}`, `revision ${number}`]} />
      )}
      <TextInput label="Reason" hint="For the audit, and for whoever comes next." value={why} onChange={setWhy} />
    </ConfirmDialog>
  );
}
