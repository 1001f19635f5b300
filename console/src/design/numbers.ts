/** Made once: a page of a large site has hundreds of numbers, and `toLocaleString` makes its own each time. */
const WHOLE = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** A number as one reads it at a glance: `0.4`, `32`, `1,240`; a dash where it is not known. */
export function figure(value: number | undefined): string {
  if (value === undefined) return '–';
  if (value > 0 && value < 0.05) return '<0.1';
  return value < 9.95 && !Number.isInteger(value) ? value.toFixed(1) : WHOLE.format(value);
}

/** `32/s`. */
export const perSecond = (rate: number | undefined): string => (rate === undefined ? '–' : `${figure(rate)}/s`);

/** Milliseconds with their unit: `4 ms`, `2.1 s`. */
export function time(milliseconds: number | undefined): string {
  if (milliseconds === undefined) return '–';
  return milliseconds < 1_000 ? `${figure(milliseconds)} ms` : `${figure(milliseconds / 1_000)} s`;
}

/** `1 server`, `3 servers`. */
export const count = (number: number, word: string): string =>
  `${WHOLE.format(number)} ${word}${number === 1 ? '' : 's'}`;

const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
] as const;

/** `3 min`, `2 h`, `5 d`: the largest unit that fits, as one says it. */
export function spanInWords(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [unit, size] = UNITS.find(([, least]) => whole >= least) ?? ['s', 1];
  return `${Math.floor(whole / size)} ${unit}`;
}
