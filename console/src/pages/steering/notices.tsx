import type { ReactNode } from 'react';

import { useAnswer } from '../../api/answer.ts';
import { ErrorNotice } from '../../parts/error-notice.tsx';
import { Happenings } from '../../parts/happenings.tsx';

/** Of so many events those of steering are shown, and no more of them than one reads at a glance. */
const LOOKED_AT = 500;
const MOST = 20;

/** What steering did lately, the newest first. */
export function Notices(): ReactNode {
  const past = useAnswer('/api/v1/events/past', { query: { limit: LOOKED_AT } }, { every: 15_000 });
  const notices = past.data?.filter(({ kind }) => kind === 'steering').slice(0, MOST);
  return (
    <section className="section" aria-labelledby="notices">
      <h2 id="notices">What it did</h2>
      {past.data === undefined && past.error && <ErrorNotice error={past.error} />}
      {notices && <Happenings happened={notices} none="Nothing lately: servers get what is configured." />}
    </section>
  );
}
