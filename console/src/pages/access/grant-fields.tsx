import type { ReactNode } from 'react';

import { useAnswer } from '../../api/answer.ts';
import { SelectInput } from '../../parts/select-input.tsx';
import { type Grant, ROLES } from './roles.tsx';

const WORDS: ReadonlyMap<string, string> = new Map(ROLES.map(([role, , words]) => [role, words]));
const OPTIONS = ROLES.map(([role, name]) => [role, name] as const);

export const VIEWER: Grant = { role: 'viewer', services: 'all' };

/** How often to ask which services there are, ms. */
const EVERY = 2_000;

/** Whether each role is for something. */
export const areWhole = (grants: readonly Grant[]): boolean => grants.every(({ services }) => services.length > 0);

type Props = { readonly grants: readonly Grant[]; readonly onChange: (grants: readonly Grant[]) => void };

/** Which roles somebody has, each for the whole site or for some services. */
export const GrantFields = ({ grants, onChange }: Props): ReactNode => (
  <div className="grant-fields">
    {grants.map((grant, index) => (
      <GrantField
        // A role has no name of its own.
        key={index}
        grant={grant}
        onChange={(changed) => onChange(grants.with(index, changed))}
        onRemove={grants.length > 1 ? () => onChange(grants.toSpliced(index, 1)) : undefined}
      />
    ))}
    <p>
      <button type="button" className="button" onClick={() => onChange([...grants, { ...VIEWER, services: [] }])}>
        Another role…
      </button>
    </p>
  </div>
);

type FieldProps = {
  readonly grant: Grant;
  readonly onChange: (grant: Grant) => void;
  readonly onRemove: (() => void) | undefined;
};

function GrantField({ grant: { role, services }, onChange, onRemove }: FieldProps): ReactNode {
  const site = useAnswer('/api/v1/services', undefined, { every: EVERY });
  const chosen = services === 'all' ? [] : services;
  // A service that is gone from the spec may still be named.
  const names = [...new Set([...(site.data?.services.map(({ name }) => name) ?? []), ...chosen])];
  const toggle = (name: string): void =>
    onChange({ role, services: chosen.includes(name) ? chosen.filter((one) => one !== name) : [...chosen, name] });
  return (
    <div className="grant-field">
      <SelectInput
        label="Role"
        value={role}
        options={OPTIONS}
        hint={WORDS.get(role) ?? ''}
        onChange={(changed) => onChange({ role: changed, services })}
      />
      <label>
        <input
          type="checkbox"
          checked={services === 'all'}
          onChange={({ target }) => onChange({ role, services: target.checked ? 'all' : [] })}
        />{' '}
        For the whole site, also services that are added later
      </label>
      {services !== 'all' && (
        <fieldset className="service-choice">
          <legend>For these services</legend>
          {names.map((name) => (
            <label key={name}>
              <input type="checkbox" checked={chosen.includes(name)} onChange={() => toggle(name)} /> {name}
            </label>
          ))}
        </fieldset>
      )}
      {onRemove && (
        <p>
          <button type="button" className="button plain small" onClick={onRemove}>
            Without this role
          </button>
        </p>
      )}
    </div>
  );
}
