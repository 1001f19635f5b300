import type { Answer, routes } from '#api/contract';

import type { Shown } from './states.ts';

export type Queue = Answer<(typeof routes)['queues']>[number];

/** A message that waits longer than this is late, ms. */
const LATE = 60_000;

/** What matters most of a queue: that nobody serves it any more, what was given up, that nothing is sent, that something is late. */
export function queueShown({ dead, served, held, depth, oldest }: Queue, now: number): Shown {
  if (!served) return { tone: 'bad', word: 'Not served any more' };
  if (dead > 0) return { tone: 'bad', word: 'Given up' };
  if (held) return { tone: 'apart', word: 'Held' };
  if (depth > 0 && oldest !== undefined && now - oldest > LATE) return { tone: 'doubtful', word: 'Late' };
  return { tone: 'good', word: depth === 0 ? 'Empty' : 'Delivering' };
}
