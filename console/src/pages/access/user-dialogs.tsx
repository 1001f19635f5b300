import { type ReactNode, useState } from 'react';

import { refresh } from '../../api/answer.ts';
import { ask, type QuestionAt } from '../../api/ask.ts';
import { forgetEverything, useMe } from '../../api/session.ts';
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx';
import { FormDialog } from '../../parts/form-dialog.tsx';
import { TextInput } from '../../parts/text-input.tsx';
import { areWhole, GrantFields, VIEWER } from './grant-fields.tsx';
import { isTyped, NewPassword, NOTHING } from './new-password.tsx';
import type { User } from './users.tsx';

type Props = { readonly user: User; readonly onClose: () => void };
type Change = NonNullable<QuestionAt<'PATCH', '/api/v1/users/:name'>['body']>;

/** Changes a user; whoever changes themselves is logged out by it. */
function useChange({ name }: User): (change: Change) => Promise<void> {
  const me = useMe();
  return async (body) => {
    await ask('PATCH', '/api/v1/users/:name', { params: { name }, body });
    if (me?.name === name) forgetEverything();
    else await refresh('/api/v1/users', '/api/v1/sessions', '/api/v1/tokens');
  };
}

export function AddUser({ onClose }: Pick<Props, 'onClose'>): ReactNode {
  const [name, setName] = useState('');
  const [typed, setTyped] = useState(NOTHING);
  const [grants, setGrants] = useState([VIEWER]);
  const add = async (): Promise<void> => {
    await ask('POST', '/api/v1/users', { body: { name, password: typed.password, grants } });
    await refresh('/api/v1/users');
  };
  return (
    <FormDialog
      title="Add a user"
      action="Add"
      onSubmit={add}
      onClose={onClose}
      isIncomplete={name === '' || !isTyped(typed) || !areWhole(grants)}
    >
      <TextInput
        label="Name"
        value={name}
        onChange={setName}
        hint="Small letters, digits and . _ -; it stands beside everything they do."
        autoFocus
      />
      <NewPassword value={typed} onChange={setTyped} />
      <p className="quiet small">They can give themselves another one under Access.</p>
      <GrantFields grants={grants} onChange={(changed) => setGrants([...changed])} />
    </FormDialog>
  );
}

export function ChangeRoles({ user, onClose }: Props): ReactNode {
  const [grants, setGrants] = useState(user.grants);
  const change = useChange(user);
  return (
    <FormDialog
      title={`Roles of ${user.name}`}
      action="Change"
      onSubmit={() => change({ grants })}
      onClose={onClose}
      isIncomplete={!areWhole(grants)}
    >
      <GrantFields grants={grants} onChange={(changed) => setGrants([...changed])} />
      <p className="quiet small">
        {user.name} is logged out everywhere. Tokens that {user.name} made, and that may then do more than {user.name},
        are revoked.
      </p>
    </FormDialog>
  );
}

export function GivePassword({ user, onClose }: Props): ReactNode {
  const [typed, setTyped] = useState(NOTHING);
  const change = useChange(user);
  return (
    <FormDialog
      title={`A new password for ${user.name}`}
      action="Set"
      onSubmit={() => change({ password: typed.password })}
      onClose={onClose}
      isIncomplete={!isTyped(typed)}
    >
      <NewPassword value={typed} onChange={setTyped} autoFocus />
      <p className="quiet small">
        {user.name} is logged out everywhere. Give them the password by a way on which nobody else hears it.
      </p>
    </FormDialog>
  );
}

export function SwitchUser({ user, onClose }: Props): ReactNode {
  const change = useChange(user);
  const { name, disabled } = user;
  return (
    <ConfirmDialog
      isOpen
      title={disabled ? `Enable ${name}?` : `Disable ${name}?`}
      action={disabled ? 'Enable' : 'Disable'}
      onConfirm={() => change({ disabled: !disabled })}
      onClose={onClose}
    >
      <p>
        {disabled
          ? `${name} can log in again, with the same password and roles. Revoked tokens stay revoked.`
          : `${name} is logged out everywhere and cannot log in any more; tokens that ${name} made are revoked for good. The user can be enabled again.`}
      </p>
    </ConfirmDialog>
  );
}

export function RemoveUser({ user: { name }, onClose }: Props): ReactNode {
  const me = useMe();
  const remove = async (): Promise<void> => {
    await ask('DELETE', '/api/v1/users/:name', { params: { name } });
    if (me?.name === name) forgetEverything();
    else await refresh('/api/v1/users', '/api/v1/sessions', '/api/v1/tokens');
  };
  return (
    <ConfirmDialog isOpen title={`Remove ${name}?`} action="Remove" onConfirm={remove} onClose={onClose} isDangerous>
      <p>
        {name} is logged out everywhere, and tokens that {name} made are revoked. It cannot be taken back; the audit
        keeps the name, so better disable somebody who may come again.
      </p>
    </ConfirmDialog>
  );
}
