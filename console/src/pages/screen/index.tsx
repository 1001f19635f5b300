import { useNavigate, useParams } from '@tanstack/react-router';
import { type ReactNode, useEffect, useState } from 'react';

import { openScreen } from '../../api/session.ts';
import { ErrorNotice } from '../../parts/error-notice.tsx';
import { WayIn } from '../login/way-in.tsx';

/** Opens the console on a screen where nobody logs in, with a token that only looks. */
export function ScreenPage(): ReactNode {
  const { token } = useParams({ from: '/screen/$token' });
  const navigate = useNavigate();
  const [error, setError] = useState<unknown>();
  useEffect(() => {
    // The token is in a cookie from here on; it shall not stay in the history.
    openScreen(token).then(() => navigate({ to: '/', replace: true }), setError);
  }, [token, navigate]);
  return (
    <WayIn title="A screen on the wall">
      {error === undefined ? (
        <p className="quiet">Opening…</p>
      ) : (
        <ErrorNotice error={error} what="Open the console on this screen" />
      )}
    </WayIn>
  );
}
