import { afterAll, describe, expect, test } from 'vitest';
import { changePassword, changeUser, createUser, logIn, removeUser, user, users } from '#access';
import type { Store } from '#store';

import { endPrograms } from '../support/programs.ts';
import { closeStores, codeOf, NOON, temporaryStore, value } from '../store/support.ts';
import { addUser, CHEAP, everything, PASSWORD, secret } from './support.ts';

afterAll(async () => {
  closeStores();
  await endPrograms();
});

const make = (store: Store, changed: Partial<Parameters<typeof createUser>[1]>) =>
  createUser(
    store,
    { name: 'anna', password: secret(PASSWORD), grants: [everything], by: 'root', ...changed },
    NOON,
    CHEAP,
  );

const enters = async (store: Store, name: string, password = PASSWORD) =>
  codeOf(await logIn(store, { name, password: secret(password), address: '192.0.2.1' }, NOON));

test('a user is added, listed without the password, changed and removed', async () => {
  const store = temporaryStore();
  await addUser(store, 'root');
  const anna = { name: 'anna', grants: [everything], createdAt: NOON, createdBy: 'root', disabled: false };
  expect(value(await make(store, {}))).toEqual(anna);
  expect(value(users(store))).toEqual([anna, expect.objectContaining({ name: 'root' })]);
  const grants = [{ role: 'viewer', services: ['portal'] }] as const;
  expect(value(await changeUser(store, 'anna', { grants, disabled: true }, NOON)).user).toEqual({
    ...anna,
    grants,
    disabled: true,
  });
  expect(value(user(store, 'anna'))).toEqual({ ...anna, grants, disabled: true });
  value(removeUser(store, 'anna', NOON));
  expect(codeOf(user(store, 'anna'))).toBe('access-no-user');
  expect(codeOf(removeUser(store, 'anna', NOON))).toBe('access-no-user');
  expect(codeOf(await changeUser(store, 'anna', { disabled: true }, NOON))).toBe('access-no-user');
});

test.each(['', 'Anna', '-anna', 'an na', 'anna:x', 'a'.repeat(64), 'änna', 'anna\n'])(
  'nobody is called %j',
  async (name) => {
    expect(codeOf(await make(temporaryStore(), { name }))).toBe('access-name');
  },
);

test.each(['a', '7', 'anna.b_c-d', 'a'.repeat(63)])('somebody may be called %j', async (name) => {
  expect(codeOf(await make(temporaryStore(), { name }))).toBe('ok');
});

test.each([
  ['a short password', { password: secret('short') }, 'access-weak-password'],
  ['no grants', { grants: [] }, 'access-grants'],
  ['a grant for no service', { grants: [{ role: 'viewer', services: [] }] }, 'access-grants'],
  ['a role that does not exist', { grants: [{ role: 'root' as 'viewer', services: 'all' }] }, 'access-grants'],
] as const)('%s is refused', async (_, changed, code) => {
  const store = temporaryStore();
  expect(codeOf(await make(store, changed))).toBe(code);
  expect(value(users(store))).toEqual([]);
});

test('one name is one user, also when two are made at once', async () => {
  const store = temporaryStore();
  const made = await Promise.all([make(store, {}), make(store, {}), make(store, {})]);
  expect(made.map(codeOf).toSorted()).toEqual(['access-name-taken', 'access-name-taken', 'ok']);
});

test('a change is made whole or not at all', async () => {
  const store = temporaryStore();
  await addUser(store, 'root');
  const change = { grants: [{ role: 'viewer', services: 'all' }], password: secret('a new password') } as const;
  expect(codeOf(await changeUser(store, 'root', change, NOON, CHEAP))).toBe('access-last-administrator');
  expect(await enters(store, 'root')).toBe('ok');
  expect(value(user(store, 'root')).grants).toEqual([everything]);
});

test('a user who knows the old password sets a new one', async () => {
  const store = temporaryStore();
  await addUser(store, 'root');
  const login = { name: 'root', password: secret(PASSWORD), address: '192.0.2.1' };
  expect(codeOf(await changePassword(store, login, secret('short'), NOON, CHEAP))).toBe('access-weak-password');
  expect(await enters(store, 'root')).toBe('ok');
  expect(value(await changePassword(store, login, secret('a new password'), NOON, CHEAP)).sessions).toBe(1);
  expect(await enters(store, 'root')).toBe('access-unknown');
  expect(await enters(store, 'root', 'a new password')).toBe('ok');
});

test('a disabled user cannot log in, and can again when enabled', async () => {
  const store = temporaryStore();
  await addUser(store, 'root');
  await addUser(store, 'anna');
  value(await changeUser(store, 'anna', { disabled: true }, NOON));
  expect(await enters(store, 'anna')).toBe('access-unknown');
  value(await changeUser(store, 'anna', { disabled: false }, NOON));
  expect(await enters(store, 'anna')).toBe('ok');
});

describe('the last enabled administrator of all cannot be', () => {
  const scoped = { role: 'administrator', services: ['portal'] } as const;
  const ways: Readonly<Record<string, (store: Store) => unknown>> = {
    removed: (store) => removeUser(store, 'root', NOON),
    disabled: (store) => changeUser(store, 'root', { disabled: true }, NOON),
    demoted: (store) => changeUser(store, 'root', { grants: [{ role: 'operator', services: 'all' }] }, NOON),
    confined: (store) => changeUser(store, 'root', { grants: [scoped] }, NOON),
  };
  test.each(Object.keys(ways))('%s', async (name) => {
    const store = temporaryStore();
    await addUser(store, 'root');
    await addUser(store, 'anna', scoped);
    await addUser(store, 'ben');
    value(await changeUser(store, 'ben', { disabled: true }, NOON));
    const before = value(users(store));
    const act = async () => codeOf((await ways[name]?.(store)) as Parameters<typeof codeOf>[0]);
    expect(await act()).toBe('access-last-administrator');
    expect(value(users(store))).toEqual(before);
    value(await changeUser(store, 'ben', { disabled: false }, NOON));
    expect(await act()).toBe('ok');
  });
});

test('where nobody is an administrator, as before the first one is made, users can be changed and removed', async () => {
  const store = temporaryStore();
  await addUser(store, 'anna', { role: 'viewer', services: 'all' });
  expect(codeOf(await changeUser(store, 'anna', { password: secret('a new password') }, NOON, CHEAP))).toBe('ok');
  expect(codeOf(removeUser(store, 'anna', NOON))).toBe('ok');
});
