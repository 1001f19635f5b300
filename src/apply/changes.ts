import type { Fault, Result } from '#lib';
import type { Desired, Step } from '#plan';
import type { Problem, SpecPatch } from '#spec';
import type { Revision } from '#store';

import type { Refusal } from './judge.ts';

/** Who asks for something, in the audit's words: `anna`, `token:backup`, `local:root`, `vagus`. */
export type Asker = {
  readonly by: string;
  readonly why: string | undefined;
  /** Whether they may change a service; undefined asks for what belongs to the whole site. */
  readonly mayChange: (service: string | undefined) => boolean;
};

export type ChangeOptions = Asker & {
  /** The revision that the asker has seen: where another one is in force, the change is refused (`apply-revision`). */
  readonly ifRevision?: number | undefined;
  /** Taken back after so many ms unless confirmed. */
  readonly confirmWithin?: number | undefined;
  /** Taken back where services suffer from it. */
  readonly gate: boolean;
};

export type Outcome = {
  /** The revision in force now. */
  readonly revision: number;
  readonly state: Revision['state'];
  /** `nothing`: the same spec was in force already. `none`: a new revision that no engine has to be told of. */
  readonly how: 'nothing' | 'none' | 'live' | 'reload' | 'start' | 'adopted';
  /** The id of the reload that it took. */
  readonly reload?: string;
  /** Taken back at this moment (ms since 1970) unless confirmed. */
  readonly confirmBy?: number;
  readonly steps: readonly Step[];
  readonly warnings: readonly Problem[];
};

/** What is in force. */
export type InForce = {
  readonly revision: number;
  readonly state: Revision['state'];
  readonly confirmBy: number | undefined;
  readonly desired: Desired;
  /** The spec file, absolute. */
  readonly file: string;
};

/** The one place where the engines are changed: one change at a time, each a revision, in full or not at all. */
export type Changes = {
  readonly inForce: () => InForce;
  readonly apply: (
    text: string,
    from: { readonly file: string; readonly origin: 'file' | 'api' },
    options: ChangeOptions,
  ) => Promise<Result<Outcome, Refusal>>;
  readonly patch: (patch: SpecPatch, options: ChangeOptions) => Promise<Result<Outcome, Refusal>>;
  /** Puts the text of an earlier revision in force again, with the certificates it had. */
  readonly rollback: (revision: number, options: ChangeOptions) => Promise<Result<Outcome, Refusal>>;
  readonly confirm: (asker: Asker) => Promise<Result<Revision, Refusal>>;
  /** What applying a text would do. Changes nothing. */
  readonly propose: (
    text: string,
    file: string,
  ) => Promise<Result<{ readonly steps: readonly Step[]; readonly warnings: readonly Problem[] }, Refusal>>;
  /** The text of a revision. */
  readonly textOf: (revision: number) => Result<string, Fault>;
};
