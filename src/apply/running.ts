import { type Processes, processes } from '#engines/haproxy';
import type { Desired } from '#plan';

import { readRecord } from './record.ts';
import type { State } from './state.ts';

/**
 * What an engine serves that was left running, so that somebody can watch over it also while the spec on disk is wrong.
 * Undefined where none runs, or where nobody knows what was applied.
 */
export async function whatRuns(
  state: State,
): Promise<{ readonly desired: Desired; readonly processes: Processes } | undefined> {
  const [record, running] = [readRecord(state), await processes(state.haproxy)];
  if (!record.ok || record.value === undefined || !running.ok) return undefined;
  return { desired: record.value.desired, processes: running.value };
}
