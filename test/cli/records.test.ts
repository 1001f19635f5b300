import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Answers, answer, DAY, directory, MINUTE, NOW, vagusWith } from './support.ts';

const vagus = (answers: Answers, ...words: readonly string[]) => vagusWith({ answers }, ...words);

const entry = (number: number, more: object = {}) => ({
  number,
  at: NOW - MINUTE,
  by: 'anna',
  action: 'setServerState',
  subject: 'pacs/pacs1',
  outcome: 'done',
  detail: { why: 'patching', forced: false },
  hash: 'ab12',
  ...more,
});

describe('audit', () => {
  test('shows who did what, and how it ended', async () => {
    const entries = [entry(8, { outcome: 'refused', detail: {} }), entry(7)];
    const { code, out, asked } = await vagus({ 'GET /api/v1/audit': answer(entries) }, 'audit', '--by', 'anna');
    expect(code).toBe(0);
    expect(out.split('\n')).toEqual([
      'entry  when      who   what            on          outcome  detail',
      '7      13:59:00  anna  setServerState  pacs/pacs1  done     why: patching, forced: false',
      '8      13:59:00  anna  setServerState  pacs/pacs1  refused',
    ]);
    expect(asked[0]?.path).toBe(`/api/v1/audit?first=newest&since=${NOW - 7 * DAY}&by=anna&limit=100`);
  });

  test('asks for no more than it shows, of however many there are', async () => {
    const two = answer([entry(2_100), entry(2_099)]);
    const { out, asked } = await vagus({ 'GET /api/v1/audit': two }, 'audit', '--json', '--limit', '2');
    expect(JSON.parse(out)).toMatchObject([{ number: 2_099 }, { number: 2_100 }]);
    expect(asked).toHaveLength(1);
  });

  test('shows more than one answer holds', async () => {
    const all = Array.from({ length: 1_500 }, (_, at) => entry(2_100 - at));
    const pages = [answer(all.slice(0, 1_000)), answer(all.slice(1_000, 1_200))];
    const { out, asked } = await vagus({ 'GET /api/v1/audit': pages }, 'audit', '--json', '--limit', '1200');
    expect((JSON.parse(out) as readonly unknown[]).length).toBe(1_200);
    expect(asked.map(({ path }) => /&?before=(\d+)/.exec(path)?.[1])).toEqual([undefined, '1101']);
  });

  test('since a time of day means the last one that was', async () => {
    const { asked, out } = await vagus({ 'GET /api/v1/audit': answer([]) }, 'audit', '--since', '08:00');
    expect(asked[0]?.path).toContain(`since=${NOW - 6 * 60 * MINUTE}`);
    expect(out).toBe('nothing since 08:00:00');
  });

  test('verify prints the head to note, and ends with 1 where the chain is broken', async () => {
    const intact = answer({ intact: true, entries: 2_100, head: 'ab12' });
    expect(await vagus({ 'GET /api/v1/audit/verify': intact }, 'audit', 'verify')).toMatchObject({
      code: 0,
      out: 'intact: 2100 entries\nthe last has the hash ab12; note it elsewhere, and compare',
    });
    const broken = answer({ intact: false, entries: 2_100, brokenAt: 17, why: 'it was altered' });
    expect(await vagus({ 'GET /api/v1/audit/verify': broken }, 'audit', 'verify')).toMatchObject({
      code: 1,
      out: '',
      err: 'the audit is broken at entry 17: it was altered',
    });
    expect(await vagus({ 'GET /api/v1/audit/verify': broken }, 'audit', 'verify', '--json')).toMatchObject({
      code: 1,
      out: expect.stringContaining('"brokenAt": 17'),
    });
  });

  test('export goes to the standard output or to a file', async () => {
    const lines = `${JSON.stringify(entry(1))}\n${JSON.stringify(entry(2))}\n`;
    const exported = { 'GET /api/v1/audit/export': { status: 200, body: lines } };
    expect((await vagus(exported, 'audit', 'export')).out).toBe(lines.trimEnd());
    const file = join(directory, 'audit.jsonl');
    expect((await vagus(exported, 'audit', 'export', '--out', file)).out).toBe(`2 lines in ${file}`);
    expect(readFileSync(file, 'utf8')).toBe(lines);
    expect(await vagus(exported, 'audit', 'export', '--out', '/nowhere/audit.jsonl')).toMatchObject({ code: 1 });
  });
});

describe('certificates', () => {
  const certificate = (file: string, notAfter: number) => ({
    file,
    use: 'certificate',
    subject: `CN=${file}`,
    names: ['portal.example'],
    issuer: 'CN=ca',
    notBefore: NOW - DAY,
    notAfter,
    fingerprint: 'AB:12',
    algorithm: 'EC P-256',
    services: ['portal'],
  });
  const known = [
    certificate('tls/good.pem', NOW + 89.5 * DAY),
    certificate('tls/soon.pem', NOW + 3.5 * DAY),
    certificate('tls/gone.pem', NOW - 2.5 * DAY),
  ];

  test('that end first come first, with a warning', async () => {
    const { code, out, err } = await vagus({ 'GET /api/v1/certificates': answer(known) }, 'certificates');
    expect(code).toBe(0);
    expect(out.split('\n')).toEqual([
      'file          names           expires             date        for     of',
      'tls/gone.pem  portal.example  EXPIRED 2 days ago  2026-11-22  portal  EC P-256',
      'tls/soon.pem  portal.example  in 3 days           2026-11-28  portal  EC P-256',
      'tls/good.pem  portal.example  in 89 days          2027-02-22  portal  EC P-256',
    ]);
    expect(err).toBe('2 certificates to renew: less than 30 days are left');
  });

  test('are JSON for programs', async () => {
    const { out } = await vagus({ 'GET /api/v1/certificates': answer(known) }, 'certificates', '--json');
    expect(JSON.parse(out)).toHaveLength(3);
  });
});
