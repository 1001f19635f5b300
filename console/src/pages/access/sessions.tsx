import { type ReactNode, useState } from 'react';
import type { Answer, routes } from '#api/contract';

import { refresh, useAnswer } from '../../api/answer.ts';
import { ask } from '../../api/ask.ts';
import { forgetEverything } from '../../api/session.ts';
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx';
import { ErrorNotice } from '../../parts/error-notice.tsx';
import { Moment } from '../../parts/moment.tsx';
import { Table } from '../../parts/table.tsx';
import { RelativeTime } from '../../parts/time.tsx';

type Session = Answer<(typeof routes)['sessions']>[number];

/** How often the list is asked again while it is looked at, ms. */
const EVERY = 15_000;

/** Who is logged in: one's own sessions, or everybody's for whoever manages accounts. */
export function Sessions({ isEverybodys }: { readonly isEverybodys: boolean }): ReactNode {
  const sessions = useAnswer('/api/v1/sessions', undefined, { every: EVERY });
  const [ending, setEnding] = useState<Session>();
  return (
    <section className="section" aria-labelledby="sessions">
      <h2 id="sessions">{isEverybodys ? 'Who is logged in' : 'Where you are logged in'}</h2>
      {sessions.data === undefined ? (
        sessions.error && <ErrorNotice error={sessions.error} onRetry={() => void sessions.refetch()} />
      ) : (
        <Table
          caption="Sessions, the last active first"
          rows={sessions.data}
          keyOf={({ id }) => id}
          columns={[
            { title: 'Who', cell: nameOf, sortBy: ({ user }) => user },
            { title: 'From', cell: ({ address }) => address, sortBy: ({ address }) => address },
            { title: 'Since', cell: ({ createdAt }) => <Moment at={createdAt} />, sortBy: (one) => one.createdAt },
            {
              title: 'Last active',
              cell: ({ lastSeenAt }) => <RelativeTime at={lastSeenAt} />,
              sortBy: (one) => one.lastSeenAt,
            },
            {
              title: 'Ends if idle',
              cell: ({ endsAt }) => <RelativeTime at={endsAt} />,
              sortBy: ({ endsAt }) => endsAt,
            },
            {
              title: 'Actions',
              cell: (session) => (
                <span className="buttons">
                  <button
                    type="button"
                    className="button"
                    aria-label={`End the session of ${session.user} from ${session.address}`}
                    onClick={() => setEnding(session)}
                  >
                    End…
                  </button>
                </span>
              ),
            },
          ]}
        />
      )}
      {ending && <EndSession session={ending} onClose={() => setEnding(undefined)} />}
    </section>
  );
}

const nameOf = ({ user, isAsker }: Session): ReactNode => (
  <>
    {user} {isAsker && <span className="quiet small">(this one)</span>}
  </>
);

type Props = { readonly session: Session; readonly onClose: () => void };

function EndSession({ session: { id, user, address, isAsker }, onClose }: Props): ReactNode {
  const end = async (): Promise<void> => {
    await ask('DELETE', '/api/v1/sessions/:id', { params: { id } });
    if (isAsker) forgetEverything();
    else await refresh('/api/v1/sessions');
  };
  return (
    <ConfirmDialog
      isOpen
      title={isAsker ? 'End this session?' : `End the session of ${user} from ${address}?`}
      action="End"
      onConfirm={end}
      onClose={onClose}
    >
      <p>
        {isAsker
          ? 'You are logged out here at once.'
          : 'What is open there is closed at once. Whoever knows the password can log in again; to keep somebody out, disable the user.'}
      </p>
    </ConfirmDialog>
  );
}
