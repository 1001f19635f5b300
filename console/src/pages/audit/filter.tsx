import { type ReactNode, useId } from 'react';

import { Filters } from '../../parts/filters.tsx';
import { zoneInWords } from '../../parts/moment.tsx';
import { SelectInput } from '../../parts/select-input.tsx';
import { TextInput } from '../../parts/text-input.tsx';
import { TimeInput } from '../../parts/time-input.tsx';
import { KINDS } from './words.ts';

/** As it is typed and chosen; empty where it does not matter. */
export type Filter = {
  readonly text: string;
  readonly by: string;
  readonly action: string;
  readonly outcome: '' | 'done' | 'refused' | 'failed';
  /** On the viewer's clock, as `datetime-local` writes it. */
  readonly since: string;
  readonly until: string;
};

export const EVERYTHING: Filter = { text: '', by: '', action: '', outcome: '', since: '', until: '' };

const OUTCOMES = [
  ['', 'Any'],
  ['done', 'Done'],
  ['refused', 'Refused'],
  ['failed', 'Failed'],
] as const satisfies readonly (readonly [Filter['outcome'], string])[];

type Props = { readonly filter: Filter; readonly onChange: (filter: Filter) => void };

export function AuditFilter({ filter, onChange }: Props): ReactNode {
  const kind = useId();
  const change = (part: Partial<Filter>): void => onChange({ ...filter, ...part });
  return (
    <Filters>
      <TextInput
        label="Search"
        type="search"
        value={filter.text}
        onChange={(text) => change({ text })}
        placeholder="pacs1, a reason…"
      />
      <TextInput label="Who, in full" value={filter.by} onChange={(by) => change({ by })} placeholder="anna" />
      <div className="field">
        <label htmlFor={kind}>What</label>
        <select
          id={kind}
          className="input"
          value={filter.action}
          onChange={({ target }) => change({ action: target.value })}
        >
          <option value="">Anything</option>
          {KINDS.map(([group, kinds]) => (
            <optgroup key={group} label={group}>
              {Object.entries(kinds).map(([action, words]) => (
                <option key={action} value={action}>
                  {words}
                </option>
              ))}
            </optgroup>
          ))}
        </select>
      </div>
      <SelectInput
        label="Outcome"
        value={filter.outcome}
        options={OUTCOMES}
        onChange={(outcome) => change({ outcome })}
      />
      <TimeInput label="From" value={filter.since} onChange={(since) => change({ since })} />
      <TimeInput label="Until" value={filter.until} onChange={(until) => change({ until })} />
      <p className="quiet small">Times in {zoneInWords()}.</p>
    </Filters>
  );
}
