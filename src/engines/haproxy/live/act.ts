import type { Fault, Result } from '#lib';
import type { LiveAction } from '#plan';

import type { Layout } from '../layout.ts';
import type { Version } from '../version.ts';
import { actOnCertificates, actOnFile } from './files.ts';
import { actOnList } from './lists.ts';
import { addServer, changeServer, removeServer } from './servers.ts';

/**
 * Does one live action on the running worker. The error says what HAProxy said; then nothing of this action is in force.
 * The files on disk are not touched.
 */
export async function act(layout: Layout, version: Version, action: LiveAction): Promise<Result<void, Fault>> {
  const { statsSocket } = layout;
  switch (action.kind) {
    case 'server': {
      const { backend, from, to } = action;
      if (from && to) return changeServer(statsSocket, backend, from, to);
      if (to) return addServer(statsSocket, version, backend, to);
      return from ? removeServer(statsSocket, backend, from) : { ok: true, value: undefined };
    }
    case 'file':
      return actOnFile(statsSocket, action.from, action.to);
    case 'certificates':
      return actOnCertificates(statsSocket, action);
    case 'allow':
      return actOnList(statsSocket, action);
  }
}
