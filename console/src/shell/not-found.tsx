import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';

import { EmptyState } from '../parts/empty-state.tsx';

export const NotFound = (): ReactNode => (
  <EmptyState title="There is no such page">
    <p>
      <Link to="/">To the overview</Link>
    </p>
  </EmptyState>
);
