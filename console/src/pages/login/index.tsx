import { type FormEvent, type ReactNode, useEffect, useState } from 'react';

import { Refused } from '../../api/ask.ts';
import { logIn } from '../../api/session.ts';
import { ErrorNotice } from '../../parts/error-notice.tsx';
import { TextInput } from '../../parts/text-input.tsx';
import { WayIn } from './way-in.tsx';

/** Name and password. What was to be opened stays in the address, and opens afterwards. */
export function LogInPage(): ReactNode {
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [error, setError] = useState<unknown>();
  const [isBusy, setIsBusy] = useState(false);
  useEffect(() => {
    document.title = 'Log in – Vagus';
  }, []);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setIsBusy(true);
    setError(undefined);
    try {
      await logIn(name, password);
    } catch (refused) {
      setPassword('');
      setError(refused);
    } finally {
      setIsBusy(false);
    }
  };
  return (
    <WayIn title="Log in">
      <form onSubmit={(event) => void submit(event)}>
        <TextInput label="Name" value={name} onChange={setName} autoComplete="username" autoFocus />
        <TextInput
          label="Password"
          type="password"
          value={password}
          onChange={setPassword}
          autoComplete="current-password"
        />
        {error !== undefined && (isWrong(error) ? <WrongPassword /> : <ErrorNotice error={error} what="Log in" />)}
        <button type="submit" className="button primary" disabled={isBusy || name === '' || password === ''}>
          {isBusy ? 'Logging in…' : 'Log in'}
        </button>
      </form>
      <p className="quiet small">
        No account yet? An administrator makes one under Access, or on the machine itself with{' '}
        <code>vagus user add</code>.
      </p>
    </WayIn>
  );
}

const isWrong = (error: unknown): boolean => error instanceof Refused && error.problem.code === 'access-unknown';

const WrongPassword = (): ReactNode => (
  <p className="wrong" role="alert">
    Name or password is wrong.
  </p>
);
