import type { ReactNode } from 'react';

import type { Shown, Tone } from '../design/states.ts';
import './state-badge.css';

/** A shape for each tone, so that none is told by its colour alone. */
const SHAPES: Readonly<Record<Tone, ReactNode>> = {
  good: <circle cx="8" cy="8" r="6" />,
  doubtful: <path d="M8 1.5 15 14.5H1Z" />,
  bad: <path d="M5 1h6l4 4v6l-4 4H5l-4-4V5Z M5 5l6 6 M11 5l-6 6" className="cross" />,
  apart: <path d="M8 2a6 6 0 1 0 0 12Z M8 2a6 6 0 0 1 0 12" className="half" />,
  unknown: <circle cx="8" cy="8" r="5" className="hollow" />,
};

/** The shape alone, where its word stands beside it or in its title. */
export const StateMark = ({ tone }: { readonly tone: Tone }): ReactNode => (
  <svg className="state-mark" data-tone={tone} viewBox="0 0 16 16" aria-hidden="true">
    {SHAPES[tone]}
  </svg>
);

/** A state as shape, colour and word. */
export const StateBadge = ({ shown: { tone, word } }: { readonly shown: Shown }): ReactNode => (
  <span className="state-badge" data-tone={tone}>
    <StateMark tone={tone} />
    {word}
  </span>
);
