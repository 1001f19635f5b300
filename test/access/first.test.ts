import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Secret } from '#lib';
import { FIRST_LINK_LIFETIME, firstLink, logIn, redeemFirstLink, users } from '#access';
import { closeStore, openStore, type Store } from '#store';

import { endPrograms, temporaryDirectory } from '../support/programs.ts';
import { closeStores, codeOf, NOON, temporaryStore, value } from '../store/support.ts';
import { addUser, CHEAP, everything, PASSWORD, secret } from './support.ts';

afterAll(async () => {
  closeStores();
  await endPrograms();
});

function link(store: Store, now = NOON): Secret {
  const made = value(firstLink(store, now));
  if (made === undefined) throw new Error('there are users');
  return made;
}

const redeem = (store: Store, used: Secret, { name = 'anna', password = PASSWORD, now = NOON } = {}) =>
  redeemFirstLink(store, { secret: used, name, password: secret(password) }, now, CHEAP);

test('nobody can log in before there is a first administrator', async () => {
  const store = temporaryStore();
  expect(value(users(store))).toEqual([]);
  for (const name of ['admin', 'vagus']) {
    for (const password of ['', 'admin', 'vagus']) {
      const refused = await logIn(store, { name, password: secret(password), address: '192.0.2.1' }, NOON);
      expect(refused.ok).toBe(false);
    }
  }
});

test('the link makes one administrator of all, who can log in', async () => {
  const store = temporaryStore();
  const made = link(store);
  expect(made.reveal()).toMatch(/^[\w-]{43}$/);
  expect(readFileSync(`${store.file}-wal`, 'latin1')).not.toContain(made.reveal());
  expect(value(await redeem(store, made))).toMatchObject({ name: 'anna', grants: [everything], disabled: false });
  expect(codeOf(await logIn(store, { name: 'anna', password: secret(PASSWORD), address: '192.0.2.1' }, NOON))).toBe(
    'ok',
  );
  expect(codeOf(await redeem(store, made, { name: 'ben' }))).toBe('access-link');
  expect(value(firstLink(store, NOON))).toBeUndefined();
});

test('it does so once, also for many at once', async () => {
  const store = temporaryStore();
  const made = link(store);
  const said = await Promise.all(Array.from({ length: 8 }, (_, n) => redeem(store, made, { name: `user${n}` })));
  expect(said.map(codeOf).toSorted()).toEqual([...Array<string>(7).fill('access-link'), 'ok']);
  expect(value(users(store))).toHaveLength(1);
});

test('it does so once, also through two controllers', async () => {
  const file = join(temporaryDirectory('store'), 'vagus.db');
  const stores = [value(openStore(file)), value(openStore(file))] as const;
  const made = link(stores[0]);
  const said = await Promise.all(stores.map((store, n) => redeem(store, made, { name: `user${n}` })));
  expect(said.map(codeOf).toSorted()).toEqual(['access-link', 'ok']);
  stores.forEach(closeStore);
});

test('a wrong secret, an old one and one that was replaced make nobody', async () => {
  const store = temporaryStore();
  const first = link(store);
  const second = link(store);
  const late = { now: NOON + FIRST_LINK_LIFETIME };
  expect(codeOf(await redeem(store, secret('guess')))).toBe('access-link');
  expect(codeOf(await redeem(store, first))).toBe('access-link');
  expect(codeOf(await redeem(store, second, late))).toBe('access-link');
  expect(value(users(store))).toEqual([]);
  expect(codeOf(await redeem(store, second, { now: late.now - 1 }))).toBe('ok');
  expect(FIRST_LINK_LIFETIME).toBe(24 * 3_600_000);
});

test('a bad name or password does not use it up', async () => {
  const store = temporaryStore();
  const made = link(store);
  expect(codeOf(await redeem(store, made, { name: 'Anna' }))).toBe('access-name');
  expect(codeOf(await redeem(store, made, { password: 'short' }))).toBe('access-weak-password');
  expect(codeOf(await redeem(store, made))).toBe('ok');
});

test('it is worth nothing where somebody was made an administrator otherwise', async () => {
  const store = temporaryStore();
  const made = link(store);
  await addUser(store, 'root');
  expect(codeOf(await redeem(store, made))).toBe('access-link');
});
