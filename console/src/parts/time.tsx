import type { ReactNode } from 'react';

import { useNow } from '../api/live.tsx';

const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
] as const;

/** `3 min`, `2 h`, `5 d`: the largest unit that fits, as one says it. */
export function spanInWords(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [unit, size] = UNITS.find(([, least]) => whole >= least) ?? ['s', 1];
  return `${Math.floor(whole / size)} ${unit}`;
}

/** How long ago something was, with the moment itself in its title. */
export function RelativeTime({ at }: { readonly at: number }): ReactNode {
  const now = useNow(1_000);
  const seconds = (now - at) / 1_000;
  const moment = new Date(at);
  return (
    <time dateTime={moment.toISOString()} title={moment.toLocaleString()} className="number">
      {seconds < -1 ? `in ${spanInWords(-seconds)}` : seconds < 2 ? 'just now' : `${spanInWords(seconds)} ago`}
    </time>
  );
}
