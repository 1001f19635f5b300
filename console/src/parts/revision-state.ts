import type { Answer, routes } from '#api/contract';

import type { Shown } from '../design/states.ts';

export type Revision = Answer<(typeof routes)['revision']>;

const STATES: Readonly<Record<Revision['state'], Shown>> = {
  applying: { tone: 'doubtful', word: 'Being applied' },
  watching: { tone: 'doubtful', word: 'In force, watched' },
  unconfirmed: { tone: 'doubtful', word: 'Waits to be kept' },
  applied: { tone: 'unknown', word: 'Replaced' },
  failed: { tone: 'bad', word: 'Failed' },
  undone: { tone: 'apart', word: 'Taken back' },
};

export const revisionShown = ({ state, current }: Pick<Revision, 'state' | 'current'>): Shown =>
  state === 'applied' && current ? { tone: 'good', word: 'In force' } : STATES[state];
