import type { ReactNode } from 'react';

import { StateMark } from '../../parts/state-badge.tsx';
import type { Problem } from './check.ts';

type Props = { readonly problems: readonly Problem[]; readonly onGoTo: (line: number, column: number) => void };

/** What is wrong with a spec, and what is dangerous in it; each leads to its place. */
export const ProblemList = ({ problems, onGoTo }: Props): ReactNode => (
  <ul className="spec-problems">
    {problems.map(({ code, severity, message, location: { line, column } }) => {
      const tone = severity === 'error' ? 'bad' : 'doubtful';
      return (
        <li key={`${line}:${column}:${code}:${message}`} data-tone={tone}>
          <StateMark tone={tone} />
          <span>
            <button type="button" className="link" onClick={() => onGoTo(line, column)}>
              Line {line}
            </button>
            <span className="sr-only"> {severity}</span>: {message} <code className="quiet small">{code}</code>
          </span>
        </li>
      );
    })}
  </ul>
);
