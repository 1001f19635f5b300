import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import {
  authenticateToken,
  changeUser,
  createToken,
  type Grant,
  localPrincipal,
  LONGEST_TOKEN,
  type NewToken,
  type Principal,
  removeUser,
  revokeToken,
  tokens,
} from '#access';
import type { Store } from '#store';

import { endPrograms } from '../support/programs.ts';
import { closeStores, codeOf, NOON, temporaryStore, value } from '../store/support.ts';
import { addUser, everything, secret } from './support.ts';

afterAll(async () => {
  closeStores();
  await endPrograms();
});

const DAY = 86_400_000;
const root: Principal = { name: 'root', kind: 'user', grants: [everything] };
const viewer: Grant = { role: 'viewer', services: ['portal'] };

const make = (store: Store, changed: Partial<NewToken> = {}, creator = root) =>
  createToken(store, creator, { name: 'backup', grants: [viewer], expiresAt: NOON + 30 * DAY, ...changed }, NOON);

test('a token lets a program in with the grants it was given', () => {
  const store = temporaryStore();
  const { token, secret: key } = value(make(store));
  expect(key.reveal()).toMatch(/^vagus_[\w-]{43}$/);
  expect(token).toMatchObject({
    id: 1,
    name: 'backup',
    grants: [viewer],
    createdBy: 'root',
    expiresAt: NOON + 30 * DAY,
  });
  expect(value(authenticateToken(store, key, NOON))).toEqual({ name: 'token:backup', kind: 'token', grants: [viewer] });
});

test('neither the file nor the list has its secret', () => {
  const store = temporaryStore();
  const key = value(make(store)).secret.reveal();
  expect(readFileSync(store.file, 'latin1') + readFileSync(`${store.file}-wal`, 'latin1')).not.toContain(key);
  expect(Object.keys(value(tokens(store))[0] ?? {})).not.toContain('hash');
});

test('what is no token lets nobody in', () => {
  const store = temporaryStore();
  const key = value(make(store)).secret.reveal();
  for (const other of ['', 'vagus_', key.slice(1), `${key}x`, key.toUpperCase()]) {
    expect(codeOf(authenticateToken(store, secret(other), NOON))).toBe('access-unknown');
  }
});

test('a token ends when it expires, and at once when it is revoked', () => {
  const store = temporaryStore();
  const { secret: key, token } = value(make(store));
  expect(codeOf(authenticateToken(store, key, NOON + 30 * DAY - 1))).toBe('ok');
  expect(codeOf(authenticateToken(store, key, NOON + 30 * DAY))).toBe('access-unknown');
  expect(value(revokeToken(store, token.id, NOON + 5)).revokedAt).toBe(NOON + 5);
  expect(codeOf(authenticateToken(store, key, NOON))).toBe('access-unknown');
  expect(value(revokeToken(store, token.id, NOON + 9)).revokedAt).toBe(NOON + 5);
  expect(codeOf(revokeToken(store, 99, NOON))).toBe('access-no-token');
});

test('its last use is noted, once a minute at most', () => {
  const store = temporaryStore();
  const { secret: key } = value(make(store));
  const usedAt = (at: number) => {
    value(authenticateToken(store, key, NOON + at));
    return (value(tokens(store))[0]?.lastUsedAt ?? 0) - NOON;
  };
  expect([0, 1_000, 59_999, 60_000, 90_000].map(usedAt)).toEqual([0, 0, 0, 60_000, 60_000]);
});

const ben = { name: 'ben', kind: 'user', grants: [{ role: 'operator', services: ['portal'] }] } as const;

test.each([
  ['that never expires', { expiresAt: Number.POSITIVE_INFINITY }, root, 'access-expiry'],
  ['that expires when nobody remembers it', { expiresAt: NOON + LONGEST_TOKEN + 1 }, root, 'access-expiry'],
  ['that has expired', { expiresAt: NOON }, root, 'access-expiry'],
  ['without a time', { expiresAt: Number.NaN }, root, 'access-expiry'],
  ['without grants', { grants: [] }, root, 'access-grants'],
  ['with a bad name', { name: 'Back up' }, root, 'access-name'],
  ['for another service than its creator’s', { grants: [{ role: 'viewer', services: ['pacs'] }] }, ben, 'access-scope'],
  ['for more than its creator may', { grants: [{ role: 'administrator', services: ['portal'] }] }, ben, 'access-scope'],
  ['for all services', { grants: [{ role: 'viewer', services: 'all' }] }, ben, 'access-scope'],
  ['made by a token', {}, { ...root, kind: 'token' }, 'access-scope'],
] as const)('a token %s is refused', (_, changed, creator, code) => {
  const store = temporaryStore();
  expect(codeOf(make(store, changed, creator))).toBe(code);
  expect(value(tokens(store))).toEqual([]);
});

test('a name is taken until its token is revoked', () => {
  const store = temporaryStore();
  expect(codeOf(make(store, { expiresAt: NOON + LONGEST_TOKEN }))).toBe('ok');
  expect(codeOf(make(store))).toBe('access-name-taken');
  value(revokeToken(store, 1, NOON));
  expect(codeOf(make(store))).toBe('ok');
});

describe('the tokens that a user made', () => {
  async function withAnna(): Promise<Store> {
    const store = temporaryStore();
    await addUser(store, 'root');
    await addUser(store, 'anna');
    const anna = { ...root, name: 'anna' };
    value(make(store, { name: 'narrow' }, anna));
    value(make(store, { name: 'wide', grants: [everything] }, anna));
    value(make(store, { name: 'of-root' }));
    value(make(store, { name: 'local' }, localPrincipal('anna')));
    return store;
  }
  const alive = (store: Store) =>
    value(tokens(store)).flatMap(({ name, revokedAt }) => (revokedAt === undefined ? name : []));

  test('end with the user', async () => {
    const store = await withAnna();
    expect(value(removeUser(store, 'anna', NOON)).tokens).toEqual(['narrow', 'wide']);
    expect(alive(store)).toEqual(['of-root', 'local']);
  });

  test('end when the user is disabled', async () => {
    const store = await withAnna();
    value(await changeUser(store, 'anna', { disabled: true }, NOON));
    expect(alive(store)).toEqual(['of-root', 'local']);
  });

  test('end where they may do more than the user now may', async () => {
    const store = await withAnna();
    const { ended } = value(await changeUser(store, 'anna', { grants: [{ role: 'operator', services: 'all' }] }, NOON));
    expect(ended.tokens).toEqual(['wide']);
    expect(alive(store)).toEqual(['narrow', 'of-root', 'local']);
  });
});
