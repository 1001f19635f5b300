import { userInfo } from 'node:os';
import { resolve } from 'node:path';

import { stateIn } from '#apply';
import type { World } from '#cli';
import { ok, type Result, type Fault } from '#lib';
import { ask, readText } from '#system';

/**
 * Asks a controller: over the unix socket of its state directory, in the name of who sits here; or over HTTPS, with the
 * token in $VAGUS_TOKEN.
 */
export const askController: World['ask'] = async ({ state, url, ca }, asked) => {
  if (url === undefined) {
    const headers = { ...asked.headers, 'X-Vagus-Actor': personHere() };
    return ask({ socket: stateIn(state).controllerSocket }, { ...asked, headers });
  }
  const authorities: Result<string | undefined, Fault> = ca === undefined ? ok(undefined) : readText(resolve(ca));
  if (!authorities.ok) return authorities;
  const token = process.env['VAGUS_TOKEN'] ?? '';
  const headers = token === '' ? asked.headers : { ...asked.headers, Authorization: `Bearer ${token.trim()}` };
  return ask({ url, ca: authorities.value }, { ...asked, headers });
};

/** Who types: also where they became root for it. Nothing but what a header can hold. */
export function personHere(): string {
  const caller = process.env['SUDO_USER'] ?? '';
  const name = caller === '' ? accountName() : caller;
  return name.replaceAll(/[^a-z0-9.@-]/gi, '-').slice(0, 64);
}

function accountName(): string {
  try {
    return userInfo().username;
  } catch {
    // An account without a name: a container that runs under a bare number.
    return `uid-${process.getuid?.() ?? 'unknown'}`;
  }
}
