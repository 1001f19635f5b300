import type { Fault, Result } from '#lib';
import { err, ok } from '#lib';
import type { Desired } from '#plan';
import { exists, readText, writeAtomically } from '#system';

import { fault } from './errors.ts';
import type { State } from './state.ts';

/** What runs and how it came to. */
export type AppliedRecord = {
  /** The absolute path of the spec file. */
  readonly file: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** The name of the engine's configuration. */
  readonly digest: string;
  readonly engine: string;
  readonly revision: number;
  /** Secrets in it are masked: it is for comparing and showing, not for rendering. */
  readonly desired: Desired;
};

/** What was written before there were relays says nothing of them. */
type Written = Omit<AppliedRecord, 'desired'> & { readonly desired: Omit<Desired, 'relays'> & Partial<Desired> };

/** The record of what was applied last; undefined where nothing ever was. */
export function readRecord(state: State): Result<AppliedRecord | undefined, Fault> {
  if (!exists(state.record)) return ok(undefined);
  const text = readText(state.record);
  if (!text.ok) return text;
  try {
    const { desired, ...record } = JSON.parse(text.value) as Written;
    return ok({ ...record, desired: { ...desired, relays: desired.relays ?? [] } });
  } catch (cause) {
    const message = `${state.record} cannot be read as a record; the data plane goes on, and the next apply writes it anew`;
    return err(fault('apply-record', message, cause));
  }
}

export const writeRecord = (state: State, record: AppliedRecord): Result<void, Fault> =>
  writeAtomically(state.record, `${JSON.stringify(record, undefined, 2)}\n`);
