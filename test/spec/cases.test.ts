import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { formatProblem, problemKinds, readSpec } from '#spec';

// One folder per behaviour: `spec.yaml`, and beside it the problems it has, one per line. `VAGUS_REWRITE=1` rewrites them.
const directory = new URL('../cases/spec/', import.meta.url);
const cases = readdirSync(directory).sort();

const problemsOf = (name: string): string => {
  const { spec, problems } = readSpec(readFileSync(new URL(`${name}/spec.yaml`, directory), 'utf8'), {
    file: 'spec.yaml',
    directory: '/etc/vagus',
  });
  expect(spec === undefined).toBe(problems.some(({ severity }) => severity === 'error'));
  return problems.map((problem) => `${formatProblem(problem)}\n`).join('');
};

describe('test/cases/spec', () => {
  test.each(cases)('%s', (name) => {
    const found = problemsOf(name);
    const expected = new URL(`${name}/problems.txt`, directory);
    if (process.env['VAGUS_REWRITE'] === '1') writeFileSync(expected, found);
    expect(existsSync(expected) ? readFileSync(expected, 'utf8') : undefined).toBe(found);
  });

  test('twenty mistakes are twenty errors', () => {
    const lines = problemsOf('twenty-mistakes').trimEnd().split('\n');
    expect(lines).toHaveLength(20);
    expect(lines.filter((line) => line.includes(' warning: '))).toEqual([]);
  });

  test('every code has a case', () => {
    const all = cases.map(problemsOf).join('');
    expect(Object.keys(problemKinds).filter((code) => !all.includes(`[${code}]`))).toEqual([]);
  });
});
