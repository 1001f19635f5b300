import { join } from 'node:path';

import type { Fault, Result } from '#lib';
import { ok } from '#lib';
import { layoutOf, type Layout } from '#engines/haproxy';
import { type RelayLayout, relayLayoutOf } from '#engines/relay';
import { isRoot, makeDirectory, shareDirectory, socketPath } from '#system';

/** The state directory: all that a controller leaves on disk, and where it finds what runs. */
export type State = {
  readonly directory: string;
  /** What was applied last, in words and as data. */
  readonly record: string;
  /** Held by the controller that runs on this directory. */
  readonly controllerSocket: string;
  /** Revisions, the audit, accounts: what is remembered. */
  readonly store: string;
  /** The certificate and key that the API shows. */
  readonly apiCertificate: string;
  /** Holds a file for each secret that the spec names; people own it. */
  readonly secrets: string;
  readonly haproxy: Layout;
  readonly relay: RelayLayout;
};

/** The user and group that HAProxy's workers become when root starts it; Debian's package makes it. */
export const WORKER_USER = 'haproxy';

/** Where everything lies; touches nothing. */
export function stateIn(directory: string): State {
  return {
    directory,
    record: join(directory, 'applied.json'),
    controllerSocket: join(directory, 'vagus.sock'),
    store: join(directory, 'vagus.db'),
    apiCertificate: join(directory, 'api.pem'),
    secrets: join(directory, 'secrets'),
    haproxy: layoutOf(directory),
    relay: relayLayoutOf(directory),
  };
}

/**
 * Makes the state directory, readable for its owner alone: keys lie in it. HAProxy's workers may pass through it to the relay's
 * sockets.
 */
export function openState(directory: string): Result<State, Fault> {
  const state = stateIn(directory);
  const longest = socketPath(state.haproxy.masterSocket);
  if (!longest.ok) return longest;
  const { haproxy, relay } = state;
  for (const path of [directory, state.secrets, haproxy.configurations, haproxy.run, relay.directory]) {
    const made = makeDirectory(path);
    if (!made.ok) return made;
  }
  for (const path of isRoot() ? [directory, relay.directory] : []) {
    const shared = shareDirectory(path, WORKER_USER);
    if (!shared.ok) return shared;
  }
  return ok(state);
}
