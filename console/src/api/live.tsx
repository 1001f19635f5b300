import { createContext, type ReactNode, use, useEffect, useMemo, useState, useSyncExternalStore } from 'react';

import { intervalOf, queries, refresh } from './answer.ts';
import { addressOf } from './ask.ts';

/** Something that happened, as the controller tells of it. */
export type Happening = {
  readonly id: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly kind: string;
  readonly service?: string;
  readonly tone: 'good' | 'doubtful' | 'bad';
  readonly text: string;
};

/** The newest first; no more than the last 200 since this page was opened. */
const KEPT = 200;

/** How long to wait before a stream that ended is opened again, ms. */
const AGAIN = 2_000;

/** Changes come in swarms; what is shown is asked again once for all of them, after this long, ms. */
const GATHER = 200;

const Happenings = createContext<readonly Happening[]>([]);

/** Follows the controller's events while the page is seen, and asks again what is shown when something happens. */
export function LiveProvider({ children }: { readonly children: ReactNode }): ReactNode {
  const [happened, setHappened] = useState<readonly Happening[]>([]);
  useEffect(
    () =>
      follow((happening) => {
        setHappened((before) => [happening, ...before].slice(0, KEPT));
      }),
    [],
  );
  return <Happenings value={happened}>{children}</Happenings>;
}

/** What happened since this page was opened, the newest first; of one service, or of all. */
export function useHappenings(service?: string): readonly Happening[] {
  const all = use(Happenings);
  return useMemo(() => (service === undefined ? all : all.filter((one) => one.service === service)), [all, service]);
}

function follow(tell: (happening: Happening) => void): () => void {
  let source: EventSource | undefined;
  let last: string | undefined;
  let gathering: ReturnType<typeof setTimeout> | undefined;
  let waiting: ReturnType<typeof setTimeout> | undefined;

  const refreshSoon = (): void => {
    gathering ??= setTimeout(() => {
      gathering = undefined;
      void refresh(...NUMBERS, '/api/v1/events/past', '/api/v1/drains', '/api/v1/controller', '/api/v1/revisions');
    }, GATHER);
  };
  const close = (): void => {
    source?.close();
    source = undefined;
    clearTimeout(waiting);
  };
  const open = (): void => {
    close();
    // A hidden page has no stream: a browser lets a site have six connections in all.
    if (document.hidden) return;
    source = new EventSource(addressOf('/api/v1/events', {}, { lastEventId: last }));
    source.addEventListener('notice', (event: MessageEvent<string>) => {
      last = event.lastEventId;
      tell(JSON.parse(event.data) as Happening);
      refreshSoon();
    });
    source.addEventListener('gap', refreshSoon);
    source.addEventListener('error', () => {
      if (source?.readyState !== EventSource.CLOSED) return;
      close();
      waiting = setTimeout(open, AGAIN);
    });
  };
  document.addEventListener('visibilitychange', open);
  open();
  return () => {
    document.removeEventListener('visibilitychange', open);
    close();
    clearTimeout(gathering);
  };
}

/** What is asked for every two seconds where it is shown. */
const NUMBERS = [
  '/api/v1/services',
  '/api/v1/services/:service',
  '/api/v1/services/:service/steering',
  '/api/v1/services/:service/relay',
  '/api/v1/queues',
] as const;

/** Older than this, what is shown is not called new any more; after this many questions without an answer it is greyed, ms. */
const FRESH = 5_000;
const MISSED = 2.5;

export type Freshness = {
  /** Milliseconds since the controller last answered with numbers; undefined where it never did. */
  readonly age: number | undefined;
  readonly isFresh: boolean;
  /** Answers are missing. */
  readonly isStale: boolean;
};

/** How old the numbers are that this page shows: of the oldest question that is asked again and again. */
export function useFreshness(): Freshness {
  const now = useNow(1_000);
  const cache = queries.getQueryCache();
  const oldest = useSyncExternalStore(
    (onChange) => cache.subscribe(onChange),
    () =>
      Math.min(
        ...cache
          .findAll({ type: 'active' })
          .filter(({ queryKey, state }) => NUMBERS.some((path) => path === queryKey[0]) && state.dataUpdatedAt > 0)
          .map(({ state }) => state.dataUpdatedAt),
      ),
  );
  if (!Number.isFinite(oldest)) return { age: undefined, isFresh: true, isStale: false };
  const age = Math.max(0, now - oldest);
  const interval = Math.max(...NUMBERS.map((path) => intervalOf(path, 2_000)));
  return { age, isFresh: age <= FRESH, isStale: age > Math.max(FRESH, interval * MISSED) };
}

/** The time, ms since 1970, anew every so many ms. */
export function useNow(every: number): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), every);
    return () => clearInterval(timer);
  }, [every]);
  return now;
}
