import { describe, expect, test } from 'vitest';

import { pool, serverOf, service } from './services.ts';
import { type Answers, answer, MINUTE, NOW, problem, vagusWith } from './support.ts';

const queue = (destination: string, change: object = {}) => ({
  service: 'adt',
  destination,
  label: destination === 'default' ? 'adt' : `adt/${destination}`,
  depth: 0,
  dead: 0,
  served: true,
  held: false,
  ...change,
});
const busy = queue('default', {
  depth: 12,
  oldest: NOW - 3 * MINUTE,
  dead: 2,
  inPerSecond: 4.12,
  outPerSecond: 25.2,
});
const dead = (id: number) => ({
  id,
  reason: 'AE',
  attempts: 1,
  at: NOW - 2 * MINUTE,
  deadAt: NOW - MINUTE,
  bytes: 812,
  messageType: 'ADT',
  triggerEvent: 'A08',
  message: '0f3a9c1d2b4e5f60',
});
const codes = { AA: 0, AE: 0, AR: 0, CA: 0, CE: 0, CR: 0 };
const engine = (name: string, change: object = {}) => ({
  name,
  state: 'up',
  outstanding: 1,
  connections: 1,
  sent: 12,
  answered: { ...codes, AA: 10, AE: 2 },
  unknown: 0,
  unreachable: 0,
  latencyP50: 4.2,
  latencyP99: 81,
  ...change,
});
const relay = {
  service: 'adt',
  delivery: 'stored',
  since: NOW,
  underWay: 1,
  counters: {
    senders: 1,
    received: 14,
    answered: codes,
    stored: 14,
    repeated: 0,
    dead: 2,
    refused: 0,
    unserved: 0,
    unknown: 0,
    sentAgain: 0,
  },
  destinations: [
    {
      name: 'default',
      waiting: 0,
      queue: busy,
      servers: [engine('engine1'), engine('engine2', { state: 'down', outstanding: 0, answered: codes, unknown: 3 })],
    },
  ],
};
const AT = '/api/v1/services/adt/queues/default';

const queues = (...all: readonly object[]): Answers => ({ 'GET /api/v1/queues': answer(all) });
const vagus = (answers: Answers, ...words: readonly string[]) => vagusWith({ answers }, 'queue', ...words);

describe('queue list', () => {
  test('says of each what waits, since when, and what was given up', async () => {
    const held = queue('lab', { held: true, hold: { by: 'anna', why: 'update', since: NOW - MINUTE } });
    const { code, out } = await vagus(queues(busy, held));
    expect(code).toBe(0);
    expect(out.split('\n')).toEqual([
      'queue    waiting  oldest  in     out   given up',
      'adt      12       3 min   4.1/s  25/s  2',
      'adt/lab  0                                       held by anna: update',
    ]);
  });

  test('of one service, and for programs', async () => {
    const other = { ...queue('default'), service: 'orm', label: 'orm' };
    const { out } = await vagus(queues(busy, other), 'list', 'orm', '--json');
    expect(JSON.parse(out)).toEqual([other]);
    expect(await vagus(queues(busy), 'list', 'adx')).toMatchObject({
      code: 1,
      err: 'there is no queue adx; did you mean adt?',
    });
  });

  test('where nothing is stored says how it would be', async () => {
    const { code, out } = await vagus(queues(), 'list');
    expect(code).toBe(0);
    expect(out).toMatch(/^no queues: .*\n.*relay: \{ delivery: stored \}$/);
  });
});

describe('queue show', () => {
  const answers = {
    ...queues(busy),
    'GET /api/v1/services/adt/relay': answer(relay),
    [`GET ${AT}/messages`]: answer([dead(9), dead(7)]),
  };

  test('shows the queue, its servers and what was given up', async () => {
    const { code, out } = await vagus(answers, 'show', 'adt');
    expect(code).toBe(0);
    expect(out.split('\n')).toEqual([
      'adt  12 messages wait, the oldest for 3 min  in 4.1/s, out 25/s',
      '  server   state  under way  usual answer  slow answer  acknowledged  not known',
      '  engine1  up     1          4.2 ms        81 ms        AA 10, AE 2',
      '  engine2  down   0          4.2 ms        81 ms                      3',
      '2 messages were given up:',
      '  id  type     why  tried   came      given up  bytes  message',
      '  9   ADT^A08  AE   1 time  13:58:00  60 s ago  812    0f3a9c1d2b4e5f60',
      '  7   ADT^A08  AE   1 time  13:58:00  60 s ago  812    0f3a9c1d2b4e5f60',
      'vagus queue resend adt ID, or discard; --all for all of them',
    ]);
  });

  test('shows one message', async () => {
    const one = { ...answers, [`GET ${AT}/messages/9`]: answer(dead(9)) };
    const { code, out } = await vagus(one, 'show', 'adt', '9');
    expect(code).toBe(0);
    expect(out.split('\n').slice(0, 3)).toEqual([
      'message 9 of adt: ADT^A08, 812 bytes',
      '  came 13:58:00, given up 13:59:00 after 1 attempt: AE',
      '  in events and logs it is 0f3a9c1d2b4e5f60',
    ]);
  });

  test('shows nothing that could steer a terminal', async () => {
    const evil = { ...dead(9), messageType: 'A\u001b[2J' };
    const { out } = await vagus({ ...answers, [`GET ${AT}/messages`]: answer([evil]) }, 'show', 'adt');
    expect(out).not.toContain('\u001b');
  });
});

describe('queue hold and release', () => {
  test('say what became of the queue, and pass on why', async () => {
    const answers = { ...queues(busy), [`POST ${AT}/hold`]: answer({ ...busy, held: true }) };
    const { code, out, asked } = await vagus(answers, 'hold', 'adt', '--reason', 'new disk');
    expect(code).toBe(0);
    expect(out.split('\n')).toEqual([
      'adt is held: messages are taken and stored, and none is sent',
      '12 messages wait, the oldest for 3 min',
    ]);
    expect(asked.at(-1)?.path).toBe(`${AT}/hold?why=new%20disk`);
    const back = { ...queues(busy), [`POST ${AT}/release`]: answer(busy) };
    expect((await vagus(back, 'release', 'adt')).out).toMatch(/^adt is released: it sends again\n/);
  });

  test('want to know which, where a service has several', async () => {
    const several = queues(queue('default'), queue('lab'));
    expect(await vagus(several, 'hold', 'adt')).toMatchObject({
      code: 1,
      err: 'adt has several queues; say which: adt/default, adt/lab',
    });
    const answers = { ...several, 'POST /api/v1/services/adt/queues/lab/hold': answer(queue('lab', { held: true })) };
    expect((await vagus(answers, 'hold', 'adt/lab')).code).toBe(0);
  });
});

describe('queue resend and discard', () => {
  test.each([
    [['resend', 'adt', '9'], `POST ${AT}/messages/9/resend`, '1 message of adt is back at the end of the queue'],
    [['resend', 'adt', '--all'], `POST ${AT}/messages/resend`, '1 message of adt is back at the end of the queue'],
    [['discard', 'adt', '9'], `DELETE ${AT}/messages/9`, '1 message of adt is forgotten'],
    [['discard', 'adt', '--all', '--yes'], `DELETE ${AT}/messages`, '1 message of adt is forgotten'],
  ] as const)('%j', async (words, asks, said) => {
    const { code, out, asked } = await vagus({ ...queues(busy), [asks]: answer({ messages: 1 }) }, ...words);
    expect({ code, out }).toEqual({ code: 0, out: said });
    expect(`${asked.at(-1)?.method} ${asked.at(-1)?.path}`).toBe(asks);
  });

  test('of what waits, too', async () => {
    const answers = { ...queues(busy), [`DELETE ${AT}/messages`]: answer({ messages: 14 }) };
    const { out, asked } = await vagus(answers, 'discard', 'adt', '--all', '--waiting', '--yes');
    expect(out).toBe('14 messages of adt are forgotten');
    expect(asked.at(-1)?.path).toBe(`${AT}/messages?waiting=true`);
  });

  test('of none', async () => {
    const answers = { ...queues(busy), [`POST ${AT}/messages/resend`]: answer({ messages: 0 }) };
    expect((await vagus(answers, 'resend', 'adt', '--all')).out).toBe('no message of adt was given up');
    const gone = problem(404, 'relay-no-message', 'there is no message with this id that was given up');
    expect(await vagus({ ...queues(busy), [`DELETE ${AT}/messages/5`]: gone }, 'discard', 'adt', '5')).toMatchObject({
      code: 1,
      err: 'there is no message with this id that was given up',
    });
  });

  test.each([
    [['resend', 'adt'], /^say which: vagus queue resend adt ID, or --all; /],
    [['discard', 'adt', '9', '--all'], /^say which: /],
    [['discard', 'adt', '--all'], /^2 messages were given up in adt; to forget all of them for good, add --yes$/],
    [
      ['discard', 'adt', '--all', '--waiting'],
      /^12 messages wait, the oldest for 3 min; 2 messages were given up in adt; /,
    ],
    [['discard', 'adt', '9', '--waiting'], /^what waits can only be discarded with all the rest: /],
    [['resend', 'adt', 'first'], /Write a number/],
  ])('%j is not understood, and nothing is done', async (words, said) => {
    const { code, err, asked } = await vagus(queues(busy), ...words);
    expect(code).toBe(2);
    expect(err).toMatch(said);
    expect(asked.every(({ method }) => method === 'GET')).toBe(true);
  });
});

describe('status', () => {
  const controller = answer({
    pid: 1,
    version: '1',
    engine: '3.0.11',
    site: 'harbour',
    startedAt: NOW,
    revision: 8,
    state: 'applied',
    file: '/etc/vagus/site.yaml',
    edited: false,
    reloads: 0,
    oldWorkers: 0,
  });
  const lines = async (its: object) => {
    const shown = { ...service('adt', [pool('default', serverOf('adt/engine1', '10.0.3.11:2575'))]), relay: its };
    const services = answer({ site: 'harbour', oldWorkers: 0, services: [shown] });
    const answers = { 'GET /api/v1/services': services, 'GET /api/v1/controller': controller };
    return (await vagusWith({ answers }, 'status')).out.split('\n').slice(3, -1);
  };

  test('says of queues what waits, what is held and what was given up, and nothing where there is none', async () => {
    expect(await lines({ queues: [queue('default'), queue('lab')] })).toEqual([]);
    expect(await lines({ queues: [busy] })).toEqual([
      '  12 messages wait, the oldest for 3 min',
      '  2 messages were given up; see: vagus queue show adt',
    ]);
    const hold = { by: 'anna', why: 'update', since: NOW - 2 * MINUTE };
    const lab = queue('lab', { held: true, depth: 1, oldest: NOW - MINUTE, hold });
    expect(await lines({ queues: [queue('default'), lab] })).toEqual([
      '  lab: 1 message waits, the oldest for 60 s · held by anna since 13:58:00: update',
    ]);
  });

  test('says of queues that are not served any more before it says of services', async () => {
    const left = queue('lab', { served: false, depth: 41, oldest: NOW - MINUTE, dead: 1 });
    const shown = answer({ site: 'harbour', oldWorkers: 0, services: [], leftQueues: [left] });
    const answers = { 'GET /api/v1/services': shown, 'GET /api/v1/controller': controller };
    expect((await vagusWith({ answers }, 'status')).out.split('\n')[1]).toBe(
      'adt/lab: 41 messages wait, the oldest for 60 s · not served any more: kept until the spec has it again; 1 message was given up; see: vagus queue show adt/lab',
    );
    const [, row] = (await vagus(queues(left), 'list')).out.split('\n');
    expect(row).toMatch(/^adt\/lab +41 .* not served any more$/);
  });

  test('says that the relay does not answer', async () => {
    expect(await lines({ trouble: 'the relay does not answer: nobody\u0007 there', queues: [] })).toEqual([
      '  the relay does not answer: nobody  there',
    ]);
  });
});
