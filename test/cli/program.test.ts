import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { directory, type Said, vagusWith, write } from './support.ts';

/** Runs a command line in a world that has nothing running. */
async function vagus(...words: readonly string[]): Promise<Omit<Said, 'asked'>> {
  const { code, out, err } = await vagusWith({}, ...words);
  return { code, out, err };
}

const COMMANDS = ['demo', 'check', 'plan', 'run', 'status', 'server', 'probe', 'presets', 'schema'].concat([
  'apply',
  'confirm',
  'rollback',
  'revisions',
  'diff',
  'explain',
  'capacity',
  'simulate',
  'drains',
  'windows',
  'audit',
  'certificates',
  'user',
  'token',
]);
const OF_GROUPS = [
  'presets show',
  'windows list',
  'windows cancel',
  'audit list',
  'audit verify',
  'audit export',
].concat(
  ['list', 'add', 'grant', 'password', 'disable', 'enable', 'remove'].map((name) => `user ${name}`),
  ['list', 'add', 'revoke'].map((name) => `token ${name}`),
);

describe('help', () => {
  test.each([...COMMANDS, ...OF_GROUPS])('of %s shows an example', async (command) => {
    const { code, out } = await vagus(...command.split(' '), '--help');
    expect(code).toBe(0);
    expect(out).toMatch(/Examples?:\n {2}vagus /);
  });

  test('names every command', async () => {
    const { code, out } = await vagus('--help');
    expect(code).toBe(0);
    for (const command of COMMANDS) expect(out).toContain(`  ${command} `);
  });
});

describe('wrong usage', () => {
  test.each([
    [['serve']],
    [['check']],
    [['server', 'stop', 'a/b']],
    [['status', '--yaml']],
    [['probe', 'nonsense']],
    [['probe', 'tcp://127.0.0.1:1', '--timeout', 'soon']],
    [['demo', 'kill']],
    [['apply', 'x.yaml', '--confirm', 'soon']],
    [['rollback', 'seven']],
    [['status', '--url', 'http://vagus.example:9443']],
    [['user', 'add', 'anna']],
    [['user', 'add', 'anna', '--role', 'king']],
    [['token', 'add', 'backup', '--role', 'viewer']],
    [['server', 'ready', 'web/a', '--from', '22:00', '--for', '1h']],
    [['server', 'maint', 'web/a', '--deadline', '1h']],
    [['server', 'drain', 'web/a', '--wait', '--from', '22:00', '--for', '1h']],
    [['audit', '--since', 'yesterday']],
  ])('%j ends with 2 and says why', async (words) => {
    const { code, out, err } = await vagus(...words);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).not.toBe('');
  });
});

const GOOD = `version: 1
site: small
services:
  web: { preset: http, listen: 127.0.0.1:8080, servers: { a: 127.0.0.1:8081 } }
`;

describe('check', () => {
  test('says that a valid spec is valid', async () => {
    const path = write('good.yaml', GOOD);
    expect(await vagus('check', path)).toEqual({ code: 0, out: `${path}: valid, 1 service with 1 server`, err: '' });
  });

  test('prints each problem at its place and ends with 1', async () => {
    const path = write('bad.yaml', GOOD.replace('preset: http', 'preset: htpt'));
    const { code, out, err } = await vagus('check', path);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(new RegExp(`^${path}:4:18: .*http.* \\[unknown-preset\\]$`));
  });

  test('speaks JSON to programs', async () => {
    const { code, out } = await vagus(
      'check',
      '--json',
      write('bad.yaml', GOOD.replace('preset: http', 'preset: htpt')),
    );
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      valid: false,
      problems: [{ code: 'unknown-preset', location: { line: 4 } }],
    });
  });

  test('says that a file is not there', async () => {
    const { code, err } = await vagus('check', join(directory, 'nowhere.yaml'));
    expect(code).toBe(1);
    expect(err).toMatch(/nowhere\.yaml: no such file or directory$/);
  });
});

describe('plan', () => {
  test('prints an artifact', async () => {
    const { code, out } = await vagus('plan', write('good.yaml', GOOD), '--artifact', 'haproxy.cfg');
    expect(code).toBe(0);
    expect(out).toMatch(/^frontend web from http$/m);
  });

  test('names the artifacts there are', async () => {
    const { code, err } = await vagus('plan', write('good.yaml', GOOD), '--artifact', 'nginx.conf');
    expect(code).toBe(1);
    expect(err).toContain('haproxy.cfg');
  });

  test('never prints a key', async () => {
    const path = write('good.yaml', GOOD);
    const { err } = await vagus('plan', path, '--artifact', 'tls/web.pem');
    expect(err).toContain('there is no artifact');
  });
});

describe('with nothing running', () => {
  test.each([
    [['status']],
    [['server', 'drain', 'web/a']],
    [['apply', write('some.yaml', GOOD)]],
    [['confirm']],
    [['rollback']],
    [['rollback', '7']],
    [['revisions']],
    [['diff', '1', 'running']],
    [['drains']],
    [['windows']],
    [['audit']],
    [['audit', 'verify']],
    [['certificates']],
    [['user', 'list']],
    [['user', 'disable', 'anna']],
    [['token', 'revoke', 'a1']],
  ])('%j ends with 3 and says how to start', async (words) => {
    const { code, err } = await vagus(...words);
    expect(code).toBe(3);
    expect(err).toContain('vagus run');
  });
});

test('presets are listed, and each is shown with its reasons', async () => {
  const { out } = await vagus('presets');
  const names = out.split('\n').map((row) => row.split(' ')[0] ?? '');
  expect(names).toHaveLength(11);
  for (const name of names) {
    const shown = await vagus('presets', 'show', name);
    expect(shown.code).toBe(0);
    expect(shown.out).toMatch(/\((reasoned|source: .+)\)/);
  }
  expect(await vagus('presets', 'show', 'dicm')).toMatchObject({
    code: 1,
    err: expect.stringContaining('did you mean dicom?'),
  });
});

test('the schema is JSON Schema 2020-12', async () => {
  const { out } = await vagus('schema');
  expect(JSON.parse(out)).toMatchObject({ $schema: 'https://json-schema.org/draft/2020-12/schema' });
});

test('what only the wiring can do is handed to it', async () => {
  expect(await vagus('run', 'x.yaml', '--leave-running')).toMatchObject({
    code: 0,
    out: 'run x.yaml true 127.0.0.1:9443 false',
  });
  expect(await vagus('agent', '--metrics-port', 'off')).toMatchObject({ code: 0, out: 'agent 3333 off ::' });
  expect(await vagus('run', 'x.yaml', '--watch', '--api', 'off')).toMatchObject({
    out: 'run x.yaml false undefined true',
  });
  expect(await vagus('demo', '--orthanc')).toMatchObject({ code: 0, out: 'demo true' });
  expect(await vagus('demo', 'kill', 'ehr1')).toMatchObject({ code: 0, out: 'kill ehr1' });
  expect(await vagus('demo', 'heal')).toMatchObject({ code: 0, out: 'heal undefined' });
});
