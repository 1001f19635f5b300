import { type ReactNode, useId } from 'react';
import './choice.css';

type Props<Value extends string> = {
  /** What is chosen; said to whoever cannot see it. */
  readonly label: string;
  readonly options: readonly (readonly [value: Value, word: string])[];
  readonly value: Value;
  readonly onChange: (value: Value) => void;
};

/** One of a few, beside each other: radio buttons, by the arrow keys too. */
export function Choice<Value extends string>({ label, options, value, onChange }: Props<Value>): ReactNode {
  const name = useId();
  return (
    <fieldset className="choice small">
      <legend className="sr-only">{label}</legend>
      {options.map(([option, word]) => (
        <label key={option}>
          <input type="radio" name={name} checked={option === value} onChange={() => onChange(option)} />
          <span>{word}</span>
        </label>
      ))}
    </fieldset>
  );
}
