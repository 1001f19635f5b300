import { Link, useParams } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';

import { useAnswer } from '../../api/answer.ts';
import { may, useMe } from '../../api/session.ts';
import { Diff } from '../../parts/diff.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ErrorNotice } from '../../parts/error-notice.tsx';
import { type Revision, revisionShown } from '../../parts/revision-state.ts';
import { SelectInput } from '../../parts/select-input.tsx';
import { StateBadge } from '../../parts/state-badge.tsx';
import { RelativeTime } from '../../parts/time.tsx';
import { RollbackDialog } from './rollback-dialog.tsx';
import './revision.css';

/** One revision: who, when and why; what it changed; and the way back to it. */
export function RevisionPage(): ReactNode {
  const { revision: number } = useParams({ from: '/shell/changes/$revision' });
  const revision = useAnswer('/api/v1/revisions/:revision', { params: { revision: number } }, { every: 5_000 });
  return (
    <div className="page">
      <p>
        <Link to="/changes">All changes</Link>
      </p>
      {revision.data === undefined ? (
        <h1>Revision {number}</h1>
      ) : (
        <Found key={revision.data.number} revision={revision.data} />
      )}
      {revision.error && <ErrorNotice error={revision.error} />}
    </div>
  );
}

function Found({ revision }: { readonly revision: Revision }): ReactNode {
  const { number, at, by, why, reason, parent, current } = revision;
  const me = useMe();
  const inForce = useAnswer('/api/v1/controller', undefined, { every: 15_000 }).data?.revision;
  const [isAsked, setIsAsked] = useState(false);
  return (
    <>
      <header className="page-head">
        <h1>Revision {number}</h1>
        <StateBadge shown={revisionShown(revision)} />
        {!current && may(me, 'change') && (
          <button type="button" className="button" onClick={() => setIsAsked(true)}>
            Go back to it…
          </button>
        )}
      </header>
      <dl className="revision-facts">
        <dt>When</dt>
        <dd>
          <RelativeTime at={at} />, {new Date(at).toLocaleString()}
        </dd>
        <dt>Who</dt>
        <dd>{by}</dd>
        <dt>Why</dt>
        <dd>{why ?? 'no reason was given'}</dd>
        {reason !== undefined && (
          <>
            <dt>What became of it</dt>
            <dd>{reason}</dd>
          </>
        )}
      </dl>
      <Comparison number={number} parent={parent} inForce={inForce} />
      {isAsked && inForce !== undefined && (
        <RollbackDialog number={number} inForce={inForce} onClose={() => setIsAsked(false)} />
      )}
    </>
  );
}

type Compared = { readonly number: number; readonly parent: number | undefined; readonly inForce: number | undefined };

/** A revision beside another one: at first the one that it changed. */
function Comparison({ number, parent, inForce }: Compared): ReactNode {
  const revisions = useAnswer('/api/v1/revisions', { query: { limit: 100 } }).data ?? [];
  const [chosen, setChosen] = useState<string>();
  const other = chosen ?? String(parent ?? inForce ?? number);
  const named = (one: number): string =>
    [`Revision ${one}`, one === parent && 'the one before', one === inForce && 'in force'].filter(Boolean).join(', ');
  const known = [...new Set([...revisions.map((one) => one.number), parent, inForce])]
    .filter((one) => one !== undefined && one !== number)
    .toSorted((a = 0, b = 0) => b - a);
  if (known.length === 0) return <EmptyState title="There is no other revision to compare it with" />;
  return (
    <section className="comparison" aria-labelledby="difference">
      <h2 id="difference">Difference</h2>
      <SelectInput
        label="Compared with"
        options={known.map((one = 0) => [String(one), named(one)] as const)}
        value={other}
        onChange={setChosen}
      />
      <Texts from={Math.min(number, Number(other))} to={Math.max(number, Number(other))} />
    </section>
  );
}

function Texts({ from, to }: { readonly from: number; readonly to: number }): ReactNode {
  const before = useAnswer('/api/v1/revisions/:revision/spec', { params: { revision: from } });
  const after = useAnswer('/api/v1/revisions/:revision/spec', { params: { revision: to } });
  const error = before.error ?? after.error;
  if (error) return <ErrorNotice error={error} />;
  if (before.data === undefined || after.data === undefined) return <p className="quiet">Reading…</p>;
  return <Diff before={before.data} after={after.data} names={[`revision ${from}`, `revision ${to}`]} />;
}
