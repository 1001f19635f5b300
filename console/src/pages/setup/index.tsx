import { useNavigate, useParams } from '@tanstack/react-router';
import { type FormEvent, type ReactNode, useState } from 'react';

import { ask } from '../../api/ask.ts';
import { logIn } from '../../api/session.ts';
import { ErrorNotice } from '../../parts/error-notice.tsx';
import { TextInput } from '../../parts/text-input.tsx';
import { WayIn } from '../login/way-in.tsx';

/** Makes the first administrator with the link that the controller printed, and logs them in. */
export function SetupPage(): ReactNode {
  const { link } = useParams({ from: '/setup/$link' });
  const navigate = useNavigate();
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [again, setAgain] = useState('');
  const [error, setError] = useState<unknown>();
  const [isBusy, setIsBusy] = useState(false);
  const differs = again !== '' && again !== password;
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setIsBusy(true);
    setError(undefined);
    try {
      await ask('POST', '/api/v1/setup', { body: { link, name, password } });
      await logIn(name, password);
      // The link is used; it shall not stay in the history.
      await navigate({ to: '/', replace: true });
    } catch (refused) {
      setError(refused);
      setIsBusy(false);
    }
  };
  return (
    <WayIn title="The first administrator">
      <p className="quiet">
        This controller has no users yet. Whoever is made here may do everything, and can add others under Access.
      </p>
      <form onSubmit={(event) => void submit(event)}>
        <TextInput
          label="Name"
          value={name}
          onChange={setName}
          autoComplete="username"
          hint="Small letters, digits and . _ -; it stands beside everything you do."
          autoFocus
        />
        <TextInput
          label="Password"
          type="password"
          value={password}
          onChange={setPassword}
          autoComplete="new-password"
          hint="12 characters or more; several words are easy to remember."
        />
        <TextInput
          label="The same again"
          type="password"
          value={again}
          onChange={setAgain}
          autoComplete="new-password"
          {...(differs && { hint: 'The two differ.' })}
        />
        {error !== undefined && <ErrorNotice error={error} what="Make the administrator" />}
        <button
          type="submit"
          className="button primary"
          disabled={isBusy || name === '' || password === '' || again !== password}
        >
          {isBusy ? 'Making…' : 'Make and log in'}
        </button>
      </form>
    </WayIn>
  );
}
