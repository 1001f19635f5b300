import { type ReactNode, useState } from 'react';

import { useAnswer } from '../../api/answer.ts';
import { type Happening, useHappenings } from '../../api/live.tsx';
import { useNewest } from '../../api/newest.ts';
import { Choice } from '../../parts/choice.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ErrorNotice } from '../../parts/error-notice.tsx';
import { Filters } from '../../parts/filters.tsx';
import { zoneInWords } from '../../parts/moment.tsx';
import { Older } from '../../parts/older.tsx';
import { SelectInput } from '../../parts/select-input.tsx';
import { EventList } from './event-list.tsx';
import './events.css';

type Tone = Happening['tone'] | 'any';

const TONES = [
  ['any', 'All'],
  ['bad', 'Bad'],
  ['doubtful', 'Doubtful'],
  ['good', 'Good'],
] as const satisfies readonly (readonly [Tone, string])[];

/** How often to ask which services there are, ms. */
const EVERY = 2_000;

/** What happened, as it happens, and what happened before. */
export function EventsPage(): ReactNode {
  const [service, setService] = useState('');
  const [tone, setTone] = useState<Tone>('any');
  const site = useAnswer('/api/v1/services', undefined, { every: EVERY });
  const names = site.data?.services.map(({ name }) => name) ?? [];
  return (
    <div className="page">
      <h1>Events</h1>
      <Filters>
        <SelectInput
          label="Service"
          value={service}
          onChange={setService}
          options={[['', 'All'], ...names.map((name) => [name, name] as const)]}
        />
        <Choice label="What they mean" options={TONES} value={tone} onChange={setTone} />
        <p className="quiet small">Times in {zoneInWords()}. New ones appear by themselves.</p>
      </Filters>
      <Happened service={service === '' ? undefined : service} tone={tone === 'any' ? undefined : tone} />
    </div>
  );
}

type Filter = { readonly service: string | undefined; readonly tone: Happening['tone'] | undefined };

function Happened({ service, tone }: Filter): ReactNode {
  const past = useNewest('/api/v1/events/past', { query: { service, tone } }, ({ id }) => id);
  const since = useHappenings(service);
  if (past.data === undefined)
    return past.error ? (
      <ErrorNotice error={past.error} what="Ask what happened" onRetry={() => void past.refetch()} />
    ) : (
      <p className="quiet">Asking…</p>
    );
  const newest = past.data[0]?.id ?? 0;
  const fresh = since.filter((one) => one.id > newest && (tone === undefined || one.tone === tone));
  const events = [...fresh, ...past.data];
  if (events.length === 0)
    return (
      <EmptyState title="Nothing happened">
        <p>
          {service === undefined && tone === undefined
            ? 'When a server fails, a change is made or maintenance begins, it stands here. The newest 10,000 events are kept.'
            : 'Nothing of what is kept is like this; choose another service or meaning.'}
        </p>
      </EmptyState>
    );
  return (
    <>
      <p className="sr-only" aria-live="polite">
        {fresh[0]?.text}
      </p>
      <EventList events={events} />
      <Older list={past} what="events" />
    </>
  );
}
