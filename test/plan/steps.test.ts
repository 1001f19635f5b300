import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Desired, serverLabel, stepsBetween } from '#plan';
import { can, desired } from './support.ts';

const BEFORE = `version: 1
site: s
services:
  web:
    preset: http
    listen: 10.0.0.1:80
    servers: { a: 10.0.1.1:80, b: 10.0.1.2:80 }
  pacs:
    preset: dicom
    listen: 10.0.0.1:104
    routes: [{ when: { calledAeTitle: VNA }, pool: vna }]
    pools:
      default: { servers: { pacs1: 10.0.2.1:104 } }
      vna: { servers: { vna1: 10.0.2.2:104 } }
`;

const before = desired(BEFORE);

/** The steps to the same spec with something in it replaced, as text: `change server web/a: weight`. */
function stepsTo(from: string, to: string): readonly string[] {
  expect(BEFORE).toContain(from);
  return stepsBetween(before, desired(BEFORE.replace(from, to)), can).map(
    ({ change, subject, fields }) => `${change} ${subject}${fields.length > 0 ? `: ${fields.join(', ')}` : ''}`,
  );
}

describe('from what is to what must be', () => {
  test('the same: nothing', () => {
    expect(stepsBetween(before, desired(BEFORE), can)).toEqual([]);
  });

  test('the same at other places of the file: nothing', () => {
    expect(stepsBetween(before, desired(`# a comment\n\n${BEFORE}\n`), can)).toEqual([]);
    const servers = '    servers: { a: 10.0.1.1:80, b: 10.0.1.2:80 }';
    expect(stepsTo(servers, '    pools: { default: { servers: { a: 10.0.1.1:80, b: 10.0.1.2:80 } } }')).toEqual([]);
  });

  test.each([
    ['10.0.1.1:80', '{ address: 10.0.1.1:80, weight: 50 }', ['change server web/a: weight']],
    ['10.0.1.1:80', '10.0.1.9:80', ['change server web/a: address']],
    ['a: 10.0.1.1:80, ', '', ['remove server web/a']],
    ['b: 10.0.1.2:80', 'b: 10.0.1.2:80, c: 10.0.1.3:80', ['add server web/c']],
    ['vna1: 10.0.2.2:104', 'vna1: 10.0.2.9:104', ['change server pacs/vna/vna1: address']],
    ['listen: 10.0.0.1:80\n', 'listen: 10.0.0.1:81\n', ['change service web: listen']],
    ['listen: 10.0.0.1:80\n', 'listen: 10.0.0.1:80\n    balance: random\n', ['change pool web/default: balance']],
    [
      'listen: 10.0.0.1:80\n',
      'listen: 10.0.0.1:80\n    limits: { connections: 9 }\n',
      ['change service web: maxConnections'],
    ],
    ['site: s', 'site: t', ['change site: site']],
    ['site: s', 'site: s\ndns: { servers: 10.0.0.53 }', ['change site: dns']],
    ['calledAeTitle: VNA', 'calledAeTitle: VNA2', ['change service pacs: routes']],
  ])('%j instead of %j', (from, to, steps) => {
    expect(stepsTo(from, to)).toEqual(steps);
  });

  test('a service that comes or goes brings its pools and servers', () => {
    const only = desired(BEFORE.slice(0, BEFORE.indexOf('  pacs:')));
    const subjects = [
      'service pacs',
      'pool pacs/default',
      'server pacs/pacs1',
      'pool pacs/vna',
      'server pacs/vna/vna1',
    ];
    const inWords = (from: Desired, to: Desired): readonly string[] =>
      stepsBetween(from, to, can)
        .map(({ change, subject }) => `${change} ${subject}`)
        .toSorted();
    expect(inWords(only, before)).toEqual(subjects.map((subject) => `add ${subject}`).toSorted());
    expect(inWords(before, only)).toEqual(subjects.map((subject) => `remove ${subject}`).toSorted());
  });

  test('a file with other content under the same name', () => {
    const file = (digest: string): Desired => ({
      ...before,
      files: [{ name: 'tls/a.pem', path: [], content: { reveal: () => '' } as never, digest }],
    });
    expect(stepsBetween(file('1'), file('2'), can)).toMatchObject([
      { change: 'change', subject: 'file tls/a.pem', fields: ['content'] },
    ]);
    expect(stepsBetween(file('1'), file('1'), can)).toEqual([]);
  });

  test('where nothing runs, everything is started; where something runs, it is reloaded', () => {
    const steps = stepsBetween(undefined, before, can);
    expect(new Set(steps.map(({ how, change }) => `${how} ${change}`))).toEqual(new Set(['start add']));
    expect(steps.map(({ subject }) => subject)).toEqual(
      expect.arrayContaining(['site', 'service web', 'pool pacs/vna', 'server pacs/vna/vna1']),
    );
    expect(stepsBetween(before, desired(BEFORE.replace('weight', 'weight')), can)).toEqual([]);
    const [step] = stepsBetween(before, { ...before, dns: [{ host: '10.0.0.53', port: 53 }] }, can);
    expect(step).toMatchObject({ engine: 'haproxy', how: 'reload' });
  });
});

test('what was written down compares equal to what it was, though its secrets are masked', () => {
  const text = readFileSync('test/cases/haproxy/whole-language/spec.yaml', 'utf8').replaceAll(
    /, tls: \{ verify.*? \}/g,
    '',
  );
  const withoutFiles = text
    .replaceAll(/^.*(certificate|file:|clients).*$/gm, '')
    .replaceAll('preset: ehr-web', 'preset: ehr-web\n    tls: none')
    .replaceAll('preset: fhir', 'preset: fhir\n    tls: none')
    .replaceAll('preset: dicom-tls', 'preset: dicom-tls\n    tls: none');
  const wanted = desired(withoutFiles);
  const remembered = JSON.parse(JSON.stringify(wanted)) as Desired;
  expect(stepsBetween(remembered, wanted, can)).toEqual([]);
  expect(stepsBetween(wanted, remembered, can)).toEqual([]);
});

test('a server is called by its service, and by its pool where there are several', () => {
  expect(serverLabel({ service: 'pacs', pool: 'default' }, 'pacs1')).toBe('pacs/pacs1');
  expect(serverLabel({ service: 'pacs', pool: 'vna' }, 'vna1')).toBe('pacs/vna/vna1');
});
