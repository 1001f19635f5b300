import { describe, expect, test } from 'vitest';
import { type Answers, answer, bodyOf, MINUTE, NOW, problem, vagusWith } from './support.ts';
import { pool, serverOf, service } from './services.ts';

const vagus = (answers: Answers, ...words: readonly string[]) =>
  vagusWith({ answers: { 'GET /api/v1/services': SERVICES, ...answers } }, ...words);

const SERVICES = answer({
  site: 'st-elsewhere',
  oldWorkers: 0,
  services: [
    service('pacs', [
      pool('default', serverOf('pacs/pacs1', '10.0.2.11:104'), serverOf('pacs/pacs2', '10.0.2.12:104')),
    ]),
    service('web', [pool('default', serverOf('web/pacs1', '10.0.2.11:443'))]),
    service('split', [
      pool('a', serverOf('split/a/one', '10.0.9.1:1')),
      pool('b', serverOf('split/b/one', '10.0.9.2:1')),
    ]),
  ],
});

const drain = (more: object = {}) => ({
  label: 'pacs/pacs1',
  service: 'pacs',
  state: 'drain',
  by: 'anna',
  since: NOW - 5 * MINUTE,
  left: 2,
  unit: 'association',
  ...more,
});

const capacity = (more: object = {}) => ({
  service: 'pacs',
  pool: 'default',
  others: 1,
  peak: 30,
  limit: 50,
  verdict: 'enough',
  words: 'pacs1 carries 2 associations; pacs2 takes 50, and the most this week was 30',
  ...more,
});

const STATE = 'PUT /api/v1/services/pacs/pools/default/servers/pacs1/state';

describe('server', () => {
  test('says first whether the others can carry it, then what was done and why', async () => {
    const { code, out, err, asked } = await vagus(
      { [STATE]: answer({ servers: [drain({ deadline: NOW + 30 * MINUTE })], capacity: [capacity()] }) },
      'server',
      'drain',
      'pacs/pacs1',
      '--reason',
      'patching',
      '--deadline',
      '30m',
    );
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out.split('\n')).toEqual([
      'pacs1 carries 2 associations; pacs2 takes 50, and the most this week was 30',
      'pacs/pacs1 drains: nothing new, what is under way goes on, until 14:30:00 (patching)',
    ]);
    expect(bodyOf(asked.at(-1))).toEqual({
      state: 'drain',
      why: 'patching',
      force: false,
      allServices: false,
      deadline: '30m',
      dryRun: false,
    });
  });

  test('ends with 4 where nobody would be left to serve', async () => {
    const words = 'pacs1 is the last server of pacs that is up; nothing was changed (--force does it all the same)';
    const refusal = problem(409, 'apply-would-empty', words);
    expect(await vagus({ [STATE]: refusal }, 'server', 'maint', 'pacs/pacs1')).toMatchObject({
      code: 4,
      out: '',
      err: words,
    });
    expect(
      await vagus(
        { 'POST /api/v1/windows': refusal },
        'server',
        'maint',
        'pacs/pacs1',
        '--from',
        '22:00',
        '--for',
        '1h',
      ),
    ).toMatchObject({ code: 4 });
    const forced = { [STATE]: answer({ servers: [drain({ state: 'maint' })], capacity: [] }) };
    const { asked } = await vagus(forced, 'server', 'maint', 'pacs/pacs1', '--force');
    expect(bodyOf(asked.at(-1))).toMatchObject({ force: true });
  });

  test('ready names the server, and with --all-services every one on its host', async () => {
    const ready = { [STATE]: answer({ servers: [], capacity: [] }) };
    const words = 'is ready: it takes work again once its check agrees';
    expect((await vagus(ready, 'server', 'ready', 'pacs/pacs1')).out).toBe(`pacs/pacs1 ${words}`);
    expect((await vagus(ready, 'server', 'ready', 'pacs/pacs1', '--all-services')).out).toBe(
      `pacs/pacs1 ${words}\nweb/pacs1 ${words}`,
    );
  });

  test('--dry-run changes nothing, and ends as it would', async () => {
    const enough = { [STATE]: answer({ servers: [], capacity: [capacity()] }) };
    expect(await vagus(enough, 'server', 'drain', 'pacs/pacs1', '--dry-run')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/nothing was changed$/),
    });
    const nobody = { [STATE]: answer({ servers: [], capacity: [capacity({ verdict: 'nobody' })] }) };
    expect(await vagus(nobody, 'server', 'drain', 'pacs/pacs1', '--dry-run')).toMatchObject({ code: 4 });
  });

  test('--wait says what is left whenever it changes, and ends when nothing is', async () => {
    const { code, out } = await vagus(
      {
        [STATE]: answer({ servers: [drain()], capacity: [] }),
        'GET /api/v1/drains': [2, 2, 1, 0].map((left) => answer([drain({ left }), drain({ label: 'adt/e1' })])),
      },
      'server',
      'drain',
      'pacs/pacs1',
      '--wait',
    );
    expect(code).toBe(0);
    expect(out.split('\n').slice(1)).toEqual(['2 associations left', '1 association left', 'nothing is left on it']);
  });

  test('--wait ends with 1 when the deadline came first, or somebody made the server ready', async () => {
    const set = { [STATE]: answer({ servers: [drain()], capacity: [] }) };
    const late = [answer([drain()]), answer([drain({ state: 'maint', left: 1 })])];
    expect(
      await vagus({ ...set, 'GET /api/v1/drains': late }, 'server', 'drain', 'pacs/pacs1', '--wait'),
    ).toMatchObject({
      code: 1,
      err: 'pacs/pacs1 went into maintenance at its deadline; 1 association still there',
    });
    const ready = [answer([drain()]), answer([])];
    expect(
      await vagus({ ...set, 'GET /api/v1/drains': ready }, 'server', 'drain', 'pacs/pacs1', '--wait'),
    ).toMatchObject({ code: 1, err: 'pacs/pacs1 does not drain any more: somebody made it ready' });
  });

  test('names the server that was probably meant, and the pools that have one of this name', async () => {
    expect(await vagus({}, 'server', 'drain', 'pacs/pasc1')).toMatchObject({
      code: 1,
      err: 'there is no server pacs/pasc1; did you mean pacs/pacs1?',
    });
    expect(await vagus({}, 'server', 'drain', 'split/one')).toMatchObject({
      code: 1,
      err: 'split/one is in several pools; say which: split/a/one, split/b/one',
    });
  });

  test('says what somebody has to do who may not', async () => {
    const refusal = problem(403, 'access-denied', 'backup may not operate pacs');
    expect(await vagus({ [STATE]: refusal }, 'server', 'ready', 'pacs/pacs1')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^backup may not operate pacs; .*vagus user grant/),
    });
  });
});

const WINDOW = {
  id: 3,
  servers: ['pacs/pacs1'],
  from: NOW + 8 * 60 * MINUTE,
  until: NOW + 10 * 60 * MINUTE,
  by: 'anna',
  why: 'new disk',
  state: 'planned',
};

describe('windows', () => {
  test('are planned by the clock on the wall', async () => {
    const { code, out, asked } = await vagus(
      { 'POST /api/v1/windows': answer(WINDOW) },
      'server',
      'maint',
      'pacs/pacs1',
      '--from',
      '22:00',
      '--for',
      '2h',
      '--reason',
      'new disk',
    );
    expect(code).toBe(0);
    expect(out).toBe(
      'window 3: pacs/pacs1\ndrains from 22:00:00, ready again at 2026-11-25 00:00 (2h)\nto call it off: vagus windows cancel 3',
    );
    const { from, until, why } = WINDOW;
    expect(bodyOf(asked.at(-1))).toEqual({ servers: ['pacs/pacs1'], from, until, why, force: false });
  });

  test('reach the same host in every service', async () => {
    const { asked } = await vagus(
      { 'POST /api/v1/windows': answer(WINDOW) },
      'server',
      'drain',
      'pacs/pacs1',
      '--all-services',
      '--from',
      '22:00',
      '--until',
      '06:00',
    );
    expect(bodyOf(asked.at(-1))).toMatchObject({
      servers: ['pacs/pacs1', 'web/pacs1'],
      until: NOW + 16 * 60 * MINUTE,
    });
  });

  test.each([
    [['--from', 'tonight', '--for', '2h']],
    [['--from', '22:00']],
    [['--from', '22:00', '--until', '23:00', '--for', '1h']],
    [['--from', '2026-12-02', '--until', '2026-12-01']],
  ])('are refused where %j makes none', async (words) => {
    const { code, err } = await vagus({}, 'server', 'drain', 'pacs/pacs1', ...words);
    expect(code).toBe(2);
    expect(err).not.toBe('');
  });

  test('are listed and called off', async () => {
    const { out } = await vagus({ 'GET /api/v1/windows': answer([WINDOW]) }, 'windows');
    expect(out.split('\n')).toEqual([
      'window  state    from      until             servers     who   why',
      '3       planned  22:00:00  2026-11-25 00:00  pacs/pacs1  anna  new disk',
    ]);
    expect((await vagus({ 'GET /api/v1/windows': answer([]) }, 'windows')).out).toBe('no maintenance windows');
    const json = await vagus({ 'GET /api/v1/windows': answer([WINDOW]) }, 'windows', '--json');
    expect(JSON.parse(json.out)).toEqual([WINDOW]);
    const cancelled = { 'DELETE /api/v1/windows/3': answer({ ...WINDOW, state: 'cancelled' }) };
    expect((await vagus(cancelled, 'windows', 'cancel', '3')).out).toBe('window 3 is called off');
  });
});

test('drains shows who took what out of work, and what is still on it', async () => {
  const known = [drain({ why: 'patching' }), drain({ label: 'web/pacs1', state: 'maint', left: 0, window: 3 })];
  const { out } = await vagus({ 'GET /api/v1/drains': answer(known) }, 'drains');
  expect(out.split('\n')).toEqual([
    'server      state  left            since      who   planned   why',
    'pacs/pacs1  drain  2 associations  5 min ago  anna            patching',
    'web/pacs1   maint  nothing         5 min ago  anna  window 3',
  ]);
  expect((await vagus({ 'GET /api/v1/drains': answer([]) }, 'drains')).out).toContain('no server drains');
});
