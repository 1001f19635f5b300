import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import type { Fault, Result, Secret } from '#lib';
import {
  authenticateSession,
  changePassword,
  changeUser,
  endSessions,
  logIn,
  logOut,
  removeUser,
  retryAfter,
  type Session,
  SESSION_LIMITS,
} from '#access';
import type { Store } from '#store';

import { endPrograms } from '../support/programs.ts';
import { closeStores, codeOf, NOON, temporaryStore, value } from '../store/support.ts';
import { addUser, CHEAP, everything, PASSWORD, secret } from './support.ts';

afterAll(async () => {
  closeStores();
  await endPrograms();
});

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const enter = (store: Store, name: string, password = PASSWORD, now = NOON, address = '192.0.2.1') =>
  logIn(store, { name, password: secret(password), address }, now);

async function withAnna(): Promise<{ readonly store: Store; readonly session: Session }> {
  const store = temporaryStore();
  await addUser(store, 'root');
  await addUser(store, 'anna', { role: 'operator', services: ['portal'] });
  return { store, session: value(await enter(store, 'anna')) };
}

const isIn = (store: Store, id: Secret, now: number, active = true): string =>
  codeOf(authenticateSession(store, id, now, { active }));

test('whoever logs in has a session with their grants', async () => {
  const { store, session } = await withAnna();
  const principal = { name: 'anna', kind: 'user', grants: [{ role: 'operator', services: ['portal'] }] };
  expect(session).toMatchObject({ principal, expiresAt: NOON + 12 * HOUR });
  expect(value(authenticateSession(store, session.id, NOON))).toEqual(principal);
  expect(session.id.reveal()).toMatch(/^[\w-]{43}$/);
  expect(isIn(store, secret('a'.repeat(43)), NOON)).toBe('access-unknown');
});

test('the file holds no session id and no password', async () => {
  const { store, session } = await withAnna();
  const file = readFileSync(store.file, 'latin1') + readFileSync(`${store.file}-wal`, 'latin1');
  expect(file).toContain('anna');
  expect(file).not.toContain(session.id.reveal());
  expect(file).not.toContain(PASSWORD);
});

describe('a session ends', () => {
  test('after 15 minutes without activity', async () => {
    const { store, session } = await withAnna();
    expect(isIn(store, session.id, NOON + 14 * MINUTE)).toBe('ok');
    expect(isIn(store, session.id, NOON + 28 * MINUTE)).toBe('ok');
    expect(isIn(store, session.id, NOON + 43 * MINUTE)).toBe('access-unknown');
  });

  test('also where its page keeps asking by itself', async () => {
    const { store, session } = await withAnna();
    for (let minute = 1; minute < 15; minute++)
      expect(isIn(store, session.id, NOON + minute * MINUTE, false)).toBe('ok');
    expect(isIn(store, session.id, NOON + 15 * MINUTE, false)).toBe('access-unknown');
  });

  test('after 12 hours, however active', async () => {
    const { store, session } = await withAnna();
    for (let at = NOON; at < NOON + 12 * HOUR; at += 10 * MINUTE) expect(isIn(store, session.id, at)).toBe('ok');
    expect(isIn(store, session.id, NOON + 12 * HOUR)).toBe('access-unknown');
  });

  test('earlier where the site wants that', async () => {
    const { store, session } = await withAnna();
    const limits = { lifetime: HOUR, idle: 5 * MINUTE };
    expect(codeOf(authenticateSession(store, session.id, NOON + 5 * MINUTE, { limits }))).toBe('access-unknown');
    expect(SESSION_LIMITS).toEqual({ lifetime: 12 * HOUR, idle: 15 * MINUTE });
  });

  const endings: Readonly<Record<string, (store: Store, session: Session) => unknown>> = {
    'with logging out': (store, { id }) => logOut(store, id),
    'with logging out twice': (store, { id }) => [logOut(store, id), logOut(store, id)],
    'when all of the user’s do': (store) => endSessions(store, 'anna'),
    'with a new password': (store) => changeUser(store, 'anna', { password: secret('another long one') }, NOON, CHEAP),
    'with other grants': (store) => changeUser(store, 'anna', { grants: [everything] }, NOON, CHEAP),
    'when the user is disabled': (store) => changeUser(store, 'anna', { disabled: true }, NOON, CHEAP),
    'with the user': (store) => removeUser(store, 'anna', NOON),
  };
  test.each(Object.keys(endings))('%s', async (name) => {
    const { store, session } = await withAnna();
    const others = value(await enter(store, 'root'));
    const done = await (endings[name]?.(store, session) as Promise<
      Result<unknown, Fault> | readonly Result<unknown, Fault>[]
    >);
    for (const result of [done].flat()) value(result);
    expect(isIn(store, session.id, NOON)).toBe('access-unknown');
    expect(isIn(store, others.id, NOON)).toBe('ok');
  });
});

test('a wrong password, an unknown name, a name that cannot be and a disabled user are told the same', async () => {
  const { store } = await withAnna();
  await addUser(store, 'ben');
  value(await changeUser(store, 'ben', { disabled: true }, NOON, CHEAP));
  const said = await Promise.all([
    enter(store, 'anna', 'wrong wrong wrong'),
    enter(store, 'nobody'),
    enter(store, 'No Body '.repeat(100)),
    enter(store, 'ben'),
  ]);
  const messages = new Set(
    said.map((refused) => (refused.ok ? 'in' : `${refused.error.code} ${refused.error.message}`)),
  );
  expect([...messages]).toEqual(['access-unknown name or password is wrong']);
});

describe('failed logins', () => {
  const fail = async (store: Store, count: number, name = 'anna', address = '192.0.2.1', now = NOON) => {
    for (let n = 0; n < count; n++)
      expect(codeOf(await enter(store, name, 'wrong', now, address))).toBe('access-unknown');
  };

  test.each(['anna', 'nobody'])('slow down the sixth for %s, from wherever it comes', async (name) => {
    const { store } = await withAnna();
    await fail(store, 5, name);
    const refused = await enter(store, name, PASSWORD, NOON, '198.51.100.7');
    expect(codeOf(refused)).toBe('access-throttled');
    expect(refused.ok ? 0 : retryAfter(refused.error)).toBe(5_000);
    expect(codeOf(await enter(store, 'root', PASSWORD, NOON))).toBe('ok');
  });

  test('slow down further ones more and more, up to 15 minutes, and never for good', async () => {
    const { store } = await withAnna();
    await fail(store, 5);
    let now = NOON;
    const delays = [];
    for (let n = 0; n < 12; n++) {
      const refused = await enter(store, 'anna', PASSWORD, now);
      const delay = refused.ok ? 0 : (retryAfter(refused.error) ?? 0);
      delays.push(delay / 1_000);
      expect(codeOf(await enter(store, 'anna', PASSWORD, now + delay - 1))).toBe('access-throttled');
      now += delay;
      await fail(store, 1, 'anna', `192.0.2.${n}`, now);
    }
    expect(delays).toEqual([5, 10, 20, 40, 80, 160, 320, 640, 900, 900, 900, 900]);
    expect(codeOf(await enter(store, 'anna', PASSWORD, now + 15 * MINUTE))).toBe('ok');
  });

  test('are forgotten with the right password', async () => {
    const { store } = await withAnna();
    await fail(store, 4);
    expect(codeOf(await enter(store, 'anna'))).toBe('ok');
    await fail(store, 5);
  });

  test('are forgotten after an hour', async () => {
    const { store } = await withAnna();
    await fail(store, 5);
    await fail(store, 5, 'anna', '192.0.2.1', NOON + HOUR + 1);
  });

  test('count also while they are being looked at', async () => {
    const { store } = await withAnna();
    const said = await Promise.all(Array.from({ length: 20 }, () => enter(store, 'anna', 'wrong')));
    expect(said.filter((refused) => codeOf(refused) === 'access-unknown')).toHaveLength(5);
  });

  test.each([
    ['192.0.2.9', '192.0.2.9', 'access-throttled'],
    ['192.0.2.9', '::ffff:192.0.2.9', 'access-throttled'],
    ['192.0.2.9', '192.0.2.8', 'ok'],
    ['2001:db8::1', '2001:db8:0:0:9::', 'access-throttled'],
    ['2001:db8::1', '2001:db8:0:1::1', 'ok'],
  ])('for many names from %s keep %s from trying more: %s', async (address, other, code) => {
    const { store } = await withAnna();
    for (const name of ['ben', 'carl', 'dora', 'eve']) {
      await addUser(store, name);
      await fail(store, 5, name, address);
    }
    expect(codeOf(await enter(store, 'anna', PASSWORD, NOON, other))).toBe(code);
  });

  test('for many names are not made good by a login of one’s own', async () => {
    const { store } = await withAnna();
    for (const name of ['ben', 'carl', 'dora', 'eve']) {
      await addUser(store, name);
      expect(codeOf(await enter(store, 'anna'))).toBe('ok');
      await fail(store, 5, name);
    }
    expect(codeOf(await enter(store, 'anna'))).toBe('access-throttled');
  });

  test('count where the old password is asked for too', async () => {
    const { store } = await withAnna();
    const login = { name: 'anna', password: secret('wrong'), address: '192.0.2.1' };
    for (let n = 0; n < 5; n++) {
      expect(codeOf(await changePassword(store, login, secret('a new password'), NOON, CHEAP))).toBe('access-unknown');
    }
    expect(codeOf(await changePassword(store, login, secret('a new password'), NOON, CHEAP))).toBe('access-throttled');
  });
});
