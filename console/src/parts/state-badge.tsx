import type { ReactNode } from 'react';

import type { Shown, Tone } from '../design/states.ts';
import './state-badge.css';

/** A shape for each tone, so that none is told by its colour alone: in a square of 16 that begins at x. */
const SHAPES: Readonly<Record<Tone, (x: number) => string>> = {
  good: (x) => `M${x + 2} 8a6 6 0 1 0 12 0a6 6 0 1 0-12 0Z`,
  doubtful: (x) => `M${x + 8} 1.5l7 13h-14Z`,
  bad: (x) => `M${x + 5} 1h6l4 4v6l-4 4h-6l-4-4v-6ZM${x + 5} 5l6 6m0-6l-6 6`,
  apart: (x) => `M${x + 8} 2a6 6 0 1 0 0 12ZM${x + 8} 2a6 6 0 0 1 0 12`,
  unknown: (x) => `M${x + 3} 8a5 5 0 1 0 10 0a5 5 0 1 0-10 0Z`,
};

/** The shape alone, where its word stands beside it or in its title. */
export const StateMark = ({ tone }: { readonly tone: Tone }): ReactNode => (
  <svg className="state-mark" viewBox="0 0 16 16" aria-hidden="true">
    <path data-tone={tone} d={SHAPES[tone](0)} />
  </svg>
);

/** From one shape of a row to the next. */
const STEP = 19;

/** Many shapes in a row, as one drawing with one path for each tone: a page of a large site has hundreds of them. */
export function StateMarks({ tones }: { readonly tones: readonly Tone[] }): ReactNode {
  const paths = new Map<Tone, string>();
  for (const [index, tone] of tones.entries()) {
    paths.set(tone, `${paths.get(tone) ?? ''}${SHAPES[tone](index * STEP)}`);
  }
  return (
    <svg
      className="state-mark"
      viewBox={`0 0 ${tones.length * STEP} 16`}
      style={{ width: `${(0.9 * tones.length * STEP) / 16}em` }}
      aria-hidden="true"
    >
      {[...paths].map(([tone, d]) => (
        <path key={tone} data-tone={tone} d={d} />
      ))}
    </svg>
  );
}

/** A state as shape, colour and word. */
export const StateBadge = ({ shown: { tone, word } }: { readonly shown: Shown }): ReactNode => (
  <span className="state-badge" data-tone={tone}>
    <StateMark tone={tone} />
    {word}
  </span>
);
