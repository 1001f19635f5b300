import { type ReactNode, useRef } from 'react';

import { useAnswer } from '../api/answer.ts';
import { useNow } from '../api/live.tsx';
import { count, spanInWords } from '../design/numbers.ts';
import './acting.css';

/** How often to ask what is left, ms. */
const EVERY = 1_000;

/** What is still under way on a server that drains, as it becomes less; and what was left when it was over. */
export function DrainProgress({ label }: { readonly label: string }): ReactNode {
  const drains = useAnswer('/api/v1/drains', undefined, { every: EVERY });
  const now = useNow(1_000);
  const most = useRef(0);
  const drain = drains.data?.find((one) => one.label === label);
  if (drain === undefined) return null;
  const { state, left, unit, deadline } = drain;
  const rest = left === 0 ? 'nothing is left on it' : `${count(left, unit)} left`;
  if (state === 'maint') {
    return (
      <p className="drain-progress small" role="status">
        {left === 0 ? 'Empty: nothing is left on it' : `${rest}, not cut`}
      </p>
    );
  }
  most.current = Math.max(most.current, left, 1);
  return (
    <div className="drain-progress small">
      <p>
        <strong className="number">{rest}</strong>
        {deadline !== undefined && (
          <span className="quiet"> · in maintenance in {spanInWords((deadline - now) / 1_000)} at the latest</span>
        )}
      </p>
      <progress max={most.current} value={most.current - left} aria-label={`Drain of ${label}`} />
    </div>
  );
}
