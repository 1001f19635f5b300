import type { Findings } from './report.ts';
import type { Rig } from './rig.ts';

export type Effort = {
  readonly rounds: number;
  /** Tells how far it has come. */
  readonly say: (text: string) => void;
};

/** A family of figures that are measured together. */
export type Suite = {
  readonly name: string;
  /** How many rounds unless told: as many as it takes for a median that stays on a machine that others use too. */
  readonly rounds: number;
  readonly measure: (rig: Rig, effort: Effort) => Promise<Findings>;
};
