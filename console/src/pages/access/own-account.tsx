import { type ReactNode, useState } from 'react';

import { ask } from '../../api/ask.ts';
import { forgetEverything, type Me } from '../../api/session.ts';
import { FormDialog } from '../../parts/form-dialog.tsx';
import { TextInput } from '../../parts/text-input.tsx';
import { isTyped, NewPassword, NOTHING } from './new-password.tsx';
import { Grants } from './roles.tsx';

/** Who one is here, and one's own password. */
export function OwnAccount({ me }: { readonly me: Me }): ReactNode {
  const [isChanging, setIsChanging] = useState(false);
  return (
    <section className="section" aria-labelledby="own">
      <h2 id="own">Your account</h2>
      <div className="own-account">
        <p>
          <strong>{me.name}</strong>
        </p>
        <Grants grants={me.grants} />
        <button type="button" className="button" onClick={() => setIsChanging(true)}>
          Change password…
        </button>
      </div>
      {isChanging && <ChangePassword name={me.name} onClose={() => setIsChanging(false)} />}
    </section>
  );
}

type Props = { readonly name: string; readonly onClose: () => void };

function ChangePassword({ name, onClose }: Props): ReactNode {
  const [old, setOld] = useState('');
  const [typed, setTyped] = useState(NOTHING);
  const change = async (): Promise<void> => {
    await ask('POST', '/api/v1/me/password', { body: { old, password: typed.password } });
    forgetEverything();
  };
  return (
    <FormDialog
      title="Change your password"
      action="Change"
      onSubmit={change}
      onClose={onClose}
      isIncomplete={old === '' || !isTyped(typed)}
    >
      <p>All your sessions end, this one too: you log in again with the new password.</p>
      {/* For the browser, so that it keeps the new password under the right name. */}
      <input type="text" value={name} autoComplete="username" readOnly hidden />
      <TextInput
        label="Password until now"
        type="password"
        autoComplete="current-password"
        value={old}
        onChange={setOld}
        autoFocus
      />
      <NewPassword value={typed} onChange={setTyped} />
    </FormDialog>
  );
}
