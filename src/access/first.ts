import type { Fault, Result, Secret } from '#lib';
import { err, ok } from '#lib';
import { allUsers, isSetupLinkOpen, setSetupLink, type Store, transaction, useSetupLink } from '#store';

import { fault } from './errors.ts';
import { FULL_GRANTS } from './grants.ts';
import { checkName } from './names.ts';
import { checkPassword, type Cost, COST, hashPassword } from './passwords.ts';
import { hashOf, newSecret } from './secrets.ts';
import { insertUser, type User } from './users.ts';

/** How long the secret for the first administrator is valid, in ms. */
export const FIRST_LINK_LIFETIME = 24 * 3_600_000;

/**
 * A new secret with which the first administrator can be made, once and within 24 h; it replaces an earlier one. Undefined where
 * there are users. It is in this answer and nowhere else.
 */
export function firstLink(store: Store, now: number): Result<Secret | undefined, Fault> {
  return transaction<Secret | undefined>(store, () => {
    const isEmpty = hasNoUsers(store);
    if (!isEmpty.ok) return isEmpty;
    if (!isEmpty.value) return ok(undefined);
    const secret = newSecret();
    const noted = setSetupLink(store, {
      hash: hashOf(secret),
      createdAt: now,
      expiresAt: now + FIRST_LINK_LIFETIME,
    });
    return noted.ok ? ok(secret) : noted;
  });
}

/**
 * Makes the first administrator. Refused: `access-link` where the secret is wrong, too old or used, or there are users;
 * `access-name` and `access-weak-password`, after which the secret can still be used.
 */
export async function redeemFirstLink(
  store: Store,
  { secret, name, password }: { readonly secret: Secret; readonly name: string; readonly password: Secret },
  now: number,
  cost: Cost = COST,
): Promise<Result<User, Fault>> {
  // Anybody can ask this: hashing a password is only begun for those who know the secret.
  const open = isSetupLinkOpen(store, hashOf(secret), now);
  if (!open.ok) return open;
  if (!open.value) return err(noLink());
  for (const checked of [checkName(name), checkPassword(password, name)]) {
    if (!checked.ok) return checked;
  }
  const passwordHash = await hashPassword(password, cost);
  return transaction(store, () => {
    const isEmpty = hasNoUsers(store);
    if (!isEmpty.ok) return isEmpty;
    const used = useSetupLink(store, hashOf(secret), now);
    if (!used.ok) return used;
    if (!isEmpty.value || !used.value) return err(noLink());
    return insertUser(store, { name, passwordHash, grants: FULL_GRANTS, createdAt: now, createdBy: 'setup' });
  });
}

function hasNoUsers(store: Store): Result<boolean, Fault> {
  const all = allUsers(store);
  return all.ok ? ok(all.value.length === 0) : all;
}

const noLink = (): Fault =>
  fault(
    'access-link',
    'the setup link is wrong, too old, or used; a restart of the controller prints a new one while there are no users',
  );
