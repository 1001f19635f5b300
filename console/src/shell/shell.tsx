import { Link, Outlet, useRouterState } from '@tanstack/react-router';
import { type ReactNode, Suspense, useEffect, useRef } from 'react';

import { LiveProvider, useFreshness } from '../api/live.tsx';
import { Unconfirmed } from '../acting/unconfirmed.tsx';
import { useAnswer } from '../api/answer.ts';
import { type Me, may, MeContext, useSession } from '../api/session.ts';
import { ErrorNotice } from '../parts/error-notice.tsx';
import { LogInPage } from '../pages/login/index.tsx';
import { AccountMenu } from './account-menu.tsx';
import { Freshness } from './freshness.tsx';
import { LogoffWarning } from './logoff-warning.tsx';
import { navigation } from './navigation.ts';
import './shell.css';

/** The frame around every page; where nobody is logged in, the way in. */
export function Shell(): ReactNode {
  const me = useSession();
  if (me.error?.status === 401) return <LogInPage />;
  if (me.data === undefined) {
    return (
      <main className="alone">
        {me.error ? (
          <ErrorNotice error={me.error} what="Open the console" onRetry={() => void me.refetch()} />
        ) : (
          <p className="quiet">Opening…</p>
        )}
      </main>
    );
  }
  return (
    <MeContext value={me.data}>
      <LiveProvider>
        <Frame me={me.data} />
        <LogoffWarning me={me.data} asked={me.dataUpdatedAt} />
      </LiveProvider>
    </MeContext>
  );
}

function Frame({ me }: { readonly me: Me }): ReactNode {
  return (
    <div className="frame">
      <a className="skip" href="#main" onClick={toMain}>
        To the content
      </a>
      <header className="bar">
        <Site />
        <nav aria-label="Console">
          <ul className="tabs">
            {navigation
              .filter((entry) => !('permission' in entry) || may(me, entry.permission))
              .map(({ to, title }) => (
                <li key={to}>
                  <Link to={to} activeOptions={{ exact: to === '/' }}>
                    {title}
                  </Link>
                </li>
              ))}
          </ul>
        </nav>
        <div className="bar-end">
          <Freshness />
          <AccountMenu me={me} />
        </div>
      </header>
      <Unconfirmed />
      <Main />
    </div>
  );
}

function Site(): ReactNode {
  const controller = useAnswer('/api/v1/controller', undefined, { every: 15_000 });
  const site = controller.data?.site;
  useEffect(() => {
    document.title = site === undefined ? 'Vagus' : `${site} – Vagus`;
  }, [site]);
  return (
    <p className="site">
      <img src="/favicon.svg" alt="" width="22" height="22" />
      <span>{site ?? 'Vagus'}</span>
    </p>
  );
}

/** The content. After a change of page the focus goes there, so that a keyboard and a screen reader go on from it. */
function Main(): ReactNode {
  const { isStale } = useFreshness();
  const place = useRef<HTMLElement>(null);
  const path = useRouterState({ select: ({ location }) => location.pathname });
  const before = useRef(path);
  useEffect(() => {
    if (before.current === path) return;
    before.current = path;
    place.current?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }, [path]);
  return (
    <main id="main" ref={place} tabIndex={-1} data-stale={isStale || undefined}>
      <Suspense fallback={<p className="quiet">Opening…</p>}>
        <Outlet />
      </Suspense>
    </main>
  );
}

/** The page's address is behind the # already. */
function toMain(event: { preventDefault(): void }): void {
  event.preventDefault();
  document.getElementById('main')?.focus();
}
