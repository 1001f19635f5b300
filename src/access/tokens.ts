import type { Fault, Result, Secret } from '#lib';
import { err, ok } from '#lib';
import {
  addToken,
  allTokens,
  findToken,
  findTokenByHash,
  findTokenByName,
  markTokenRevoked,
  markTokenUsed,
  type Store,
  type StoredToken,
  tokensOwnedBy,
  transaction,
} from '#store';

import { fault } from './errors.ts';
import { checkGrants, covers, type Grant, type Principal, readGrants } from './grants.ts';
import { checkName } from './names.ts';
import { hashOf, newSecret } from './secrets.ts';

const PREFIX = 'vagus_';
const DAY = 86_400_000;
const NOTED_EVERY = 60_000;

/** The longest that a token may last, in ms. */
export const LONGEST_TOKEN = 400 * DAY;

/** A token without its secret. */
export type Token = Omit<StoredToken, 'hash' | 'grants' | 'owner'> & { readonly grants: readonly Grant[] };

export type NewToken = {
  readonly name: string;
  readonly grants: readonly Grant[];
  readonly expiresAt: number;
};

/**
 * Makes a token; its secret is in this answer and nowhere else. It may do nothing that its creator may not (`access-scope`), and
 * ends with the user who made it. A token makes no tokens: it would outlive its own expiry.
 */
export function createToken(
  store: Store,
  creator: Principal,
  { name, grants, expiresAt }: NewToken,
  now: number,
): Result<{ readonly token: Token; readonly secret: Secret }, Fault> {
  const allowed = checkNewToken(creator, { name, grants, expiresAt }, now);
  if (!allowed.ok) return allowed;
  const secret = newSecret(PREFIX);
  return transaction(store, () => {
    const taken = findTokenByName(store, name);
    if (!taken.ok) return taken;
    if (taken.value) return err(fault('access-name-taken', `there is a token ${name} that is not revoked`));
    const owner = creator.kind === 'user' ? creator.name : undefined;
    const row = { name, grants, owner, createdAt: now, createdBy: creator.name, expiresAt, hash: hashOf(secret) };
    const id = addToken(store, row);
    if (!id.ok) return id;
    const token = findToken(store, id.value);
    if (!token.ok) return token;
    return token.value ? ok({ token: tokenOf(token.value), secret }) : err(noToken(id.value));
  });
}

function checkNewToken(creator: Principal, { name, grants, expiresAt }: NewToken, now: number): Result<void, Fault> {
  if (creator.kind === 'token') return err(fault('access-scope', 'a token makes no tokens; a user does'));
  const named = checkName(name);
  if (!named.ok) return named;
  const granted = checkGrants(grants);
  if (!granted.ok) return granted;
  if (!covers(creator.grants, grants))
    return err(fault('access-scope', `${creator.name} may not do all of that, and so grants it to no token`));
  if (expiresAt > now && expiresAt <= now + LONGEST_TOKEN) return ok(undefined);
  return err(fault('access-expiry', `a token expires in the future, within ${LONGEST_TOKEN / DAY} days`));
}

/** Who has a token. `access-unknown` where it is none, has expired, or was revoked. */
export function authenticateToken(store: Store, secret: Secret, now: number): Result<Principal, Fault> {
  const token = validToken(store, secret, now);
  return token.ok ? ok(principalOf(token.value)) : token;
}

/**
 * Who has a token that only looks, and until when: a browser on a wall shows the console with it while nobody is logged in.
 * `access-scope` where it may do more, since whoever passes by could do it.
 */
export function authenticateScreen(
  store: Store,
  secret: Secret,
  now: number,
): Result<{ readonly principal: Principal; readonly expiresAt: number }, Fault> {
  const token = validToken(store, secret, now);
  if (!token.ok) return token;
  const principal = principalOf(token.value);
  if (principal.grants.some(({ role }) => role !== 'viewer'))
    return err(fault('access-scope', 'this token may do more than look; a screen has one with the role viewer'));
  return ok({ principal, expiresAt: token.value.expiresAt });
}

function validToken(store: Store, secret: Secret, now: number): Result<StoredToken, Fault> {
  if (!isToken(secret)) return err(unknown());
  const token = findTokenByHash(store, hashOf(secret));
  if (!token.ok) return token;
  if (!token.value || token.value.revokedAt !== undefined || token.value.expiresAt <= now) return err(unknown());
  const { id, lastUsedAt } = token.value;
  // Where this cannot be written, it is missing; nobody is kept out of a controller whose disk is full.
  if (lastUsedAt === undefined || now - lastUsedAt >= NOTED_EVERY) markTokenUsed(store, id, now);
  return ok(token.value);
}

const principalOf = ({ name, grants }: StoredToken): Principal => ({
  name: `token:${name}`,
  kind: 'token',
  grants: readGrants(grants),
});

/** Tells the secret of a token from that of a session. */
export const isToken = (secret: Secret): boolean => secret.reveal().startsWith(PREFIX);

const unknown = (): Fault => fault('access-unknown', 'the token is unknown, has expired, or was revoked');

/** Every token, revoked and expired ones too. */
export function tokens(store: Store): Result<readonly Token[], Fault> {
  const all = allTokens(store);
  return all.ok ? ok(all.value.map(tokenOf)) : all;
}

/** Revokes a token at once; one that was revoked stays so. `access-no-token` where there is none of that id. */
export function revokeToken(store: Store, id: number, now: number): Result<Token, Fault> {
  return transaction(store, () => {
    const token = findToken(store, id);
    if (!token.ok) return token;
    if (!token.value) return err(noToken(id));
    if (token.value.revokedAt !== undefined) return ok(tokenOf(token.value));
    const revoked = markTokenRevoked(store, id, now);
    return revoked.ok ? ok(tokenOf({ ...token.value, revokedAt: now })) : revoked;
  });
}

const noToken = (id: number): Fault => fault('access-no-token', `there is no token ${id}`);

/** Revokes what a user made and may no longer do. Returns the names of those tokens. */
export function revokeBeyond(
  store: Store,
  owner: string,
  held: readonly Grant[],
  now: number,
): Result<readonly string[], Fault> {
  const owned = tokensOwnedBy(store, owner);
  if (!owned.ok) return owned;
  const wider = owned.value.filter(({ grants }) => !covers(held, readGrants(grants)));
  for (const { id } of wider) {
    const revoked = markTokenRevoked(store, id, now);
    if (!revoked.ok) return revoked;
  }
  return ok(wider.map(({ name }) => name));
}

const tokenOf = ({ hash: _hash, owner: _owner, grants, ...token }: StoredToken): Token => ({
  ...token,
  grants: readGrants(grants),
});
