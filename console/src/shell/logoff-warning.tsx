import { type ReactNode, useEffect } from 'react';

import { refresh } from '../api/answer.ts';
import { useNow } from '../api/live.tsx';
import { logOut, type Me } from '../api/session.ts';
import { ConfirmDialog } from '../parts/confirm-dialog.tsx';

/** How long before the session ends it is said, ms. */
const WARNED = 60_000;

type Props = {
  readonly me: Me;
  /** When the controller said how long the session lasts, ms since 1970. */
  readonly asked: number;
};

/** Says a minute before the session ends that it will, and lets somebody who is there stay. */
export function LogoffWarning({ me, asked }: Props): ReactNode {
  const now = useNow(1_000);
  const left = me.endsIn === undefined ? Infinity : asked + me.endsIn - now;
  const isOver = left <= 0;
  useEffect(() => {
    // The controller has the last word: somebody may have been active in another window.
    if (isOver) void refresh('/api/v1/me');
  }, [isOver]);
  return (
    <ConfirmDialog
      isOpen={left < WARNED}
      title="Still there?"
      action="Log out"
      cancel="Stay logged in"
      onConfirm={logOut}
      onClose={() => void refresh('/api/v1/me')}
    >
      <p>
        Nobody has touched this console for a while. You will be logged off in{' '}
        <span className="number">{Math.max(0, Math.ceil(left / 1_000))} s</span>. Nothing that runs is concerned.
      </p>
    </ConfirmDialog>
  );
}
