import type { Desired } from '#plan';
import type { SpecValue } from '#spec';
import type { RevisionState } from '#store';

/** What is in force, and all that the next change starts from. */
export type Standing = {
  readonly revision: {
    readonly number: number;
    readonly state: RevisionState;
    readonly confirmBy: number | undefined;
    readonly by: string;
  };
  /** The spec file, absolute. */
  readonly file: string;
  readonly value: SpecValue;
  readonly desired: Desired;
  /** False after a patch until the files on disk say the same. */
  readonly settled: boolean;
};
