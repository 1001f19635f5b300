import type { Fault, Result } from '#lib';
import { err, ok } from '#lib';
import { type DesiredFile, fileUse, type LiveAction } from '#plan';

import { certificateListName } from '../render/index.ts';
import { command, commandWith, refused } from '../socket.ts';

const PEM_BLOCK = /-----BEGIN [^-]+-----[\s\S]+?-----END [^-]+-----/g;

/** Puts the content of a certificate or CA file in force, or forgets it. */
export async function actOnFile(
  socket: string,
  from: DesiredFile | undefined,
  to: DesiredFile | undefined,
): Promise<Result<void, Fault>> {
  const name = (to ?? from)?.name ?? '';
  const kind = fileUse(name) === 'authorities' ? 'ca-file' : 'cert';
  if (to === undefined) {
    // What a server still holds that finishes its work cannot go yet, and does no harm: the next reload forgets it.
    const deleted = await command(socket, `del ssl ${kind} ${name}`);
    return deleted.ok ? ok(undefined) : deleted;
  }
  const made = await command(socket, `new ssl ${kind} ${name}`);
  if (!made.ok) return made;
  // HAProxy ends what it is given at the first empty line.
  const blocks = to.content.reveal().match(PEM_BLOCK) ?? [];
  const pem = blocks.join('\n').replaceAll(/\r?\n\s*/g, '\n');
  const set = await commandWith(socket, `set ssl ${kind} ${name}`, pem);
  const committed =
    set.ok && /^transaction (created|updated)/im.test(set.value)
      ? await command(socket, `commit ssl ${kind} ${name}`)
      : set;
  if (committed.ok && /^Success!/m.test(committed.value)) return ok(undefined);
  await command(socket, `abort ssl ${kind} ${name}`);
  if (made.value.startsWith('New ')) await command(socket, `del ssl ${kind} ${name}`);
  return committed.ok ? err(refused(committed.value)) : committed;
}

/** Changes which certificates a service answers with: first those that come, then those that go. */
export async function actOnCertificates(
  socket: string,
  { service, from, to }: Extract<LiveAction, { kind: 'certificates' }>,
): Promise<Result<void, Fault>> {
  const list = certificateListName(service);
  const changes = [
    ...to.filter((name) => !from.includes(name)).map((name) => ({ verb: 'add', name })),
    ...from.filter((name) => !to.includes(name)).map((name) => ({ verb: 'del', name })),
  ];
  const done: typeof changes = [];
  for (const change of changes) {
    const answer = await command(socket, `${change.verb} ssl crt-list ${list} ${change.name}`);
    if (answer.ok && /Success!|deleted/.test(answer.value)) {
      done.push(change);
      continue;
    }
    for (const { verb, name } of done.toReversed())
      await command(socket, `${verb === 'add' ? 'del' : 'add'} ssl crt-list ${list} ${name}`);
    return answer.ok ? err(refused(answer.value)) : answer;
  }
  return ok(undefined);
}
