import { type ReactNode, useState } from 'react';

import { SelectInput } from '../../parts/select-input.tsx';
import { type Default, type Preset, valueText } from './language/presets.ts';

type Props = {
  readonly presets: readonly Preset[];
  /** Nobody may write here: the reasons alone. */
  readonly isReadOnly: boolean;
  readonly onInsert: (preset: Preset) => void;
};

/** The presets with their defaults and the reason of each; and a service of one to begin with. */
export function PresetList({ presets, isReadOnly, onInsert }: Props): ReactNode {
  const [name, setName] = useState(presets[0]?.name ?? '');
  const preset = presets.find((one) => one.name === name);
  return (
    <div className="preset-list">
      <SelectInput
        label="Kind of service"
        options={presets.map((one) => [one.name, `${one.name} – ${one.title}`] as const)}
        value={name}
        onChange={setName}
      />
      {preset && !isReadOnly && (
        <button type="button" className="button" onClick={() => onInsert(preset)}>
          Insert a service of {preset.name}
        </button>
      )}
      <dl className="defaults small">
        {preset?.fields.map((one) => (
          <Reason key={one.field} {...one} />
        ))}
      </dl>
    </div>
  );
}

const Reason = ({ field, value, why, source }: Default): ReactNode => (
  <div>
    <dt>
      <code>
        {field}: {valueText(value)}
      </code>
    </dt>
    <dd className="quiet">
      {why}{' '}
      {source?.startsWith('https://') === true ? (
        <a href={source} target="_blank" rel="noreferrer">
          Source<span className="sr-only"> of {field}, in another window</span>
        </a>
      ) : (
        source
      )}
    </dd>
  </div>
);
