import type { Fault, Result, Secret } from '#lib';
import { err, ok } from '#lib';
import {
  addUser,
  allUsers,
  deleteSessionsOf,
  deleteUser,
  findUser,
  setPasswordHash,
  setUserDisabled,
  setUserGrants,
  type Store,
  type StoredUser,
  transaction,
} from '#store';

import { fault } from './errors.ts';
import { areFull, checkGrants, type Grant, readGrants } from './grants.ts';
import { checkName } from './names.ts';
import { checkPassword, type Cost, COST, hashPassword } from './passwords.ts';
import { identify, type Login } from './sessions.ts';
import { revokeBeyond } from './tokens.ts';

/** A user without the password. */
export type User = Omit<StoredUser, 'passwordHash' | 'grants'> & { readonly grants: readonly Grant[] };

export type NewUser = {
  readonly name: string;
  readonly password: Secret;
  readonly grants: readonly Grant[];
  readonly by: string;
};

export type UserChange = {
  readonly grants?: readonly Grant[] | undefined;
  readonly password?: Secret | undefined;
  readonly disabled?: boolean | undefined;
};

/** What ended with a change of a user: how many sessions, and which tokens, by name. */
export type Ended = { readonly sessions: number; readonly tokens: readonly string[] };

/** Every user, by name. */
export function users(store: Store): Result<readonly User[], Fault> {
  const all = allUsers(store);
  return all.ok ? ok(all.value.map(userOf)) : all;
}

/** The user of that name. `access-no-user` where there is none. */
export function user(store: Store, name: string): Result<User, Fault> {
  const found = existing(store, name);
  return found.ok ? ok(userOf(found.value)) : found;
}

/** Adds a user. Refused: `access-name`, `access-name-taken`, `access-weak-password`, `access-grants`. */
export async function createUser(
  store: Store,
  { name, password, grants, by }: NewUser,
  now: number,
  cost: Cost = COST,
): Promise<Result<User, Fault>> {
  for (const checked of [checkName(name), checkGrants(grants), checkPassword(password, name)]) {
    if (!checked.ok) return checked;
  }
  const passwordHash = await hashPassword(password, cost);
  return insertUser(store, { name, passwordHash, grants, createdAt: now, createdBy: by });
}

/** Adds a user whose password is hashed already. `access-name-taken` where there is one of that name. */
export function insertUser(
  store: Store,
  added: Omit<StoredUser, 'disabled' | 'grants'> & { readonly grants: readonly Grant[] },
): Result<User, Fault> {
  return transaction(store, () => {
    const taken = findUser(store, added.name);
    if (!taken.ok) return taken;
    if (taken.value) return err(fault('access-name-taken', `there is a user ${added.name}`));
    const done = addUser(store, added);
    return done.ok ? ok(userOf({ ...added, disabled: false })) : done;
  });
}

/**
 * Changes a user's grants, password, or whether the user may log in, all or nothing. The user's sessions end, and of the
 * tokens the user made those that may now do more. Refused also: `access-last-administrator`.
 */
export async function changeUser(
  store: Store,
  name: string,
  { grants, password, disabled }: UserChange,
  now: number,
  cost: Cost = COST,
): Promise<Result<{ readonly user: User; readonly ended: Ended }, Fault>> {
  const granted = grants ? checkGrants(grants) : ok(undefined);
  if (!granted.ok) return granted;
  const strong = password ? checkPassword(password, name) : ok(undefined);
  if (!strong.ok) return strong;
  const passwordHash = password && (await hashPassword(password, cost));
  return transaction(store, () => {
    const found = existing(store, name);
    if (!found.ok) return found;
    for (const write of [
      () => (grants ? setUserGrants(store, name, grants) : ok(undefined)),
      () => (passwordHash === undefined ? ok(undefined) : setPasswordHash(store, name, passwordHash)),
      () => (disabled === undefined ? ok(undefined) : setUserDisabled(store, name, disabled)),
      () => keepAnAdministrator(store, found.value),
    ]) {
      const written = write();
      if (!written.ok) return written;
    }
    const changed = user(store, name);
    if (!changed.ok) return changed;
    const ended = endAccess(store, name, changed.value.disabled ? [] : changed.value.grants, now);
    return ended.ok ? ok({ user: changed.value, ended: ended.value }) : ended;
  });
}

/** Gives a user who knows the old password a new one; every session of the user ends. Refused as a login is, or for the new password. */
export async function changePassword(
  store: Store,
  { password: old, ...login }: Login,
  password: Secret,
  now: number,
  cost: Cost = COST,
): Promise<Result<Ended, Fault>> {
  const known = await identify(store, { ...login, password: old }, now);
  if (!known.ok) return known;
  const changed = await changeUser(store, login.name, { password }, now, cost);
  return changed.ok ? ok(changed.value.ended) : changed;
}

/** Removes a user, the user's sessions, and the tokens the user made. Refused: `access-no-user`, `access-last-administrator`. */
export function removeUser(store: Store, name: string, now: number): Result<Ended, Fault> {
  return transaction(store, () => {
    const found = existing(store, name);
    if (!found.ok) return found;
    const ended = endAccess(store, name, [], now);
    if (!ended.ok) return ended;
    const removed = deleteUser(store, name);
    if (!removed.ok) return removed;
    const kept = keepAnAdministrator(store, found.value);
    return kept.ok ? ended : kept;
  });
}

/** Ends every session of a user. Returns how many there were. */
export const endSessions = (store: Store, name: string): Result<number, Fault> => deleteSessionsOf(store, name);

function endAccess(store: Store, name: string, held: readonly Grant[], now: number): Result<Ended, Fault> {
  const sessions = deleteSessionsOf(store, name);
  if (!sessions.ok) return sessions;
  const tokens = revokeBeyond(store, name, held, now);
  return tokens.ok ? ok({ sessions: sessions.value, tokens: tokens.value }) : tokens;
}

/** Refuses what was just done to an administrator, where it leaves nobody who could undo it. */
function keepAnAdministrator(store: Store, before: StoredUser): Result<void, Fault> {
  if (!isAdministrator(userOf(before))) return ok(undefined);
  const left = users(store);
  if (!left.ok) return left;
  if (left.value.some(isAdministrator)) return ok(undefined);
  const message = `${before.name} is the last administrator of the whole site; make another one first`;
  return err(fault('access-last-administrator', message));
}

const isAdministrator = ({ disabled, grants }: User): boolean => !disabled && areFull(grants);

function existing(store: Store, name: string): Result<StoredUser, Fault> {
  const found = findUser(store, name);
  if (!found.ok) return found;
  return found.value ? ok(found.value) : err(fault('access-no-user', `there is no user ${name}`));
}

const userOf = ({ passwordHash: _passwordHash, grants, ...stored }: StoredUser): User => ({
  ...stored,
  grants: readGrants(grants),
});
