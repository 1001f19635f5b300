import { type ReactNode, useId } from 'react';

type Props = {
  readonly label: string;
  /** In the viewer's zone, as the browser writes it: `2026-11-24T03:00`. */
  readonly value: string;
  readonly onChange: (value: string) => void;
};

/** A day and a time of day. */
export function TimeInput({ label, value, onChange }: Props): ReactNode {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        className="input"
        type="datetime-local"
        value={value}
        onChange={({ target }) => onChange(target.value)}
      />
    </div>
  );
}
