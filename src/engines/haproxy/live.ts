import type { Fault, Result } from '#lib';

import type { Layout } from './layout.ts';
import { silentCommand } from './socket.ts';

/** `ready`: takes work. `drain`: keeps what it has and gets nothing new. `maint`: gets nothing, not even checks. */
export type AdministrativeState = 'ready' | 'drain' | 'maint';

/** Changes what a server may get, at once and without a reload; it stays so across reloads. */
export const setServerState = (
  layout: Layout,
  backend: string,
  server: string,
  state: AdministrativeState,
): Promise<Result<void, Fault>> => silentCommand(layout.statsSocket, `set server ${backend}/${server} state ${state}`);
