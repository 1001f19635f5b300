import type { ReactNode } from 'react';

import { Refused } from '../api/ask.ts';
import { StateMark } from './state-badge.tsx';
import './notes.css';

const RETRY = {
  safe: 'Trying again is safe.',
  'after-change': 'Trying the same again will not help.',
  unknown: 'It is not known whether trying again is safe: look first.',
} as const;

type Props = {
  readonly error: unknown;
  /** What was tried: `Drain pacs/pacs1`. */
  readonly what?: string;
  readonly onRetry?: () => void;
};

/** Why something did not work, in the controller's words: what became of it, and whether to try again. */
export function ErrorNotice({ error, what, onRetry }: Props): ReactNode {
  const problem = error instanceof Refused ? error.problem : undefined;
  return (
    <div className="note error-notice" data-tone="bad" role="alert">
      <p>
        <StateMark tone="bad" /> <strong>{what === undefined ? 'That did not work' : `${what}: not done`}</strong>
      </p>
      <p>{sentence(problem?.detail ?? 'something went wrong in this page; reload it')}</p>
      {problem?.problems && (
        <ul>
          {problem.problems.map(({ location, message }) => (
            <li key={`${location.line}:${location.column}:${message}`}>
              <code>
                {location.line}:{location.column}
              </code>{' '}
              {message}
            </li>
          ))}
        </ul>
      )}
      {problem && (
        <p className="quiet small">
          {sentence(problem.unit)} {RETRY[problem.retry]} <code>{problem.code}</code>
        </p>
      )}
      {onRetry && (
        <p>
          <button type="button" className="button" onClick={onRetry}>
            Try again
          </button>
        </p>
      )}
    </div>
  );
}

/** `nothing was changed` as a sentence. */
const sentence = (words: string): string => {
  const text = words.trim();
  const upper = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(upper) ? upper : `${upper}.`;
};
