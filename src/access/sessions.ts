import type { Fault, Result, Secret } from '#lib';
import { err, ok } from '#lib';
import {
  addSession,
  allSessions,
  deleteSession,
  findSession,
  findUser,
  markSessionSeen,
  type Store,
  type StoredSession,
  type StoredUser,
} from '#store';

import { fault } from './errors.ts';
import { type Principal, readGrants } from './grants.ts';
import { isUserName } from './names.ts';
import { NOBODYS_PASSWORD, verifyPassword } from './passwords.ts';
import { hashOf, newSecret } from './secrets.ts';
import { admit, succeeded } from './throttle.ts';

const MINUTE = 60_000;

/** How long a session lasts, in ms: in any case, and without activity (automatic logoff, HIPAA 164.312(a)(2)(iii)). */
export type SessionLimits = { readonly lifetime: number; readonly idle: number };

export const SESSION_LIMITS: SessionLimits = { lifetime: 12 * 60 * MINUTE, idle: 15 * MINUTE };

/** Activity is noted this often at most, so that a page that asks much does not write much. */
const NOTED_EVERY = 10_000;

export type Login = {
  readonly name: string;
  readonly password: Secret;
  /** The IP address it comes from. */
  readonly address: string;
};

export type Session = {
  /** For the cookie, and nowhere else. */
  readonly id: Secret;
  readonly expiresAt: number;
  readonly principal: Principal;
};

/**
 * Checks a password and begins a session. Refused with `access-unknown`, which does not tell what was wrong, or
 * `access-throttled` (see `retryAfter`).
 */
export async function logIn(
  store: Store,
  login: Login,
  now: number,
  limits = SESSION_LIMITS,
): Promise<Result<Session, Fault>> {
  const user = await identify(store, login, now);
  if (!user.ok) return user;
  const { name, grants } = user.value;
  const id = newSecret();
  const expiresAt = now + limits.lifetime;
  const row = { idHash: hashOf(id), user: name, createdAt: now, expiresAt, lastSeenAt: now, address: login.address };
  const added = addSession(store, row);
  return added.ok ? ok({ id, expiresAt, principal: { name, kind: 'user', grants: readGrants(grants) } }) : added;
}

/** The user whose name and password these are. Everything else takes as long and says the same. */
export async function identify(
  store: Store,
  { name, password, address }: Login,
  now: number,
): Promise<Result<StoredUser, Fault>> {
  const attempt = { account: isUserName(name) ? name : undefined, address };
  const admitted = admit(store, attempt, now);
  if (!admitted.ok) return admitted;
  const before = findUser(store, name);
  if (!before.ok) return before;
  const isRight = await verifyPassword(password, before.value?.passwordHash ?? NOBODYS_PASSWORD);
  // Meanwhile the user may have been disabled, removed, or given another password.
  const user = findUser(store, name);
  if (!user.ok) return user;
  if (!isRight || !user.value || user.value.disabled || user.value.passwordHash !== before.value?.passwordHash)
    return err(fault('access-unknown', 'name or password is wrong'));
  const noted = succeeded(store, attempt);
  return noted.ok ? ok(user.value) : noted;
}

/**
 * Who has a session. `active: false` for what a page asks by itself, which keeps nobody logged in. `access-unknown` where the
 * session is none, or has ended.
 */
export function authenticateSession(
  store: Store,
  id: Secret,
  now: number,
  { active = true, limits = SESSION_LIMITS }: { readonly active?: boolean; readonly limits?: SessionLimits } = {},
): Result<Principal, Fault> {
  const session = findSession(store, hashOf(id));
  if (!session.ok) return session;
  if (!session.value || isOver(session.value, now, limits)) return err(noSession());
  const { idHash, lastSeenAt, user: name } = session.value;
  const user = findUser(store, name);
  if (!user.ok) return user;
  if (!user.value || user.value.disabled) return err(noSession());
  // Where this cannot be written, the session ends early; nobody is kept out of a controller whose disk is full.
  if (active && now - lastSeenAt >= NOTED_EVERY) markSessionSeen(store, idHash, now);
  return ok({ name, kind: 'user', grants: readGrants(user.value.grants) });
}

/** How long a session goes on if nobody is active in it any more, ms. `access-unknown` where it is none, or has ended. */
export function sessionEndsIn(
  store: Store,
  id: Secret,
  now: number,
  limits: SessionLimits = SESSION_LIMITS,
): Result<number, Fault> {
  const session = findSession(store, hashOf(id));
  if (!session.ok) return session;
  if (!session.value || isOver(session.value, now, limits)) return err(noSession());
  return ok(endOf(session.value, limits) - now);
}

const endOf = ({ createdAt, expiresAt, lastSeenAt }: StoredSession, { lifetime, idle }: SessionLimits): number =>
  Math.min(expiresAt, createdAt + lifetime, lastSeenAt + idle);

const isOver = (session: StoredSession, now: number, limits: SessionLimits): boolean => now >= endOf(session, limits);

const noSession = (): Fault => fault('access-unknown', 'the session has ended; log in again');

/** Ends a session; one that has ended is ended. */
export function logOut(store: Store, id: Secret): Result<void, Fault> {
  const ended = deleteSession(store, hashOf(id));
  return ended.ok ? ok(undefined) : ended;
}

/** A session as its user sees it from outside: enough to know it again and to end it, and nothing that would let anybody in. */
export type OpenSession = Pick<StoredSession, 'user' | 'createdAt' | 'lastSeenAt' | 'address'> & {
  readonly id: string;
  /** When it ends if nobody is active in it any more. */
  readonly endsAt: number;
};

/** The sessions that go on, of one user or of all, the last active first. */
export function openSessions(
  store: Store,
  user: string | undefined,
  now: number,
  limits: SessionLimits = SESSION_LIMITS,
): Result<readonly OpenSession[], Fault> {
  const all = allSessions(store, user);
  if (!all.ok) return all;
  const open = all.value.filter((session) => !isOver(session, now, limits));
  const shown = open.map((session) => openSessionOf(session, limits));
  return ok(shown.toSorted((one, other) => other.lastSeenAt - one.lastSeenAt));
}

function openSessionOf(session: StoredSession, limits: SessionLimits): OpenSession {
  const { idHash, user, createdAt, lastSeenAt, address } = session;
  return { id: publicIdOf(idHash), user, createdAt, lastSeenAt, address, endsAt: endOf(session, limits) };
}

/** By what a session is called where its id must not be known: the beginning of its hash. */
const publicIdOf = (idHash: string): string => idHash.slice(0, 16);

/** What the session of this secret is called in `openSessions`. */
export const sessionName = (id: Secret): string => publicIdOf(hashOf(id));

/** Ends a session by what it is called in `openSessions`, and returns it. `user`: only one of theirs. `access-no-session` where there is none. */
export function endSession(
  store: Store,
  name: string,
  user: string | undefined,
): Result<Pick<OpenSession, 'user' | 'address'>, Fault> {
  const all = allSessions(store, user);
  if (!all.ok) return all;
  const session = all.value.find(({ idHash }) => publicIdOf(idHash) === name);
  if (session === undefined) return err(fault('access-no-session', 'there is no such session; it may have ended'));
  const ended = deleteSession(store, session.idHash);
  return ended.ok ? ok({ user: session.user, address: session.address }) : ended;
}
