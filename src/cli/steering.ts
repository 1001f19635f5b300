/** How a server is steered, as the controller says it. */
export type ShownSteering = {
  readonly mode: 'observe' | 'on';
  /** In percent of the configured one. */
  readonly weight: number;
  readonly treatment: 'in' | 'resting' | 'returning' | 'trial' | 'out' | 'down';
  readonly words: string;
};

type Treated = Omit<ShownSteering, 'words'>;

/** It is given what is configured, and nobody has to be told. */
export const isPlain = ({ treatment, weight }: Treated): boolean => treatment === 'in' && weight === 100;

const IS = { resting: 'rests', returning: 'comes back', trial: 'on trial', out: 'out', down: 'down' } as const;
const WOULD = {
  resting: 'would rest',
  returning: 'would come back',
  trial: 'would be on trial',
  out: 'would be out',
  down: 'down',
} as const;

/** `rests`, `gets less`, `as configured`; in `observe`, what would be. */
export function treatmentInWords({ mode, weight, treatment }: Treated): string {
  if (treatment !== 'in') return (mode === 'on' ? IS : WOULD)[treatment];
  if (weight === 100) return 'as configured';
  const what = weight < 100 ? 'less' : 'more';
  return mode === 'on' ? `gets ${what}` : `would get ${what}`;
}

/** The law's sentence, `weight 43: answers take 118 ms, …`; in `observe`, as what would be. */
export const sentence = ({ mode, words }: Pick<ShownSteering, 'mode' | 'words'>): string =>
  mode === 'on' ? words : `would be ${words}`;

const WORST_FIRST = ['out', 'trial', 'down', 'resting', 'returning', 'in'] as const;

/** Compares two servers: problems first, then those that get the least. */
export const worstFirst = (a: Treated, b: Treated): number =>
  WORST_FIRST.indexOf(a.treatment) - WORST_FIRST.indexOf(b.treatment) || a.weight - b.weight;
