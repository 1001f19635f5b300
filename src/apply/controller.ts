import type { Fault, Result } from '#lib';
import { err } from '#lib';
import { answerAt, exchange } from '#system';

import { fault } from './errors.ts';
import type { State } from './state.ts';

/** Makes this process the one controller of a state directory, until it ends or lets go. */
export async function claimController(state: State, pid: number): Promise<Result<{ close(): void }, Fault>> {
  const claimed = await answerAt(state.controllerSocket, `${pid}\n`);
  if (claimed.ok) return claimed;
  const other = await controllerPid(state);
  if (other === undefined) return claimed;
  const message = `a controller is running on ${state.directory} already (pid ${other})`;
  return err(fault('apply-controller-running', message));
}

/** The pid of the controller that runs on a state directory; undefined where none does. */
export async function controllerPid(state: State): Promise<number | undefined> {
  const answer = await exchange(state.controllerSocket, '', 1_000);
  return answer.ok ? Number(answer.value) : undefined;
}
