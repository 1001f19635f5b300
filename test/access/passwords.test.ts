import { inspect } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import { createUser, logIn } from '#access';

import { checkPassword, COST, hashPassword, verifyPassword } from '../../src/access/passwords.ts';
import { endPrograms } from '../support/programs.ts';
import { closeStores, codeOf, NOON, temporaryStore, value } from '../store/support.ts';
import { CHEAP, everything, PASSWORD, secret } from './support.ts';

afterAll(async () => {
  closeStores();
  await endPrograms();
});

test('a password is recognised, and no other', async () => {
  const kept = await hashPassword(secret(PASSWORD), CHEAP);
  expect(await verifyPassword(secret(PASSWORD), kept)).toBe(true);
  for (const other of ['', `${PASSWORD} `, PASSWORD.toUpperCase()]) {
    expect(await verifyPassword(secret(other), kept)).toBe(false);
  }
});

test('the same password typed on another keyboard is the same', async () => {
  const kept = await hashPassword(secret('grüne Wiese am Fluß'), CHEAP);
  expect(await verifyPassword(secret('gru\u0308ne Wiese am Fluß'), kept)).toBe(true);
});

test('what is kept says how it was made, and differs for the same password', async () => {
  const [a, b] = await Promise.all([hashPassword(secret(PASSWORD)), hashPassword(secret(PASSWORD))]);
  expect(a).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  expect(a).not.toBe(b);
  expect(await verifyPassword(secret(PASSWORD), a)).toBe(true);
  expect(COST.memory * 1_024 * COST.passes).toBeGreaterThanOrEqual(2 * 19 * 1_024 ** 2);
});

test.each(['', 'plain', '$argon2id$v=19$m=64,t=1,p=1$c2hvcnQ$c2hvcnQ', '$2b$12$abcdefghijklmnopqrstuv'])(
  'nothing is the password for what is kept as %j',
  async (kept) => {
    expect(await verifyPassword(secret(PASSWORD), kept)).toBe(false);
  },
);

test.each([
  ['elevenchars', 'access-weak-password'],
  ['twelve chars', 'ok'],
  ['aaaaaaaaaaaa', 'ok'],
  ['👩‍⚕️👩‍⚕️', 'access-weak-password'],
  ['head.physician', 'access-weak-password'],
  ['Head.Physician', 'access-weak-password'],
  ['x'.repeat(1_025), 'access-weak-password'],
])('the password %j of head.physician: %s', (password, code) => {
  expect(codeOf(checkPassword(secret(password), 'head.physician'))).toBe(code);
});

test('an unknown name takes as long as a wrong password', { timeout: 30_000 }, async () => {
  const store = temporaryStore();
  const user = { name: 'anna', password: secret(PASSWORD), grants: [everything], by: 'test' };
  value(await createUser(store, user, NOON));
  const times = { anna: Number.POSITIVE_INFINITY, nobody: Number.POSITIVE_INFINITY };
  for (let round = 0; round < 4; round++) {
    for (const name of ['anna', 'nobody'] as const) {
      const from = performance.now();
      await logIn(store, { name, password: secret('wrong wrong wrong'), address: '192.0.2.1' }, NOON);
      times[name] = Math.min(times[name], performance.now() - from);
    }
  }
  expect(times.nobody).toBeGreaterThan(times.anna / 3);
});

test('no secret can be printed', () => {
  const shown = [String(secret(PASSWORD)), JSON.stringify({ password: secret(PASSWORD) }), inspect(secret(PASSWORD))];
  expect(shown.join()).not.toContain('horse');
});
