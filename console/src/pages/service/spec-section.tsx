import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';

import { useAnswer } from '../../api/answer.ts';
import { may, useMe } from '../../api/session.ts';
import { sectionOf } from './section.ts';

/** What the spec in force says of a service, for those who may read all of it. */
export function SpecSection({ service }: { readonly service: string }): ReactNode {
  const me = useMe();
  const mayRead = may(me, 'read');
  const spec = useAnswer('/api/v1/spec', undefined, { every: 15_000, enabled: mayRead });
  if (!mayRead || spec.data === undefined) return null;
  const section = sectionOf(spec.data, service);
  return (
    <section className="section" aria-labelledby="spec">
      <header className="page-head">
        <h2 id="spec">Its section of the spec</h2>
        <Link to="/changes">All of it, and its changes</Link>
      </header>
      {section === undefined ? (
        <p className="quiet">It cannot be told from the rest of the text.</p>
      ) : (
        <pre className="spec" tabIndex={0} aria-label={`The spec’s section about ${service}`}>
          {section}
        </pre>
      )}
    </section>
  );
}
