import type { ReactNode } from 'react';

import { useAnswer } from '../../api/answer.ts';
import { ErrorNotice } from '../../parts/error-notice.tsx';

export function OverviewPage(): ReactNode {
  const site = useAnswer('/api/v1/services', undefined, { every: 2_000 });
  if (site.data === undefined)
    return site.error ? <ErrorNotice error={site.error} /> : <p className="quiet">Asking…</p>;
  return (
    <div className="page">
      <h1>{site.data.site}</h1>
    </div>
  );
}
