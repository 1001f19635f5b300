import { type ReactNode, useState } from 'react';
import { Button, Dialog, DialogTrigger, Popover } from 'react-aria-components';

import { logOut, type Me } from '../api/session.ts';
import { chooseTheme, chosenTheme, type Theme, THEMES } from '../design/theme.ts';
import { ErrorNotice } from '../parts/error-notice.tsx';

const THEME_NAMES: Readonly<Record<Theme, string>> = {
  system: 'As this machine',
  light: 'Light',
  dark: 'Dark',
  contrast: 'High contrast',
};

/** Who is logged in, how the console looks here, and the way out. */
export function AccountMenu({ me }: { readonly me: Me }): ReactNode {
  const [theme, setTheme] = useState(chosenTheme);
  const [error, setError] = useState<unknown>();
  const choose = (chosen: Theme): void => {
    chooseTheme(chosen);
    setTheme(chosen);
  };
  return (
    <DialogTrigger>
      <Button className="button plain" aria-label={`Account of ${me.name}`}>
        {me.name} <span aria-hidden="true">▾</span>
      </Button>
      <Popover className="popover" placement="bottom end">
        <Dialog className="account" aria-label="Account">
          <p>
            <strong>{me.name}</strong>
          </p>
          <ul className="grants small quiet">
            {me.grants.map(({ role, services }) => (
              <li key={`${role} ${String(services)}`}>
                {role} of {services === 'all' ? 'the whole site' : services.join(', ')}
              </li>
            ))}
          </ul>
          <fieldset className="themes">
            <legend>Look</legend>
            {THEMES.map((name) => (
              <label key={name}>
                <input type="radio" name="theme" checked={theme === name} onChange={() => choose(name)} />{' '}
                {THEME_NAMES[name]}
              </label>
            ))}
          </fieldset>
          {error !== undefined && <ErrorNotice error={error} what="Log out" />}
          <Button className="button" onPress={() => void logOut().catch(setError)}>
            Log out
          </Button>
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}
