import type { ReactNode } from 'react';
import './way-in.css';

/** The frame of what is shown before somebody is logged in. */
export const WayIn = ({ title, children }: { readonly title: string; readonly children: ReactNode }): ReactNode => (
  <main className="way-in">
    <div className="way-in-card">
      <p className="site">
        <img src="/favicon.svg" alt="" width="28" height="28" />
        <span>Vagus</span>
      </p>
      <h1>{title}</h1>
      {children}
    </div>
  </main>
);
