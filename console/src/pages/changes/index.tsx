import type { ReactNode } from 'react';

import { EmptyState } from '../../parts/empty-state.tsx';

export const ChangesPage = (): ReactNode => (
  <div className="page">
    <h1>Changes</h1>
    <EmptyState title="This page is not there yet" />
  </div>
);
