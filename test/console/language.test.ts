import { expect, test } from 'vitest';
import { jsonSchema, presets as all, readSpec } from '#spec';

import { helpAt, type Knowledge, proposalsAt } from '../../console/src/pages/spec/language/help.ts';
import { serviceOf } from '../../console/src/pages/spec/language/insert.ts';
import { whereIs } from '../../console/src/pages/spec/language/where.ts';

const presets = all.map(({ name, title, protocol, fields }) => ({
  name,
  title,
  protocol,
  fields: Object.entries(fields).map(([field, { value, why }]) => ({ field, value, why })),
}));
const knowledge: Knowledge = { schema: jsonSchema(), presets };

/** The lines of a text, and the place of the | in it. */
function at(text: string): [lines: readonly string[], line: number, column: number] {
  const lines = text.split('\n');
  const line = lines.findIndex((one) => one.includes('|'));
  const column = lines[line]?.indexOf('|') ?? 0;
  return [lines.map((one) => one.replace('|', '')), line, column];
}

test.each([
  ['si|', { path: [], kind: 'key', typed: 'si' }],
  ['services:\n  pacs:\n    pre|', { path: ['services', 'pacs'], kind: 'key', typed: 'pre' }],
  ['services:\n  pacs:\n    preset: di|', { path: ['services', 'pacs', 'preset'], kind: 'value', typed: 'di' }],
  [
    'services:\n  pacs:\n    preset: dicom\n\n    # why\n    li|',
    { path: ['services', 'pacs'], kind: 'key', typed: 'li' },
  ],
  ['a:\n  b: { c: 1, d|', { path: ['a', 'b'], kind: 'key', typed: 'd' }],
  ['a:\n  b: { c: 1, d: x|', { path: ['a', 'b', 'd'], kind: 'value', typed: 'x' }],
  ['a: [1, {b: 2|', { path: ['a', 'b'], kind: 'value', typed: '2' }],
  ['a:\n  - b: 1\n    c|', { path: ['a'], kind: 'key', typed: 'c' }],
  ['a:\n- b: 1\n- c: |', { path: ['a', 'c'], kind: 'value', typed: '' }],
  ['a:\n  - { b: 1, c|', { path: ['a'], kind: 'key', typed: 'c' }],
  ['a: 1 # b|', undefined],
])('%j is understood while it is written', (text, where) => {
  expect(whereIs(...at(text))).toEqual(where);
});

test('fields are proposed with what they are for, and with what the preset has, and why', () => {
  const found = proposalsAt(knowledge, ...at('services:\n  api:\n    preset: fhir\n    ba|'));
  const balance = found?.proposals.find(({ text }) => text === 'balance');
  expect(found?.typed).toBe('ba');
  expect(balance?.help).toMatch(
    /spread over the servers\.\nWhere nothing is said, fhir has leastconn: Searches differ/,
  );
});

test('values are proposed where they can be listed', () => {
  const texts = (text: string) => proposalsAt(knowledge, ...at(text))?.proposals.map((one) => one.text);
  expect(texts('services:\n  api:\n    preset: |')).toEqual(presets.map(({ name }) => name));
  expect(texts('services:\n  api:\n    balance: le|')).toContain('leastconn');
});

test('a field is explained where somebody points at it, in a pool as in its service', () => {
  const spec = (field: string) => `services:\n  api: { preset: fhir }\n  pacs:\n    preset: dicom\n${field}`;
  expect(helpAt(knowledge, ...at(spec('    check: { interval|: 1s }')))).toMatch(/dicom has/);
  expect(helpAt(knowledge, ...at(spec('    pools:\n      vna:\n        balance|: source')))).toMatch(/dicom has/);
  expect(helpAt(knowledge, ...at(spec('    nonsense|: 1')))).toBeUndefined();
});

test.each(presets)('an inserted service of $name is one that the compiler takes', (preset) => {
  const spec =
    'version: 1\nsite: harbour\ncertificates:\n  site: { file: a.pem }\nservices:\n  old:\n    preset: tcp\n    listen: 10.0.0.1:9\n    servers: { a: 10.0.1.1:9 }\n\n# The end.\n';
  const { at: place, text, name } = serviceOf(preset, spec);
  const written = spec.slice(0, place) + text + spec.slice(place);
  const { problems, value } = readSpec(written, { file: 'x.yaml', directory: '/' });
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  const services = value?.get('services');
  expect(services instanceof Map && [...services.keys()]).toEqual(['old', name]);
});
