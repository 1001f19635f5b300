import type { Fault, Result } from '#lib';
import { err } from '#lib';
import { type Listening, listenAt } from '#system';

import { fault } from './errors.ts';
import type { State } from './state.ts';

/** Makes this process the one controller of a state directory, until it ends or lets go. */
export async function claimController(state: State): Promise<Result<Listening, Fault>> {
  const claimed = await listenAt(state.controllerSocket);
  if (claimed.ok || claimed.error.code !== 'system-socket-taken') return claimed;
  return err(fault('apply-controller-running', `a controller is running on ${state.directory} already`));
}
