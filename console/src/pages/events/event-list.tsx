import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';

import type { Happening } from '../../api/live.tsx';
import { Moment } from '../../parts/moment.tsx';
import { StateMark } from '../../parts/state-badge.tsx';

type Event = Pick<Happening, 'id' | 'at' | 'tone' | 'text'> & { readonly service?: string | undefined };

const MEANS = { good: 'Good:', doubtful: 'Doubtful:', bad: 'Bad:' } as const;

/** Events with their moments, a line each. */
export const EventList = ({ events }: { readonly events: readonly Event[] }): ReactNode => (
  <ol className="event-list">
    {events.map(({ id, at, tone, text, service }) => (
      <li key={id} data-tone={tone}>
        <span className="quiet small">
          <Moment at={at} />
        </span>
        <StateMark tone={tone} />
        <span className="event-text">
          <span className="sr-only">{MEANS[tone]} </span>
          {text}
        </span>
        {service !== undefined && (
          <Link className="small" to="/services/$service" params={{ service }}>
            {service}
          </Link>
        )}
      </li>
    ))}
  </ol>
);
