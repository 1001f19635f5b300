import { describe, expect, test } from 'vitest';
import { revision } from './services.ts';
import { type Answers, answer, bodyOf, MINUTE, NOW, problem, vagusWith, write } from './support.ts';

const vagus = (answers: Answers, ...words: readonly string[]) => vagusWith({ answers }, ...words);

test('confirm says which revision is kept', async () => {
  const { out, asked } = await vagus({ 'POST /api/v1/confirm': answer(revision({})) }, 'confirm', '--why', 'tried');
  expect(out).toBe('revision 8 is kept');
  expect(asked[0]?.path).toBe('/api/v1/confirm?why=tried');
  expect(asked[0]?.body).toBeUndefined();
  expect(bodyOf(asked[0])).toBeNull();
  const nothing = problem(409, 'apply-nothing-to-confirm', 'no revision waits to be confirmed');
  expect(await vagus({ 'POST /api/v1/confirm': nothing }, 'confirm')).toMatchObject({ code: 1, out: '' });
});

describe('revisions', () => {
  const known = [
    revision({ number: 10, state: 'unconfirmed', how: 'live', confirmBy: NOW + MINUTE, why: 'more weight' }),
    revision({ number: 9, state: 'undone', current: false, how: 'reload', reason: 'pacs lost both archives' }),
    revision({ number: 8, current: false, by: 'anna\u001b[31m', origin: 'api', how: 'live', at: NOW - 2 * 86_400_000 }),
  ];

  test('are a table that says in words which one is current', async () => {
    const { out } = await vagus({ 'GET /api/v1/revisions': answer(known) }, 'revisions', '--limit', '3');
    expect(out.split('\n')).toEqual([
      'revision  when              who         from  how     state                                     why',
      '10        13:55:00          local:root  file  live    current until 14:01:00, unless confirmed  more weight',
      '9         13:55:00          local:root  file  reload  taken back: pacs lost both archives',
      '8         2026-11-22 14:00  anna [31m   api   live    replaced',
    ]);
  });

  test('say of one that is current what is not known of it', async () => {
    const unwatched = [revision({ state: 'applied', current: true, reason: 'nobody watched it to the end' })];
    const { out } = await vagus({ 'GET /api/v1/revisions': answer(unwatched) }, 'revisions');
    expect(out).toContain('current: nobody watched it to the end');
  });

  test('are JSON for programs', async () => {
    const { out, asked } = await vagus({ 'GET /api/v1/revisions': answer(known) }, 'revisions', '--json');
    expect(JSON.parse(out)).toMatchObject([{ number: 10 }, { number: 9 }, { number: 8 }]);
    expect(asked[0]?.path).toBe('/api/v1/revisions?limit=20');
  });
});

describe('diff', () => {
  const text = (body: string) => ({ status: 200, body });
  const answers = {
    'GET /api/v1/spec': text('version: 1\nsite: here\n'),
    'GET /api/v1/revisions/7/spec': text('version: 1\nsite: there\n'),
  };

  test('is a unified diff of what runs, of revisions and of files', async () => {
    const { code, out } = await vagus(answers, 'diff', '7', 'running');
    expect(code).toBe(0);
    expect(out.split('\n')).toEqual([
      '--- revision 7',
      '+++ running',
      '@@ -1,2 +1,2 @@',
      ' version: 1',
      '-site: there',
      '+site: here',
    ]);
    const edited = write('edited.yaml', 'version: 1\nsite: elsewhere\n');
    expect((await vagus(answers, 'diff', 'running', edited)).out).toContain('+site: elsewhere');
  });

  test('says that there is none', async () => {
    const same = write('same.yaml', 'version: 1\nsite: here\n');
    expect(await vagus(answers, 'diff', 'running', same)).toMatchObject({
      code: 0,
      out: `no difference between running and ${same}`,
    });
  });

  test('says what can be compared where a name is none of it', async () => {
    const { code, err } = await vagus(answers, 'diff', 'running', 'nowhere.yaml');
    expect(code).toBe(1);
    expect(err).toMatch(/nowhere\.yaml.*a revision’s number, the word running, or a file/);
  });
});
