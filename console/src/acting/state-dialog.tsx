import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';

import type { Tone } from '../design/states.ts';
import { ConfirmDialog } from '../parts/confirm-dialog.tsx';
import { ErrorNotice } from '../parts/error-notice.tsx';
import { SelectInput } from '../parts/select-input.tsx';
import { StateMark } from '../parts/state-badge.tsx';
import { TextInput } from '../parts/text-input.tsx';
import type { Place } from './place.ts';
import { rehearse, setState, type State } from './state.ts';
import './acting.css';

type Capacity = Awaited<ReturnType<typeof rehearse>>[number];

const WORDS = {
  drain: {
    title: (label: string) => `Drain ${label}?`,
    meaning: 'It gets no new work; what is under way finishes. Then, or when the time is over, it is in maintenance.',
    action: 'Drain',
  },
  maint: {
    title: (label: string) => `Take ${label} into maintenance at once?`,
    meaning:
      'It gets nothing more, not even from clients that it knows, and is not checked. What is under way is not cut.',
    action: 'Into maintenance',
  },
  ready: {
    title: (label: string) => `Put ${label} back into work?`,
    meaning: 'It is checked again, and gets new work as soon as its checks say that it is up.',
    action: 'Back into work',
  },
} as const;

const TONES: Readonly<Record<Capacity['verdict'], Tone>> = {
  enough: 'good',
  unknown: 'unknown',
  short: 'doubtful',
  nobody: 'bad',
};

const DEADLINES = [
  ['', 'as the service says'],
  ['1m', '1 minute'],
  ['10m', '10 minutes'],
  ['1h', '1 hour'],
  ['8h', '8 hours'],
] as const;

type Props = { readonly place: Place; readonly state: State; readonly onClose: () => void };

/** Says what would become of a pool without a server before it is taken out, and asks why. */
export function StateDialog({ place, state, onClose }: Props): ReactNode {
  const [why, setWhy] = useState('');
  const [deadline, setDeadline] = useState('');
  const [allServices, setAllServices] = useState(false);
  const [force, setForce] = useState(false);
  const { label } = place.server;
  const rehearsal = useQuery({
    queryKey: ['rehearsal', label, state, allServices],
    queryFn: () => rehearse(place, state, allServices),
    enabled: state !== 'ready',
    // Looked at anew each time that somebody asks.
    gcTime: 0,
  });
  const capacity = rehearsal.data ?? [];
  const wouldEmpty = capacity.some(({ verdict }) => verdict === 'nobody');
  const words = WORDS[state];
  return (
    <ConfirmDialog
      isOpen
      title={words.title(label)}
      action={words.action}
      isDangerous={wouldEmpty}
      isDisabled={(state !== 'ready' && rehearsal.data === undefined) || (wouldEmpty && !force)}
      onConfirm={() => setState(place, { state, allServices, force, deadline: deadline || undefined, why: why.trim() })}
      onClose={onClose}
    >
      <p>{words.meaning}</p>
      {state !== 'ready' && (
        <div className="rehearsal" aria-live="polite">
          {rehearsal.isPending && <p className="quiet">Asking whether the others can carry it…</p>}
          {rehearsal.error && <ErrorNotice error={rehearsal.error} onRetry={() => void rehearsal.refetch()} />}
          {capacity.map((one) => (
            <Forecast key={`${one.service}/${one.pool}`} {...one} />
          ))}
        </div>
      )}
      {wouldEmpty && (
        <label className="check-line">
          <input type="checkbox" checked={force} onChange={({ target }) => setForce(target.checked)} /> Do it all the
          same: clients are refused until somebody is back
        </label>
      )}
      {state === 'drain' && (
        <SelectInput
          label="In maintenance at the latest after"
          options={DEADLINES}
          value={deadline}
          onChange={setDeadline}
        />
      )}
      <label className="check-line">
        <input type="checkbox" checked={allServices} onChange={({ target }) => setAllServices(target.checked)} /> The
        same host in every service
      </label>
      <TextInput label="Reason" hint="For the audit, and for whoever comes next." value={why} onChange={setWhy} />
    </ConfirmDialog>
  );
}

function Forecast({ verdict, words, peak, limit }: Capacity): ReactNode {
  const share = limit === undefined || limit === 0 ? undefined : peak / limit;
  return (
    <div className="forecast" data-tone={TONES[verdict]}>
      <p>
        <StateMark tone={TONES[verdict]} /> {words}.
      </p>
      {share !== undefined && (
        <meter
          min={0}
          max={1}
          value={Math.min(1, share)}
          aria-label="How full the others would be at the week’s peak"
        />
      )}
    </div>
  );
}
