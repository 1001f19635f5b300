import { keepPreviousData, useInfiniteQuery, type UseInfiniteQueryResult } from '@tanstack/react-query';

import { type AnswerAt, ask, type PathOf, type QuestionAt, type Refused } from './ask.ts';

/** The lists that are read from their newest end, each page before the last one's end. */
type ListPath = Extract<
  PathOf<'GET'>,
  '/api/v1/audit' | '/api/v1/events/past' | '/api/v1/services/:service/queues/:destination/messages'
>;

type RowAt<P extends ListPath> = AnswerAt<'GET', P> extends readonly (infer Row)[] ? Row : never;

/** Rows of a page: as many as are looked through before one searches instead. */
const PAGE = 50;

export type Newest<Row> = UseInfiniteQueryResult<readonly Row[], Refused>;

/**
 * The newest rows of a list, and those before them as far as they were asked for (`fetchNextPage`); `numberOf` is what the list
 * counts by. What was shown stays until another question is answered.
 */
export function useNewest<P extends ListPath>(
  path: P,
  question: QuestionAt<'GET', P>,
  numberOf: (row: RowAt<P>) => number,
): Newest<RowAt<P>> {
  return useInfiniteQuery({
    queryKey: [path, question, 'newest'],
    initialPageParam: undefined as number | undefined,
    queryFn: async ({ pageParam: before, signal }) => {
      const query = { ...(question.query as object), before, limit: PAGE };
      const answer = await ask('GET', path, { ...question, query } as QuestionAt<'GET', P>, { signal });
      return answer as readonly RowAt<P>[];
    },
    getNextPageParam: (page: readonly RowAt<P>[]) => {
      const last = page.at(-1);
      return page.length < PAGE || last === undefined ? undefined : numberOf(last);
    },
    select: ({ pages }) => pages.flat(),
    placeholderData: keepPreviousData,
  });
}
