import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';

import type { Answer, routes } from '#api/contract';

import { ask, type Refused } from '../../api/ask.ts';

export type Checked = Answer<(typeof routes)['check']>;
export type Problem = Checked['problems'][number];
export type Step = Checked['steps'][number];

/** Asked once nothing was written for this long, ms: HAProxy itself judges each text. */
const PAUSE = 400;

export type Check = {
  /** Of the text as it is, or as it was a moment ago. */
  readonly checked: Checked | undefined;
  /** It is of the text as it is. */
  readonly isCurrent: boolean;
  readonly error: Refused | null;
  readonly again: () => void;
};

/** What is wrong with a text, and what putting it in force would change. */
export function useCheck(text: string): Check {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), PAUSE);
    return () => clearTimeout(timer);
  }, [text]);
  const { data, error, isPlaceholderData, isFetching, refetch } = useQuery<Checked, Refused>({
    queryKey: ['check', settled],
    queryFn: ({ signal }) => ask('POST', '/api/v1/check', { body: settled }, { signal }),
    placeholderData: keepPreviousData,
    gcTime: 0,
    staleTime: Infinity,
  });
  const isCurrent = settled === text && !isPlaceholderData && !isFetching && error === null;
  return { checked: data, isCurrent, error, again: () => void refetch() };
}
