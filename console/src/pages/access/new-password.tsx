import type { ReactNode } from 'react';

import { TextInput } from '../../parts/text-input.tsx';

/** A password that is typed twice. */
export type Typed = { readonly password: string; readonly again: string };

export const NOTHING: Typed = { password: '', again: '' };

export const isTyped = ({ password, again }: Typed): boolean => password !== '' && password === again;

type Props = { readonly value: Typed; readonly onChange: (typed: Typed) => void; readonly autoFocus?: boolean };

export const NewPassword = ({ value: { password, again }, onChange, autoFocus = false }: Props): ReactNode => (
  <>
    <TextInput
      label="New password"
      type="password"
      autoComplete="new-password"
      value={password}
      onChange={(typed) => onChange({ password: typed, again })}
      hint="12 characters or more; several words are easy to remember."
      autoFocus={autoFocus}
    />
    <TextInput
      label="The same again"
      type="password"
      autoComplete="new-password"
      value={again}
      onChange={(typed) => onChange({ password, again: typed })}
      {...(again !== '' && again !== password && { hint: 'The two differ.' })}
    />
  </>
);
