import { type ReactNode, useState } from 'react';

import { refresh, useAnswer } from '../api/answer.ts';
import { ask } from '../api/ask.ts';
import { ConfirmDialog } from '../parts/confirm-dialog.tsx';
import { SelectInput } from '../parts/select-input.tsx';
import { TextInput } from '../parts/text-input.tsx';
import { pathOf, type Place } from './place.ts';

/** The heaviest that HAProxy knows. */
const HEAVIEST = 256;

const TIMES = [
  ['15m', '15 minutes, then back'],
  ['1h', '1 hour, then back'],
  ['', 'until somebody changes it'],
] as const;

type Props = { readonly place: Place; readonly onClose: () => void };

/** Gives a server another weight, for a while or for good: a revision of the spec that goes back by itself unless it is kept. */
export function WeightDialog({ place, onClose }: Props): ReactNode {
  const { label, configuredWeight: before } = place.server;
  const [text, setText] = useState(String(before));
  const [time, setTime] = useState<(typeof TIMES)[number][0]>('15m');
  const [why, setWhy] = useState('');
  const weight = /^\d{1,3}$/.test(text.trim()) ? Number(text) : undefined;
  const isRight = weight !== undefined && weight <= HEAVIEST;

  const change = async (): Promise<void> => {
    await ask('PATCH', '/api/v1/services/:service/pools/:pool/servers/:server', {
      params: pathOf(place),
      query: { ...(time !== '' && { confirm: time }), ...(why.trim() !== '' && { why: why.trim() }) },
      body: { weight: weight ?? before },
    });
    await refresh();
  };

  return (
    <ConfirmDialog
      isOpen
      title={`Weight of ${label}`}
      action="Set the weight"
      isDisabled={!isRight || weight === before}
      onConfirm={change}
      onClose={onClose}
    >
      <TextInput
        label="Weight"
        hint={isRight ? undefined : `A whole number from 0 to ${HEAVIEST}.`}
        value={text}
        onChange={setText}
      />
      {isRight && <Share place={place} weight={weight} />}
      <SelectInput
        label="For"
        options={TIMES}
        value={time}
        onChange={setTime}
        hint={
          time === '' ? undefined : 'Somebody can keep it before then. Meanwhile no other change of the spec is taken.'
        }
      />
      <TextInput label="Reason" hint="For the audit, and for whoever comes next." value={why} onChange={setWhy} />
    </ConfirmDialog>
  );
}

/** What part of the new work a server would get. */
function Share({ place, weight }: { readonly place: Place; readonly weight: number }): ReactNode {
  const { service, pool } = place;
  const answer = useAnswer('/api/v1/services/:service/pools/:pool', { params: { service, pool } });
  const others = (answer.data?.servers ?? [])
    .filter(({ name, state, backup }) => name !== place.server.name && state === 'up' && !backup)
    .reduce((sum, server) => sum + server.configuredWeight, 0);
  if (answer.data === undefined) return null;
  const part = (own: number): string => (own + others === 0 ? 'none' : `${Math.round((100 * own) / (own + others))} %`);
  return (
    <p aria-live="polite">
      Among those that are up it would get about <strong>{part(weight)}</strong> of the new work; now it is{' '}
      {part(place.server.configuredWeight)}, as the spec has it.
      {place.server.steering?.mode === 'on' && ' Steering goes on from there.'}
      {weight === 0 && ' With 0 it gets none, and its clients are not moved.'}
    </p>
  );
}
