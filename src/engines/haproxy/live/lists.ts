import type { Fault, Result } from '#lib';
import { err } from '#lib';
import type { LiveAction } from '#plan';

import { allowListName } from '../render/index.ts';
import { command, refused, silentCommand, silentCommands } from '../socket.ts';

/** Replaces who may use a service in one step: nobody who may before and after is refused in between. */
export async function actOnList(
  socket: string,
  { service, list, to }: Extract<LiveAction, { kind: 'allow' }>,
): Promise<Result<void, Fault>> {
  const name = allowListName(service, list);
  const prepared = await command(socket, `prepare acl ${name}`);
  if (!prepared.ok) return prepared;
  const version = /^New version created: (\d+)/.exec(prepared.value)?.[1];
  if (version === undefined) return err(refused(prepared.value));
  const entries = [...new Set(to)].map((entry) => `add acl @${version} ${name} ${oneWord(entry)}`);
  const added = await silentCommands(socket, entries);
  const committed = added.ok ? await silentCommand(socket, `commit acl @${version} ${name}`) : added;
  if (!committed.ok) await command(socket, `clear acl @${version} ${name}`);
  return committed;
}

/** HAProxy ends a word at a blank and a command at a semicolon. */
const oneWord = (text: string): string => text.replaceAll(/[ ;]/g, String.raw`\$&`);
