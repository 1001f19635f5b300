import type { ReactNode } from 'react';

import { EmptyState } from '../../parts/empty-state.tsx';

export const ServicePage = (): ReactNode => (
  <div className="page">
    <h1>Service</h1>
    <EmptyState title="This page is not there yet" />
  </div>
);
