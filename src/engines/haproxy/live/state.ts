import type { Fault, Result } from '#lib';
import { ok } from '#lib';

import type { Layout } from '../layout.ts';
import { samples } from '../read.ts';
import { isDraining, isInMaint, nameOf, readRows } from '../rows.ts';
import { command, silentCommand } from '../socket.ts';

/** `ready`: takes work. `drain`: keeps what it has and gets nothing new. `maint`: gets nothing, not even checks. */
export type AdministrativeState = 'ready' | 'drain' | 'maint';

/** Changes what a server may get, at once and without a reload; it stays so across reloads. */
export const setServerState = (
  layout: Layout,
  backend: string,
  server: string,
  state: AdministrativeState,
): Promise<Result<void, Fault>> => silentCommand(layout.statsSocket, `set server ${backend}/${server} state ${state}`);

/**
 * Forgets which clients persistence has sent to a server: those it knows would be sent there still while it drains. For
 * protocols where a client that connects anew begins anew. Needs a backend with a persistence table.
 */
export async function forgetClients(layout: Layout, backend: string, server: string): Promise<Result<void, Fault>> {
  const now = await samples(layout, new Set([backend]));
  if (!now.ok) return now;
  const id = now.value.servers.find((sample) => sample.backend === backend && sample.server === server)?.id;
  return silentCommand(layout.statsSocket, `clear table ${backend} data.server_id eq ${id}`);
}

/** The servers that somebody keeps from taking work, by `backend/server`. */
export async function heldServers(layout: Layout): Promise<Result<ReadonlyMap<string, AdministrativeState>, Fault>> {
  const answer = await command(layout.statsSocket, 'show servers state');
  if (!answer.ok) return answer;
  const held = readRows(answer.value).rows.flatMap((row): [string, AdministrativeState][] =>
    isInMaint(row) ? [[nameOf(row), 'maint']] : isDraining(row) ? [[nameOf(row), 'drain']] : [],
  );
  return ok(new Map(held));
}
