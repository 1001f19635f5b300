import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { documentedErrors, errorsPage } from '../../tools/errors.ts';
import { modulesUnder } from './modules.ts';

const errors = documentedErrors();

test('every code is two words or more, in kebab case', () => {
  expect(errors.length).toBeGreaterThan(10);
  expect(errors.filter(({ code }) => !/^[a-z0-9]+(-[a-z0-9]+)+$/.test(code))).toEqual([]);
});

test('no two errors share a code', () => {
  const codes = errors.map(({ code }) => code);
  expect(codes.filter((code, index) => codes.indexOf(code) !== index)).toEqual([]);
});

test('errors are made from a table in the errors.ts of their room', () => {
  const makers = modulesUnder(['src']).filter((file) => /\bfaultsOf\(|new Fault\(/.test(readFileSync(file, 'utf8')));
  expect(makers.filter((file) => !file.endsWith('/errors.ts') && file !== 'src/lib/fault.ts')).toEqual([]);
});

test('docs/errors.md has every code as the code has it (make docs)', () => {
  expect(readFileSync('docs/errors.md', 'utf8')).toBe(errorsPage(errors));
});
