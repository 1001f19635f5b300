import { type ReactNode, useState } from 'react';

import { may, useMe } from '../api/session.ts';
import { DrainProgress } from './drain-progress.tsx';
import type { Place } from './place.ts';
import { StateDialog } from './state-dialog.tsx';
import type { State } from './state.ts';
import { WeightDialog } from './weight-dialog.tsx';
import './acting.css';

/** What can be done to a server, for whoever may; and how far what was asked for has come, for everybody. */
export function ServerActions(place: Place): ReactNode {
  const [asked, setAsked] = useState<State | 'weight'>();
  const me = useMe();
  const { override, label } = place.server;
  const close = (): void => setAsked(undefined);
  const choices: readonly Choice[] = [
    ...(may(me, 'operate', place.service) ? CHOICES[override?.state ?? 'none'] : []),
    ...(may(me, 'change', place.service) ? [{ asks: 'weight', word: 'Weight…' } as const] : []),
  ];
  return (
    <div className="server-actions">
      {override && <DrainProgress label={label} />}
      {choices.length > 0 && (
        <div className="action-buttons">
          {choices.map(({ asks, word }) => (
            <button key={asks} type="button" className="button small" onClick={() => setAsked(asks)}>
              {word}
              <span className="sr-only"> {label}</span>
            </button>
          ))}
        </div>
      )}
      {me && choices.length === 0 && (
        <p className="quiet small" title={`Acting on it takes the role operator or administrator for ${place.service}`}>
          View only
          <span className="sr-only">: acting on it takes the role operator or administrator for {place.service}</span>
        </p>
      )}
      {asked === 'weight' && <WeightDialog place={place} onClose={close} />}
      {asked !== undefined && asked !== 'weight' && <StateDialog place={place} state={asked} onClose={close} />}
    </div>
  );
}

type Choice = { readonly asks: State | 'weight'; readonly word: string };

const CHOICES: Readonly<Record<'none' | 'drain' | 'maint', readonly Choice[]>> = {
  none: [
    { asks: 'drain', word: 'Drain…' },
    { asks: 'maint', word: 'Maintenance…' },
  ],
  drain: [
    { asks: 'ready', word: 'Cancel the drain…' },
    { asks: 'maint', word: 'Maintenance now…' },
  ],
  maint: [{ asks: 'ready', word: 'Back into work…' }],
};
