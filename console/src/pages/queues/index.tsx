import type { ReactNode } from 'react';

import { EmptyState } from '../../parts/empty-state.tsx';

export const QueuesPage = (): ReactNode => (
  <div className="page">
    <h1>Queues</h1>
    <EmptyState title="This page is not there yet" />
  </div>
);
