import { QueryCache, QueryClient, useQuery, type UseQueryResult } from '@tanstack/react-query';

import { type AnswerAt, ask, type PathOf, type QuestionAt, Refused } from './ask.ts';

const ME = '/api/v1/me';
const SITE = '/api/v1/services';

export const queries: QueryClient = new QueryClient({
  queryCache: new QueryCache({
    onError(error, { queryKey }) {
      // The session has ended: whoever is logged in here is asked for at once, and not with the next round.
      if (error instanceof Refused && error.status === 401 && queryKey[0] !== ME) void refresh(ME);
    },
  }),
  defaultOptions: {
    queries: {
      retry: (failures, error) => failures < 2 && error instanceof Refused && error.status === 0,
      staleTime: 1_000,
      // A number that is old is shown as old (see live.ts); it does not vanish because one question failed.
      refetchOnWindowFocus: true,
    },
  },
});

/** Asking may take this much of the time, so that a large site is not kept busy by who looks at it; but ask this often, ms. */
const SHARE = 0.2;
const AT_LEAST_EVERY = 15_000;

type Options = {
  /** Asks again after this many ms; on a slow controller less often. */
  readonly every?: number;
  readonly enabled?: boolean;
};

/** What the controller answers at a path, kept and asked again while it is shown. `dataUpdatedAt` says how old it is. */
export function useAnswer<P extends PathOf<'GET'>>(
  path: P,
  question?: QuestionAt<'GET', P>,
  { every, enabled = true }: Options = {},
): UseQueryResult<AnswerAt<'GET', P>, Refused> {
  return useQuery<AnswerAt<'GET', P>, Refused>({
    queryKey: [path, question],
    enabled,
    // In each of its answers every server is a second older: to look for what stayed the same is work for nothing.
    structuralSharing: path !== SITE,
    queryFn: async ({ signal }) => {
      const start = performance.now();
      const answer = await ask('GET', path, question, { signal });
      took.set(path, performance.now() - start);
      // A query may not be undefined.
      return answer ?? (null as AnswerAt<'GET', P>);
    },
    ...(every !== undefined && { refetchInterval: () => pauseAfter(path, every) }),
  });
}

/** How long the last answer at a path was in coming, ms. */
const took = new Map<string, number>();

/** How long nothing is asked at a path after an answer came, where it should be asked every so many ms. */
function pauseAfter(path: string, every: number): number {
  const time = took.get(path) ?? 0;
  return Math.max(every - time, Math.min(AT_LEAST_EVERY, time / SHARE - time));
}

/** How often a path is asked that should be asked every so many ms. */
export const intervalOf = (path: string, every: number): number => pauseAfter(path, every) + (took.get(path) ?? 0);

/** Asks again, now, what is shown of these paths; everything where none is named. */
export async function refresh(...paths: readonly PathOf<'GET'>[]): Promise<void> {
  if (paths.length === 0) return queries.invalidateQueries();
  await Promise.all(paths.map((path) => queries.invalidateQueries({ queryKey: [path] })));
}
