import { type ReactNode, useState } from 'react';
import type { Answer, routes } from '#api/contract';

import { useAnswer } from '../../api/answer.ts';
import { ErrorNotice } from '../../parts/error-notice.tsx';
import { Moment } from '../../parts/moment.tsx';
import { StateBadge } from '../../parts/state-badge.tsx';
import { Table } from '../../parts/table.tsx';
import { Grants } from './roles.tsx';
import { AddUser, ChangeRoles, GivePassword, RemoveUser, SwitchUser } from './user-dialogs.tsx';

export type User = Answer<(typeof routes)['users']>[number];

type Act = 'add' | 'roles' | 'password' | 'switch' | 'remove';
type Asked = { readonly act: Act; readonly user: User | undefined };

/** Everybody who can log in, and what can be done about them. */
export function Users(): ReactNode {
  const users = useAnswer('/api/v1/users');
  const [asked, setAsked] = useState<Asked>();
  return (
    <section className="section" aria-labelledby="users">
      <div className="page-head">
        <h2 id="users">Users</h2>
        <button type="button" className="button" onClick={() => setAsked({ act: 'add', user: undefined })}>
          Add a user…
        </button>
      </div>
      {users.data === undefined ? (
        users.error && <ErrorNotice error={users.error} onRetry={() => void users.refetch()} />
      ) : (
        <Table
          caption="Users"
          rows={users.data}
          keyOf={({ name }) => name}
          columns={[
            { title: 'Name', cell: ({ name }) => name, sortBy: ({ name }) => name },
            { title: 'Roles', cell: ({ grants }) => <Grants grants={grants} /> },
            {
              title: 'May log in',
              cell: ({ disabled }) => (
                <StateBadge shown={disabled ? { tone: 'apart', word: 'Disabled' } : { tone: 'good', word: 'Yes' }} />
              ),
              sortBy: ({ disabled }) => Number(disabled),
            },
            { title: 'Added', cell: added, sortBy: ({ createdAt }) => createdAt },
            { title: 'Actions', cell: (user) => <Buttons user={user} onAsk={(act) => setAsked({ act, user })} /> },
          ]}
        />
      )}
      <Dialog asked={asked} onClose={() => setAsked(undefined)} />
    </section>
  );
}

const added = ({ createdAt, createdBy }: User): ReactNode => (
  <span>
    <Moment at={createdAt} /> <span className="quiet small">by {createdBy}</span>
  </span>
);

type ButtonProps = { readonly user: User; readonly onAsk: (act: Act) => void };

const Buttons = ({ user: { name, disabled }, onAsk }: ButtonProps): ReactNode => (
  <span className="buttons">
    {(
      [
        ['roles', 'Roles…'],
        ['password', 'Password…'],
        ['switch', disabled ? 'Enable…' : 'Disable…'],
        ['remove', 'Remove…'],
      ] as const
    ).map(([act, word]) => (
      <button key={act} type="button" className="button" aria-label={`${word} ${name}`} onClick={() => onAsk(act)}>
        {word}
      </button>
    ))}
  </span>
);

function Dialog({ asked, onClose }: { readonly asked: Asked | undefined; readonly onClose: () => void }): ReactNode {
  if (asked === undefined) return null;
  const { act, user } = asked;
  if (user === undefined) return <AddUser onClose={onClose} />;
  switch (act) {
    case 'roles':
      return <ChangeRoles user={user} onClose={onClose} />;
    case 'password':
      return <GivePassword user={user} onClose={onClose} />;
    case 'switch':
      return <SwitchUser user={user} onClose={onClose} />;
    case 'remove':
      return <RemoveUser user={user} onClose={onClose} />;
    case 'add':
      return null;
  }
}
