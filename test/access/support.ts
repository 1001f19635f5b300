import { Secret } from '#lib';
import { type Cost, createUser, type Grant, type User } from '#access';
import type { Store } from '#store';

import { NOON, value } from '../store/support.ts';

/** Passwords that cost nothing to guess, so that a test costs nothing to run. */
export const CHEAP: Cost = { memory: 64, passes: 1 };

export const PASSWORD = 'correct horse battery';

export const secret = (text: string): Secret => new Secret(text);

export const everything: Grant = { role: 'administrator', services: 'all' };

/** Adds a user with the password of all users here. */
export async function addUser(store: Store, name: string, ...grants: readonly Grant[]): Promise<User> {
  const user = { name, password: secret(PASSWORD), grants: grants.length > 0 ? grants : [everything], by: 'test' };
  return value(await createUser(store, user, NOON, CHEAP));
}
