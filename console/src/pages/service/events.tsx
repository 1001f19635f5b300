import type { ReactNode } from 'react';

import { useAnswer } from '../../api/answer.ts';
import { ErrorNotice } from '../../parts/error-notice.tsx';
import { Happenings } from '../../parts/happenings.tsx';

/** As many as one reads at a glance. */
const MOST = 12;

/** What happened to a service, the newest first. */
export function Events({ service }: { readonly service: string }): ReactNode {
  const past = useAnswer('/api/v1/events/past', { query: { service, limit: MOST } }, { every: 15_000 });
  return (
    <section className="section" aria-labelledby="events">
      <h2 id="events">What happened</h2>
      {past.data === undefined && past.error && <ErrorNotice error={past.error} />}
      {past.data && <Happenings happened={past.data} none="Nothing has happened to it yet." />}
    </section>
  );
}
