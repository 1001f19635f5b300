import type { ReactNode } from 'react';

import { useNow } from '../api/live.tsx';
import { spanInWords } from '../design/numbers.ts';

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
