import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Answers, answer, MINUTE, NOW, problem, vagusWith, write } from './support.ts';
import { revision } from './services.ts';

const vagus = (answers: Answers, ...words: readonly string[]) => vagusWith({ answers }, ...words);

const file = write('hospital.yaml', 'version: 1\n');

const STEPS = [
  {
    engine: 'haproxy',
    change: 'change',
    subject: 'server pacs/pacs1',
    service: 'pacs',
    fields: ['weight'],
    how: 'live',
  },
  { engine: 'haproxy', change: 'add', subject: 'server pacs/pacs3', service: 'pacs', fields: [], how: 'live' },
];
const LISTEN = {
  engine: 'haproxy',
  change: 'change',
  subject: 'service portal',
  service: 'portal',
  fields: ['listen'],
  how: 'reload',
  because: 'an address is bound when HAProxy begins',
};
const WARNING = {
  code: 'check-weak',
  severity: 'warning',
  message: 'a port that is open is no archive that works',
  path: ['services', 'pacs'],
  location: { file: resolve(file), line: 4, column: 7 },
};

const outcome = (more: object) =>
  answer({ revision: 8, state: 'applied', how: 'live', steps: STEPS, warnings: [], ...more });

describe('apply', () => {
  test('sends the text under its whole name, and says how it took effect', async () => {
    const { code, out, err, asked } = await vagus(
      { 'PUT /api/v1/spec': outcome({}) },
      'apply',
      file,
      '--why',
      'a third',
    );
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toBe(
      [
        'revision 8 is in force: live, without a reload (2 differences)',
        '  ~  server pacs/pacs1  weight  live',
        '  +  server pacs/pacs3          live',
      ].join('\n'),
    );
    expect(asked).toMatchObject([
      {
        method: 'PUT',
        path: `/api/v1/spec?why=a%20third&file=${encodeURIComponent(resolve(file))}`,
        headers: { 'Content-Type': 'application/yaml' },
        body: 'version: 1\n',
      },
    ]);
  });

  test('can be made to depend on the revision in force, and to do without the gate', async () => {
    const { asked } = await vagus(
      { 'PUT /api/v1/spec': outcome({}) },
      'apply',
      file,
      '--if-revision',
      '7',
      '--no-gate',
    );
    expect(asked[0]?.headers).toMatchObject({ 'If-Match': '"7"' });
    expect(asked[0]?.path).toContain('gate=off');
  });

  test('says why a reload was needed', async () => {
    const { out } = await vagus({ 'PUT /api/v1/spec': outcome({ how: 'reload', steps: [LISTEN] }) }, 'apply', file);
    expect(out).toContain('by one hitless reload (1 difference)');
    expect(out).toContain('reload: an address is bound when HAProxy begins');
  });

  test('says that nothing would change', async () => {
    const { code, out } = await vagus({ 'PUT /api/v1/spec': outcome({ how: 'nothing', steps: [] }) }, 'apply', file);
    expect({ code, out }).toEqual({ code: 0, out: 'nothing would change: revision 8 has this very spec' });
  });

  test('says until when it has to be confirmed, and how', async () => {
    const unconfirmed = outcome({ state: 'unconfirmed', confirmBy: NOW + 5 * MINUTE });
    const { code, out, asked } = await vagus({ 'PUT /api/v1/spec': unconfirmed }, 'apply', file, '--confirm', '5m');
    expect(code).toBe(0);
    expect(asked[0]?.path).toContain('confirm=5m');
    expect(out).toContain('revision 8 is taken back at 14:05:00 unless you say: vagus confirm');
  });

  const watching = { 'PUT /api/v1/spec': outcome({ state: 'watching' }) };

  test('stays until the gate has kept it', async () => {
    const states = ['watching', 'watching', 'applied'].map((state) => answer(revision({ state })));
    const answers = { ...watching, 'GET /api/v1/revisions/8': states };
    const { code, out, asked } = await vagus(answers, 'apply', file);
    expect(code).toBe(0);
    expect(out).toMatch(/kept: no service suffers from it$/);
    expect(out).not.toContain('watching');
    expect(asked).toHaveLength(4);
    expect((await vagusWith({ answers, terminal: true }, 'apply', file)).out).toContain('watching whether');
  });

  test('ends with 1 and the reason where the gate took it back', async () => {
    const undone = answer(revision({ state: 'undone', reason: 'pacs lost both archives' }));
    const { code, err } = await vagus({ ...watching, 'GET /api/v1/revisions/8': undone }, 'apply', file);
    expect({ code, err }).toEqual({ code: 1, err: 'revision 8 was taken back: pacs lost both archives' });
    const asJson = await vagus({ ...watching, 'GET /api/v1/revisions/8': undone }, 'apply', file, '--json');
    expect(asJson.code).toBe(1);
    expect(JSON.parse(asJson.out)).toMatchObject({ revision: 8, state: 'undone', reason: 'pacs lost both archives' });
  });

  test('prints every problem at its line, under the name that was typed', async () => {
    const refusal = problem(422, 'apply-invalid', 'the spec has an error; nothing was changed', [
      { ...WARNING, severity: 'error', code: 'unknown-preset', message: 'there is no preset htpt' },
    ]);
    const { code, out, err } = await vagus({ 'PUT /api/v1/spec': refusal }, 'apply', file);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toBe(
      `${file}:4:7: there is no preset htpt [unknown-preset]\nthe spec has an error; nothing was changed`,
    );
  });

  test('says that somebody else was first', async () => {
    const refusal = problem(412, 'apply-revision', 'revision 9 is in force, not 7; nothing was changed');
    expect(await vagus({ 'PUT /api/v1/spec': refusal }, 'apply', file, '--if-revision', '7')).toMatchObject({
      code: 1,
      err: 'revision 9 is in force, not 7; nothing was changed',
    });
  });

  test('says that there is no such file, and asks nobody', async () => {
    const { code, err, asked } = await vagus({}, 'apply', '/nowhere/hospital.yaml');
    expect(code).toBe(1);
    expect(err).toContain('/nowhere/hospital.yaml');
    expect(asked).toEqual([]);
  });
});

describe('plan', () => {
  test('asks the controller that runs, and shows how each step is done', async () => {
    const planned = answer({ accepted: true, steps: [...STEPS, LISTEN], warnings: [WARNING] });
    const { code, out, err } = await vagus({ 'POST /api/v1/plan': planned }, 'plan', file);
    expect(code).toBe(0);
    expect(out.split('\n')).toEqual([
      'HAProxy: 3 differences',
      '  ~  server pacs/pacs1  weight  live',
      '  +  server pacs/pacs3          live',
      '  ~  service portal     listen  reload: an address is bound when HAProxy begins',
      expect.stringMatching(/^One hitless reload: .* live goes with it\.$/),
    ]);
    expect(err).toBe(`${file}:4:7: warning: a port that is open is no archive that works [check-weak]`);
  });

  test('says what is live', async () => {
    const planned = answer({ accepted: true, steps: STEPS, warnings: [] });
    expect((await vagus({ 'POST /api/v1/plan': planned }, 'plan', file)).out).toMatch(/without a reload\.$/);
    const none = answer({ accepted: true, steps: [{ ...STEPS[0], how: 'none' }], warnings: [] });
    expect((await vagus({ 'POST /api/v1/plan': none }, 'plan', file)).out).toContain('no effect on HAProxy');
  });

  test('speaks JSON, refused or not', async () => {
    const planned = answer({ accepted: true, steps: STEPS, warnings: [] });
    const accepted = await vagus({ 'POST /api/v1/plan': planned }, 'plan', file, '--json');
    expect(JSON.parse(accepted.out)).toEqual({ accepted: true, steps: STEPS, warnings: [] });
    const refusal = problem(422, 'apply-invalid', 'the spec has an error', [{ ...WARNING, severity: 'error' }]);
    const refused = await vagus({ 'POST /api/v1/plan': refusal }, 'plan', file, '--json');
    expect(refused).toMatchObject({ code: 1, err: 'the spec has an error' });
    expect(JSON.parse(refused.out)).toMatchObject({ accepted: false, problems: [{ code: 'check-weak' }] });
  });
});

const CONTROLLER = {
  pid: 4711,
  version: '0.2.0',
  engine: '3.0.11',
  site: 'st-elsewhere',
  startedAt: NOW,
  revision: 8,
  state: 'applied',
  file: '/etc/vagus/hospital.yaml',
  edited: false,
  reloads: 3,
  oldWorkers: 0,
};

describe('rollback', () => {
  const rolled = outcome({ revision: 9, how: 'reload', steps: [LISTEN] });

  test('goes back to the revision that is named', async () => {
    const { code, out, asked } = await vagus(
      { 'POST /api/v1/revisions/5/rollback': rolled },
      'rollback',
      '5',
      '--why',
      'slow',
    );
    expect(code).toBe(0);
    expect(out).toContain('back to what revision 5 says:\nrevision 9 is in force: by one hitless reload');
    expect(asked[0]?.path).toContain('why=slow');
  });

  test('goes back to the one before this, if this is still the one in force', async () => {
    const { out, asked } = await vagus(
      {
        'GET /api/v1/controller': answer(CONTROLLER),
        'GET /api/v1/revisions/8': answer(revision({})),
        'POST /api/v1/revisions/7/rollback': rolled,
      },
      'rollback',
    );
    expect(out).toContain('back to what revision 7 says');
    expect(asked.at(-1)?.headers).toMatchObject({ 'If-Match': '"8"' });
  });

  test('says that there is none before the first', async () => {
    const answers = {
      'GET /api/v1/controller': answer({ ...CONTROLLER, revision: 1 }),
      'GET /api/v1/revisions/1': answer(revision({ number: 1, parent: undefined })),
    };
    expect(await vagus(answers, 'rollback')).toMatchObject({
      code: 1,
      err: 'revision 1 is the first; there is none before it',
    });
  });
});
