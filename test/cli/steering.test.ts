import { describe, expect, test } from 'vitest';

import { pool, serverOf, service } from './services.ts';
import { type Answers, answer, NOW, problem, vagusWith, write } from './support.ts';

const server = (name: string, change: object = {}) => ({
  server: name,
  weight: 100,
  treatment: 'in',
  words: 'weight 100: answers take 51 ms, as is usual (50 ms)',
  reasons: [{ code: 'neutral', words: 'answers take 51 ms, as is usual (50 ms)' }],
  answerTime: 51.4,
  leastTime: 44,
  inFlight: 2,
  foundLimit: 4,
  provenLimit: 2.2,
  ...change,
});
const slow = { weight: 10, limit: 4, treatment: 'resting', words: 'weight 10: answers take 204 ms; limit 4: found' };
const out = { weight: 0, treatment: 'out', words: 'weight 0: 83 % of its answers are errors, out for 1.0 s' };
const steered = (change: object = {}, ...servers: readonly object[]) => ({
  pool: 'default',
  mode: 'on',
  rate: 42.4,
  servers,
  ...change,
});
const named = (...pools: readonly string[]) =>
  answer(
    service(
      'portal',
      pools.map((name) => pool(name)),
    ),
  );

describe('explain', () => {
  const vagus = (answers: Answers, ...words: readonly string[]) =>
    vagusWith({ answers: { 'GET /api/v1/services/portal': named('default'), ...answers } }, 'explain', ...words);
  const steering = (...pools: readonly object[]) => ({ 'GET /api/v1/services/portal/steering': answer(pools) });

  test('names every server and why, problems first', async () => {
    const servers = [server('ehr1'), server('ehr2', slow), server('ehr3', out)];
    const { code, out: said } = await vagus(steering(steered({}, ...servers)), 'portal');
    expect(code).toBe(0);
    expect(said.split('\n')).toEqual([
      'portal  steered · 42 answers a second',
      '  server  treatment      weight  limit  in flight  answer',
      '  ehr3    out            0 %            2          51 ms',
      '    weight 0: 83 % of its answers are errors, out for 1.0 s',
      '  ehr2    rests          10 %    4      2          51 ms',
      '    weight 10: answers take 204 ms; limit 4: found',
      '  ehr1    as configured  100 %          2          51 ms',
      '    weight 100: answers take 51 ms, as is usual (50 ms)',
    ]);
  });

  test('says what would be where it only observes, and what hinders it', async () => {
    const observing = steered(
      { mode: 'observe', rate: undefined },
      server('ehr2', slow),
      server('ehr1', { weight: 80 }),
    );
    const watched = await vagus(steering(observing), 'portal');
    expect(watched.out).toContain('portal  watched, not steered (steering: observe)\n');
    expect(watched.out).toMatch(/ehr2 +would rest .*\n +would be weight 10: answers take 204 ms/);
    expect(watched.out).toMatch(/ehr1 +would get less /);
    const hindered = await vagus(
      steering(steered({ hindrance: 'HAProxy\u001b[2J is gone' }, server('ehr1'))),
      'portal',
    );
    expect(hindered.out).toContain('\nnothing is done just now: HAProxy [2J is gone\n');
  });

  test('of a service that is not steered says so, and how it would be', async () => {
    const { code, out: said } = await vagus(steering(), 'portal');
    expect(code).toBe(0);
    expect(said).toMatch(/^portal is not steered: .*\n.* steering: observe\n.* steering: on /);
  });

  test('of one pool, and for programs', async () => {
    const pools = steering(steered({ pool: 'reports' }, server('r1')), steered({}, server('ehr1')));
    const answers = { ...pools, 'GET /api/v1/services/portal': named('default', 'reports', 'old') };
    const all = await vagus(answers, 'portal');
    expect(all.out).toMatch(/^portal {2}steered[^]*\n\nportal\/reports {2}steered[^]*\n\nportal\/old is not steered/);
    const one = await vagus(answers, 'portal/reports', '--json');
    expect(JSON.parse(one.out)).toMatchObject([{ pool: 'reports', servers: [{ server: 'r1', weight: 100 }] }]);
    expect(await vagus(answers, 'portal/report')).toMatchObject({
      code: 1,
      err: 'portal has no pool report; did you mean reports?',
    });
  });

  test('of what is not there', async () => {
    const missing = problem(404, 'api-not-found', 'there is no such service; did you mean portal?');
    expect(await vagus({ 'GET /api/v1/services/portl': missing }, 'portl')).toMatchObject({
      code: 1,
      err: 'there is no such service; did you mean portal?',
    });
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
  const lines = async (...servers: readonly object[]) => {
    const services = answer({
      site: 'harbour',
      oldWorkers: 0,
      services: [service('portal', [pool('default', ...servers)])],
    });
    const answers = { 'GET /api/v1/services': services, 'GET /api/v1/controller': controller };
    return (await vagusWith({ answers }, 'status')).out.split('\n').slice(3);
  };
  const treated = (name: string, steering: object) => ({ ...serverOf(`portal/${name}`, '10.0.1.1:80'), steering });

  test('says of servers that are steered why, and nothing of others', async () => {
    const plain = { mode: 'on', weight: 100, treatment: 'in', words: 'as is usual' };
    expect(
      await lines(
        treated('ehr1', plain),
        treated('ehr2', { mode: 'on', ...slow }),
        treated('ehr3', { mode: 'observe', ...slow }),
        treated('ehr4', { ...plain, treatment: 'down', words: 'weight 100: HAProxy gives it no work' }),
      ),
    ).toEqual([
      expect.stringMatching(/^ {2}ehr1 /),
      expect.stringMatching(/^ {2}ehr2 /),
      '    weight 10: answers take 204 ms; limit 4: found',
      expect.stringMatching(/^ {2}ehr3 /),
      '    would be weight 10: answers take 204 ms; limit 4: found',
      expect.stringMatching(/^ {2}ehr4 /),
    ]);
  });
});

describe('capacity', () => {
  const known = {
    pool: 'default',
    servers: 6,
    serving: 6,
    unit: 'request',
    inUse: 14,
    peak: { most: 17, hour: NOW },
    limit: 24,
    basis: 'found',
    spareNow: { servers: 2, enough: true },
    sparePeak: { servers: 1, enough: true },
    words: 'portal: 2 of its 6 servers may be missing now, 1 at the week’s peak (Tue 10:00, 17 requests at one time)',
  };
  const answers = {
    'GET /api/v1/services/portal': named('default'),
    'GET /api/v1/services/portal/capacity': answer([known]),
  };

  test('says what can be missing, and from what that is known', async () => {
    const { code, out: said } = await vagusWith({ answers }, 'capacity', 'portal');
    expect(code).toBe(0);
    expect(said.split('\n')).toEqual([
      known.words,
      '  6 of 6 servers serve · 14 requests now · 17 at the week’s peak · they take 24 at one time (limits that steering found)',
    ]);
  });

  test('for programs', async () => {
    const { out: said } = await vagusWith({ answers }, 'capacity', 'portal', '--json');
    expect(JSON.parse(said)).toEqual([known]);
  });
});

describe('simulate', () => {
  const spec = (more: string) => `version: 1
site: harbour
services:
  portal:
    preset: http
    listen: 10.0.0.1:80
    balance: leastconn
    servers: { ehr1: 10.0.1.1:80, ehr2: 10.0.1.2:80, ehr3: 10.0.1.3:80 }
${more}`;
  const file = write('simulate.yaml', spec(''));
  const said = ['--rate', '80', '--response-time', '50ms', '--concurrency', '4'];

  test('shows now and then beside each other, without a controller', async () => {
    const words = ['simulate', file, '--service', 'portal', '--fail', 'ehr2', '--load', '1.3', ...said];
    const { code, out: shown, err, asked } = await vagusWith({}, ...words);
    expect({ code, err, asked }).toEqual({ code: 0, err: '', asked: [] });
    const lines = shown.split('\n');
    expect(lines[0]).toBe('portal  80 requests a second on 3 servers');
    expect(lines[1]).toMatch(/^ +as it is +without ehr2, load × 1\.3$/);
    expect(lines[2]).toMatch(/^answered in, p50 +\d+ ms +\d+ ms$/);
    expect(lines[7]).toMatch(/^servers busy +33 % +65 %$/);
    expect(shown).toContain('It assumes:\n- ');
    expect((await vagusWith({}, ...words)).out).toBe(shown);
  });

  test('takes the traffic from a controller that steers', async () => {
    const seen = [steered({ rate: 80 }, ...['ehr1', 'ehr2', 'ehr3'].map((name) => server(name)))];
    const answers = { 'GET /api/v1/services/portal/steering': answer(seen) };
    const { code, out: shown } = await vagusWith({ answers }, 'simulate', file, '--service', 'portal', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(shown)).toMatchObject({
      service: 'portal',
      pool: 'default',
      failed: [],
      load: 1,
      rate: 80,
      servers: [{ name: 'ehr1', workers: 4, time: 51.4 }, { name: 'ehr2' }, { name: 'ehr3' }],
      now: { steered: false, unanswered: 0, p50: expect.any(Number), p99: expect.any(Number) },
    });
  });

  test.each([
    [
      'without anything known',
      {},
      [],
      /^not known: how many requests .* no controller runs on .*\. Say it: --rate 40 /,
    ],
    [
      'where it is not steered',
      { 'GET /api/v1/services/portal/steering': answer([]) },
      ['--rate', '80'],
      /^not known: how long an answer takes; .* the controller does not steer or watch portal \(steering: observe\)\./,
    ],
    [
      'where too little was seen',
      { 'GET /api/v1/services/portal/steering': answer([steered({ rate: undefined })]) },
      ['--response-time', '50ms'],
      /the controller has not seen enough of portal yet/,
    ],
  ])('says what is missing %s', async (_, answers, words, expected) => {
    const settings = Object.keys(answers).length === 0 ? {} : { answers };
    const { code, err } = await vagusWith(settings, 'simulate', file, '--service', 'portal', ...words);
    expect(code).toBe(1);
    expect(err).toMatch(expected);
  });

  test.each([
    [['--service', 'portl'], 'the spec has no service or pool portl; did you mean portal?'],
    [['--service', 'portal', '--fail', 'ehr9'], 'portal has no server ehr9 to fail; did you mean ehr1?'],
    [['--service', 'pacs'], 'pacs is not http: the model knows requests, not connections that last'],
    [
      ['--service', 'adt'],
      'adt is relayed: the model knows requests, not messages that keep their order; how many servers may be missing says: vagus capacity adt',
    ],
    [['--service', 'ris'], 'ris has balance source: the model knows leastconn and roundrobin'],
  ])('refuses what it knows nothing of: %j', async (words, err) => {
    const other = spec(`  pacs:
    preset: dicom
    listen: 10.0.0.1:104
    servers: { pacs1: 10.0.2.1:104 }
  adt:
    preset: hl7-mllp
    listen: 10.0.0.1:2575
    relay: on
    servers: { engine1: 10.0.4.1:2575 }
  ris:
    preset: http
    listen: 10.0.0.1:81
    balance: source
    servers: { ris1: 10.0.3.1:80, ris2: 10.0.3.2:80 }
`);
    expect(await vagusWith({}, 'simulate', write('others.yaml', other), ...words, ...said)).toMatchObject({
      code: 1,
      err,
    });
  });

  test.each([
    ['--load', '0'],
    ['--load', 'much'],
    ['--rate', '-1'],
    ['--concurrency', '1.5'],
    ['--response-time', '5'],
  ])('an option that is no such thing: %s %s', async (option, value) => {
    expect((await vagusWith({}, 'simulate', file, '--service', 'portal', option, value)).code).toBe(2);
  });
});
