import { type ReactNode, useEffect, useState } from 'react';

import { refresh, useAnswer } from '../api/answer.ts';
import { ask } from '../api/ask.ts';
import { useNow } from '../api/live.tsx';
import { may, useMe } from '../api/session.ts';
import { ErrorNotice } from '../parts/error-notice.tsx';
import { StateMark } from '../parts/state-badge.tsx';
import './unconfirmed.css';

/** How often to ask whether a change waits, ms. */
const EVERY = 5_000;

/** On every page, as long as a change goes back by itself unless somebody keeps it; and afterwards what became of it. */
export function Unconfirmed(): ReactNode {
  const controller = useAnswer('/api/v1/controller', undefined, { every: EVERY }).data;
  const waiting = controller?.state === 'unconfirmed' ? controller.revision : undefined;
  const [seen, setSeen] = useState<number>();
  if (waiting !== undefined && waiting !== seen) setSeen(waiting);
  if (waiting !== undefined && controller?.confirmBy !== undefined)
    return <Waiting revision={waiting} until={controller.confirmBy} />;
  if (controller === undefined || seen === undefined) return null;
  return <Ended revision={seen} onClose={() => setSeen(undefined)} />;
}

function Waiting({ revision, until }: { readonly revision: number; readonly until: number }): ReactNode {
  const me = useMe();
  const now = useNow(250);
  const found = useAnswer('/api/v1/revisions/:revision', { params: { revision } }).data;
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const left = Math.max(0, until - now);
  const isOver = left === 0;
  useEffect(() => {
    if (isOver) void refresh('/api/v1/controller', '/api/v1/revisions');
  }, [isOver]);

  const act = async (doing: () => Promise<unknown>): Promise<void> => {
    setBusy(true);
    setError(undefined);
    await doing().catch(setError);
    await refresh('/api/v1/controller', '/api/v1/revisions', '/api/v1/revisions/:revision', '/api/v1/spec');
    setBusy(false);
  };
  const keep = () => ask('POST', '/api/v1/confirm', {});
  const takeBack = (parent: number) =>
    ask(
      'POST',
      '/api/v1/revisions/:revision/rollback',
      { params: { revision: parent }, query: { why: `takes revision ${revision} back` } },
      { ifRevision: revision },
    );
  const parent = found?.parent;

  return (
    <section className="unconfirmed" data-tone="doubtful" aria-label="A change that waits to be kept">
      <p className="unconfirmed-words">
        <StateMark tone="doubtful" />
        <span>
          <strong>Revision {revision}</strong> {found && `by ${found.by} `}
          {isOver ? 'goes back now.' : 'is in force, and goes back by itself in'}
        </span>
        {!isOver && (
          <strong className="countdown number" role="timer" aria-label="Time until it goes back">
            {clock(left)}
          </strong>
        )}
      </p>
      {may(me, 'change') && (
        <div className="unconfirmed-buttons">
          <button type="button" className="button primary" disabled={busy || isOver} onClick={() => void act(keep)}>
            Keep it
          </button>
          {parent !== undefined && (
            <button
              type="button"
              className="button"
              disabled={busy || isOver}
              onClick={() => void act(() => takeBack(parent))}
            >
              Take it back now
            </button>
          )}
        </div>
      )}
      {error !== undefined && <ErrorNotice error={error} />}
    </section>
  );
}

/** What became of a revision that waited. */
function Ended({ revision, onClose }: { readonly revision: number; readonly onClose: () => void }): ReactNode {
  const found = useAnswer('/api/v1/revisions/:revision', { params: { revision } }, { every: EVERY }).data;
  if (found === undefined || found.state === 'unconfirmed') return null;
  const isKept = found.state === 'applied' || found.state === 'watching';
  return (
    <section className="unconfirmed" data-tone={isKept ? 'good' : 'apart'} role="status">
      <p className="unconfirmed-words">
        <StateMark tone={isKept ? 'good' : 'apart'} />
        <span>
          <strong>Revision {revision}</strong>{' '}
          {isKept
            ? 'is kept.'
            : `went back: ${found.reason ?? 'nobody kept it'}. What was before it is in force again.`}
        </span>
      </p>
      <button type="button" className="button" onClick={onClose}>
        Close
      </button>
    </section>
  );
}

/** `4:59`: minutes and seconds. */
function clock(ms: number): string {
  const seconds = Math.ceil(ms / 1_000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
