import { describe, expect, test } from 'vitest';
import { Fault } from '#lib';
import { type Answers, answer, bodyOf, DAY, directory, MINUTE, nothing, NOW, problem, vagusWith } from './support.ts';

const vagus = (answers: Answers, ...words: readonly string[]) => vagusWith({ answers, secret: SECRET }, ...words);

const SECRET = 'correct horse battery';

const ANNA = {
  name: 'anna',
  grants: [{ role: 'viewer', services: 'all' }],
  createdAt: NOW - MINUTE,
  createdBy: 'local:root',
  disabled: false,
};

describe('user', () => {
  test('add reads the password where nobody sees it, and prints it nowhere', async () => {
    const granted = { ...ANNA, grants: [{ role: 'operator', services: ['pacs', 'adt'] }] };
    const { code, out, err, asked } = await vagus(
      { 'POST /api/v1/users': answer(granted) },
      'user',
      'add',
      'anna',
      '--role',
      'operator',
      '--services',
      'pacs, adt',
    );
    expect({ code, out, err }).toEqual({ code: 0, out: 'anna may act as operator of pacs, adt', err: '' });
    expect(bodyOf(asked[0])).toEqual({ name: 'anna', password: SECRET, grants: granted.grants });
  });

  test('add takes no password as an argument, and none that was given up', async () => {
    expect(await vagus({}, 'user', 'add', 'anna', SECRET, '--role', 'viewer')).toMatchObject({ code: 2 });
    const { code, err, asked } = await vagusWith({ answers: {} }, 'user', 'add', 'anna', '--role', 'viewer');
    expect(code).toBe(1);
    expect(err).toContain('nothing was changed');
    expect(asked).toEqual([]);
  });

  test('list shows who may do what', async () => {
    const users = [ANNA, { ...ANNA, name: 'bert', disabled: true }];
    const { out } = await vagus({ 'GET /api/v1/users': answer(users) }, 'user');
    expect(out.split('\n')).toEqual([
      'user  may act as  state     since     made by',
      'anna  viewer      enabled   13:59:00  local:root',
      'bert  viewer      disabled  13:59:00  local:root',
    ]);
    const json = await vagus({ 'GET /api/v1/users': answer(users) }, 'user', 'list', '--json');
    expect(JSON.parse(json.out)).toEqual(users);
  });

  test('grant adds a role beside the others; --only takes those away', async () => {
    const answers = { 'GET /api/v1/users': answer([ANNA]), 'PATCH /api/v1/users/anna': answer(ANNA) };
    const operator = { role: 'operator', services: ['pacs'] };
    const words = ['user', 'grant', 'anna', '--role', 'operator', '--services', 'pacs'];
    const beside = await vagus(answers, ...words);
    expect(bodyOf(beside.asked[1])).toEqual({ grants: [...ANNA.grants, operator] });
    const only = await vagus(answers, ...words, '--only');
    expect(bodyOf(only.asked[1])).toEqual({ grants: [operator] });
    expect(await vagus(answers, 'user', 'grant', 'carl', '--role', 'viewer')).toMatchObject({ code: 1 });
  });

  test('password, disable, enable and remove', async () => {
    const answers = { 'PATCH /api/v1/users/anna': answer(ANNA), 'DELETE /api/v1/users/anna': nothing };
    const changed = await vagus(answers, 'user', 'password', 'anna');
    expect(bodyOf(changed.asked[0])).toEqual({ password: SECRET });
    expect(changed.out + changed.err).not.toContain(SECRET);
    expect(bodyOf((await vagus(answers, 'user', 'disable', 'anna')).asked[0])).toEqual({ disabled: true });
    expect(bodyOf((await vagus(answers, 'user', 'enable', 'anna')).asked[0])).toEqual({ disabled: false });
    expect(await vagus(answers, 'user', 'remove', 'anna')).toMatchObject({ code: 0 });
  });
});

const TOKEN = {
  id: 'a1b2',
  name: 'backup',
  grants: [{ role: 'viewer', services: 'all' }],
  createdAt: NOW,
  createdBy: 'anna',
  expiresAt: NOW + 90 * DAY,
};

describe('token', () => {
  test('add prints the secret once, alone on the standard output', async () => {
    const { code, out, err, asked } = await vagus(
      { 'POST /api/v1/tokens': answer({ ...TOKEN, secret: 'vagus_s3cr3t' }) },
      'token',
      'add',
      'backup',
      '--role',
      'viewer',
      '--expires',
      '90d',
    );
    expect({ code, out }).toEqual({ code: 0, out: 'vagus_s3cr3t' });
    expect(err).toContain('token a1b2 (backup) may act as viewer until 2027-02-22');
    expect(err).not.toContain('s3cr3t');
    expect(bodyOf(asked[0])).toEqual({ name: 'backup', grants: TOKEN.grants, expires: '90d' });
  });

  test('list never shows a secret; revoke names the token', async () => {
    const tokens = [
      { ...TOKEN, lastUsedAt: NOW - 5 * MINUTE },
      { ...TOKEN, id: 'c3d4', revokedAt: NOW },
    ];
    const { out } = await vagus({ 'GET /api/v1/tokens': answer(tokens) }, 'token', 'list');
    expect(out.split('\n')).toEqual([
      'id    token   may act as  until               used       made by',
      'a1b2  backup  viewer      expires in 90 days  5 min ago  anna',
      'c3d4  backup  viewer      revoked             never      anna',
    ]);
    const revoked = await vagus({ 'DELETE /api/v1/tokens/a1b2': nothing }, 'token', 'revoke', 'a1b2');
    expect(revoked.out).toBe('token a1b2 is revoked');
  });
});

describe('somebody who may not', () => {
  test.each([
    [401, 'access-unknown', /\$VAGUS_TOKEN; .*vagus token add/],
    [403, 'access-denied', /vagus user grant/],
  ])('is told what to do about %d', async (status, code, advice) => {
    const refusal = problem(status, code, 'not you');
    const told = await vagus({ 'GET /api/v1/users': refusal }, 'user', 'list', '--url', 'https://vagus.example:9443');
    expect(told).toMatchObject({ code: 1, out: '', err: expect.stringMatching(advice) });
  });
});

describe('a controller that cannot be asked', () => {
  const machine = { blame: 'machine', unit: 'nothing was asked', retry: 'safe' } as const;

  test('at a URL ends with 3 and what the machine says', async () => {
    const unreachable = new Fault('system-nobody-there', machine, 'https://vagus.example:9443: nobody listens there');
    expect(await vagusWith({ unreachable }, 'drains', '--url', 'https://vagus.example:9443')).toMatchObject({
      code: 3,
      err: 'https://vagus.example:9443: nobody listens there',
    });
  });

  test('on this machine ends with 3 and how to start it', async () => {
    expect(await vagusWith({}, 'drains')).toMatchObject({
      code: 3,
      err: `no controller runs on ${directory}/state; start it with: vagus run FILE`,
    });
    const unreachable = new Fault('system-unreachable', machine, 'vagus.sock: its owner alone may open it');
    expect(await vagusWith({ unreachable }, 'drains')).toMatchObject({ code: 3, err: unreachable.message });
  });

  test('says of a change without an answer that nobody knows', async () => {
    const unreachable = new Fault('system-no-answer', machine, 'vagus.sock: the connection was cut');
    const doubt = /may or may not have been done$/;
    expect((await vagusWith({ unreachable }, 'confirm')).err).toMatch(doubt);
    expect((await vagusWith({ unreachable }, 'drains')).err).not.toMatch(doubt);
  });

  test('that answers in another way than it should ends with 3', async () => {
    for (const reply of [
      { status: 200, body: '<html>' },
      { status: 502, body: 'Bad Gateway' },
      answer([{ left: 'x' }]),
    ]) {
      const { code, err } = await vagus({ 'GET /api/v1/drains': reply }, 'drains');
      expect(code).toBe(3);
      expect(err).toContain('another version');
    }
  });
});
