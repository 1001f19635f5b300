import type { ReactNode } from 'react';
import './notes.css';

type Props = {
  readonly title: string;
  /** What it means that there is nothing, and what one can do. */
  readonly children?: ReactNode;
};

/** Nothing is there, and that is no error. */
export const EmptyState = ({ title, children }: Props): ReactNode => (
  <div className="note empty-state">
    <p>
      <strong>{title}</strong>
    </p>
    {children}
  </div>
);
