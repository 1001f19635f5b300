import { type ReactNode, useState } from 'react';

import type { Place } from '../../acting/place.ts';
import { refresh } from '../../api/answer.ts';
import { ask } from '../../api/ask.ts';
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx';
import { TextInput } from '../../parts/text-input.tsx';
import { TimeInput } from '../../parts/time-input.tsx';

const HOUR = 3_600_000;

type Props = { readonly places: readonly Place[]; readonly onClose: () => void };

/** Plans maintenance of servers, from the next full hour for an hour unless somebody says otherwise. */
export function WindowDialog({ places, onClose }: Props): ReactNode {
  const [begin] = useState(() => Math.ceil(Date.now() / HOUR) * HOUR);
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [from, setFrom] = useState(() => local(begin));
  const [until, setUntil] = useState(() => local(begin + HOUR));
  const [why, setWhy] = useState('');
  const [force, setForce] = useState(false);
  const [start, end] = [new Date(from).getTime(), new Date(until).getTime()];
  const isRight = chosen.length > 0 && end > start && end > Date.now();

  const plan = async (): Promise<void> => {
    const body = {
      servers: [...chosen],
      from: start,
      until: end,
      force,
      ...(why.trim() !== '' && { why: why.trim() }),
    };
    await ask('POST', '/api/v1/windows', { body });
    await refresh('/api/v1/windows');
  };
  const toggle = (label: string): void =>
    setChosen(chosen.includes(label) ? chosen.filter((one) => one !== label) : [...chosen, label]);

  return (
    <ConfirmDialog
      isOpen
      title="Plan a window"
      action="Plan it"
      isDisabled={!isRight}
      onConfirm={plan}
      onClose={onClose}
    >
      <p>The servers drain when it begins, and are back in work when it ends.</p>
      <fieldset className="server-choice">
        <legend>Servers</legend>
        {places.map(({ server: { label } }) => (
          <label key={label} className="check-line">
            <input type="checkbox" checked={chosen.includes(label)} onChange={() => toggle(label)} /> {label}
          </label>
        ))}
      </fieldset>
      <TimeInput label="From" value={from} onChange={setFrom} />
      <TimeInput label="Until" value={until} onChange={setUntil} />
      {end <= start && <p className="hint">It has to end after it begins.</p>}
      <TextInput label="Reason" hint="For the audit, and for whoever comes next." value={why} onChange={setWhy} />
      <label className="check-line">
        <input type="checkbox" checked={force} onChange={({ target }) => setForce(target.checked)} /> Also where nobody
        would be left to serve
      </label>
    </ConfirmDialog>
  );
}

/** A moment as `<input type="datetime-local">` has it: on this machine's clock, without a zone. */
function local(at: number): string {
  const offset = new Date(at).getTimezoneOffset() * 60_000;
  return new Date(at - offset).toISOString().slice(0, 16);
}
