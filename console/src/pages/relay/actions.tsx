import { type ReactNode, useState } from 'react';

import { refresh } from '../../api/answer.ts';
import { ask } from '../../api/ask.ts';
import { may, useMe } from '../../api/session.ts';
import { count } from '../../design/numbers.ts';
import type { Queue } from '../../design/queues.ts';
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx';
import { TextInput } from '../../parts/text-input.tsx';

type Act = 'hold' | 'release' | 'resend' | 'discard';

type Words = {
  readonly button: string;
  readonly title: string;
  readonly action: string;
  readonly meaning: string;
  readonly isDangerous?: true;
};

/** What each act is called, and what it means before it is done. */
function wordsOf(act: Act, { label, dead, depth }: Queue): Words {
  const all = count(dead, 'message');
  switch (act) {
    case 'hold':
      return {
        button: 'Hold…',
        title: `Hold ${label}?`,
        action: 'Hold',
        meaning:
          'Nothing more is sent until somebody releases it. Messages are still taken, acknowledged and stored; what is under way ends.',
      };
    case 'release':
      return {
        button: 'Release…',
        title: `Release ${label}?`,
        action: 'Release',
        meaning: `It sends again, in the order in which the messages came: ${count(depth, 'message')} now.`,
      };
    case 'resend':
      return {
        button: `Resend all ${dead.toLocaleString('en')}…`,
        title: `Resend ${all} of ${label}?`,
        action: 'Resend',
        meaning:
          'They go to the end of the queue, in the order in which they came: newer messages for the same patients may have been delivered before them.',
      };
    case 'discard':
      return {
        button: `Discard all ${dead.toLocaleString('en')}…`,
        title: `Discard ${all} of ${label}?`,
        action: 'Discard',
        meaning:
          'They are forgotten for good, and their destination never gets them, though their senders were told that they are safe. It cannot be taken back.',
        isDangerous: true,
      };
  }
}

/** What can be done to a queue, for whoever may. */
export function QueueActions({ queue }: { readonly queue: Queue }): ReactNode {
  const [asked, setAsked] = useState<Act>();
  const me = useMe();
  if (!may(me, 'operate', queue.service)) return null;
  const acts: readonly Act[] = [
    queue.held ? 'release' : 'hold',
    ...(queue.dead > 0 ? (['resend', 'discard'] as const) : []),
  ];
  return (
    <div className="queue-actions">
      {acts.map((act) => (
        <button key={act} type="button" className="button" onClick={() => setAsked(act)}>
          {wordsOf(act, queue).button}
          <span className="sr-only"> {queue.label}</span>
        </button>
      ))}
      {asked && (
        <ActDialog
          words={wordsOf(asked, queue)}
          onConfirm={(why) => actOn(queue, asked, why)}
          onClose={() => setAsked(undefined)}
        />
      )}
    </div>
  );
}

async function actOn({ service, destination }: Queue, act: Act, why: string): Promise<void> {
  const question = { params: { service, destination }, query: whyOf(why) };
  if (act === 'hold') await ask('POST', '/api/v1/services/:service/queues/:destination/hold', question);
  if (act === 'release') await ask('POST', '/api/v1/services/:service/queues/:destination/release', question);
  if (act === 'resend') await ask('POST', '/api/v1/services/:service/queues/:destination/messages/resend', question);
  if (act === 'discard') await ask('DELETE', '/api/v1/services/:service/queues/:destination/messages', question);
  await refreshQueues();
}

/** A reason as a query says it; none where nothing was said. */
export const whyOf = (why: string): { readonly why?: string } => (why.trim() === '' ? {} : { why: why.trim() });

export const refreshQueues = (): Promise<void> =>
  refresh(
    '/api/v1/queues',
    '/api/v1/services/:service/relay',
    '/api/v1/services/:service/queues/:destination/messages',
  );

type DialogProps = {
  readonly words: Omit<Words, 'button'>;
  readonly onConfirm: (why: string) => Promise<void>;
  readonly onClose: () => void;
};

/** Says what an act means, and asks why. */
export function ActDialog({ words, onConfirm, onClose }: DialogProps): ReactNode {
  const { title, action, meaning, isDangerous = false } = words;
  const [why, setWhy] = useState('');
  return (
    <ConfirmDialog
      isOpen
      title={title}
      action={action}
      isDangerous={isDangerous}
      onConfirm={() => onConfirm(why)}
      onClose={onClose}
    >
      <p>{meaning}</p>
      <TextInput label="Reason" hint="For the audit, and for whoever comes next." value={why} onChange={setWhy} />
    </ConfirmDialog>
  );
}
