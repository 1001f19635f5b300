import type { ReactNode } from 'react';

import { TextInput } from './text-input.tsx';
import './search-bar.css';

type Props = {
  readonly words: string;
  readonly onWords: (words: string) => void;
  readonly placeholder: string;
  readonly isOnlyProblems: boolean;
  readonly onOnlyProblems: (isOnly: boolean) => void;
  /** How many there are of all; empty where that is all of them. */
  readonly found: string;
};

/** Narrows a list: by words, and to what is not as it should be. Says how much is left. */
export const SearchBar = ({ words, onWords, placeholder, isOnlyProblems, onOnlyProblems, found }: Props): ReactNode => (
  <div className="search-bar">
    <TextInput label="Search" type="search" value={words} onChange={onWords} placeholder={placeholder} />
    <label className="check">
      <input type="checkbox" checked={isOnlyProblems} onChange={({ target }) => onOnlyProblems(target.checked)} /> Only
      with problems
    </label>
    <p className="quiet small" role="status">
      {found}
    </p>
  </div>
);
