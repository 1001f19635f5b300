import type { ReactNode } from 'react';

import type { Happening } from '../api/live.tsx';
import { StateMark } from './state-badge.tsx';
import { RelativeTime } from './time.tsx';
import './happenings.css';

type Props = {
  /** The newest first. */
  readonly happened: readonly Pick<Happening, 'id' | 'at' | 'tone' | 'text'>[];
  /** What to say where there is none. */
  readonly none: string;
};

/** What happened, a line each. */
export const Happenings = ({ happened, none }: Props): ReactNode =>
  happened.length === 0 ? (
    <p className="quiet">{none}</p>
  ) : (
    <ul className="happenings">
      {happened.map(({ id, at, tone, text }) => (
        <li key={id}>
          <StateMark tone={tone} />
          <span>{text}</span>
          <span className="quiet small">
            <RelativeTime at={at} />
          </span>
        </li>
      ))}
    </ul>
  );
