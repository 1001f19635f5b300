import type { ReactNode } from 'react';

import { useFreshness } from '../api/live.tsx';
import { spanInWords } from '../design/numbers.ts';
import { StateMark } from '../parts/state-badge.tsx';

/** Whether the numbers on the page are of now; where they are not, how old they are. */
export function Freshness(): ReactNode {
  const { age, isFresh, isStale } = useFreshness();
  if (age === undefined) return null;
  if (!isStale) {
    return (
      <p className="freshness small" title="Numbers are asked for every second or two, and whenever something happens">
        <StateMark tone="good" /> {isFresh ? 'Live' : `${spanInWords(age / 1_000)} old`}
      </p>
    );
  }
  return (
    <p className="freshness small" data-tone="doubtful" role="status">
      <StateMark tone="doubtful" /> No news for {spanInWords(age / 1_000)}
    </p>
  );
}
