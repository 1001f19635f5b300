import { type ReactNode, useState } from 'react';
import type { Answer, routes } from '#api/contract';

import { ask } from '../../api/ask.ts';
import { useNewest } from '../../api/newest.ts';
import { may, useMe } from '../../api/session.ts';
import { count, figure } from '../../design/numbers.ts';
import type { Queue } from '../../design/queues.ts';
import { ErrorNotice } from '../../parts/error-notice.tsx';
import { Moment } from '../../parts/moment.tsx';
import { Older } from '../../parts/older.tsx';
import { Table } from '../../parts/table.tsx';
import { ActDialog, refreshQueues, whyOf } from './actions.tsx';

type Dead = Answer<(typeof routes)['deadMessages']>[number];
type Asked = { readonly act: 'resend' | 'discard'; readonly message: Dead };
type Props = { readonly service: string; readonly queue: Queue };

/** Messages that were given up, without what they say, and what can become of each. */
export function DeadMessages({ service, queue: { destination, label, dead } }: Props): ReactNode {
  const path = '/api/v1/services/:service/queues/:destination/messages';
  const list = useNewest(path, { params: { service, destination } }, ({ id }) => id);
  const [asked, setAsked] = useState<Asked>();
  const me = useMe();
  const isOperator = may(me, 'operate', service);
  return (
    <div className="section">
      <h3>{count(dead, 'message')} given up</h3>
      <p className="quiet small">
        Their destination refused them, or took none of them, as often as the spec lets it be tried. What they say is
        shown nowhere.
      </p>
      {list.error && list.data === undefined && <ErrorNotice error={list.error} onRetry={() => void list.refetch()} />}
      {list.data && (
        <>
          <Table
            caption={`Messages of ${label} that were given up, the newest first`}
            rows={list.data}
            keyOf={({ id }) => id}
            columns={[
              { title: 'Message', cell: ({ id }) => <span className="number">{id}</span>, sortBy: ({ id }) => id },
              { title: 'Given up', cell: ({ deadAt }) => <Moment at={deadAt} />, sortBy: ({ deadAt }) => deadAt },
              { title: 'Why', cell: ({ reason }) => REASONS[reason] ?? reason, sortBy: ({ reason }) => reason },
              { title: 'Type', cell: typeOf, sortBy: typeOf },
              { title: 'Tried', isNumber: true, cell: ({ attempts }) => count(attempts, 'time') },
              { title: 'Came', cell: ({ at }) => <Moment at={at} />, sortBy: ({ at }) => at },
              { title: 'Bytes', isNumber: true, cell: ({ bytes }) => figure(bytes), sortBy: ({ bytes }) => bytes },
              { title: 'In events', cell: ({ message }) => <code>{message}</code> },
              ...(isOperator ? [{ title: 'Actions', cell: (message: Dead) => buttons(message, setAsked) }] : []),
            ]}
          />
          <Older list={list} what="messages" />
        </>
      )}
      {asked && (
        <ActDialog
          words={wordsOf(asked, label)}
          onConfirm={(why) => actOn(service, destination, asked, why)}
          onClose={() => setAsked(undefined)}
        />
      )}
    </div>
  );
}

/** What an acknowledgement means that a destination gave; anything else is in words already. */
const REASONS: Readonly<Record<string, string>> = {
  AE: 'AE: an error there',
  AR: 'AR: rejected there',
  CE: 'CE: not stored there',
  CR: 'CR: refused there',
};

const typeOf = ({ messageType, triggerEvent }: Dead): string =>
  triggerEvent === '' ? messageType : `${messageType}^${triggerEvent}`;

const buttons = (message: Dead, onAsk: (asked: Asked) => void): ReactNode => (
  <span className="buttons">
    {(['resend', 'discard'] as const).map((act) => (
      <button
        key={act}
        type="button"
        className="button"
        aria-label={`${NAMES[act]} message ${message.id}`}
        onClick={() => onAsk({ act, message })}
      >
        {NAMES[act]}…
      </button>
    ))}
  </span>
);

const NAMES = { resend: 'Resend', discard: 'Discard' } as const;

const MEANING = {
  resend: 'It goes to the end of the queue: newer messages for the same patient may have been delivered before it.',
  discard:
    'It is forgotten for good, and its destination never gets it, though its sender was told that it is safe. It cannot be taken back.',
} as const;

const wordsOf = ({ act, message: { id } }: Asked, label: string) => ({
  title: `${NAMES[act]} message ${id} of ${label}?`,
  action: NAMES[act],
  meaning: MEANING[act],
  ...(act === 'discard' && { isDangerous: true as const }),
});

async function actOn(service: string, destination: string, { act, message }: Asked, why: string): Promise<void> {
  const question = { params: { service, destination, message: message.id }, query: whyOf(why) };
  if (act === 'resend')
    await ask('POST', '/api/v1/services/:service/queues/:destination/messages/:message/resend', question);
  else await ask('DELETE', '/api/v1/services/:service/queues/:destination/messages/:message', question);
  await refreshQueues();
}
