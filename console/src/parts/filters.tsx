import type { ReactNode } from 'react';
import './filters.css';

/** What a list is narrowed down by. */
export const Filters = ({ children }: { readonly children: ReactNode }): ReactNode => (
  <div className="filters" role="search">
    {children}
  </div>
);
