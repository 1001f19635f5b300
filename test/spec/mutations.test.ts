import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Document, isMap, isScalar, isSeq, parseDocument } from 'yaml';
import { formatProblem, readSpec, type Path, type Problem, type Reading } from '#spec';

const source = readFileSync(new URL('../cases/spec/whole-language/spec.yaml', import.meta.url), 'utf8');
const where = { file: 'spec.yaml', directory: '/etc/vagus' };

const read = (text: string): Reading => readSpec(text, where);

const example = parseDocument(source);

/** Every place of the example, from the root down. */
const places: readonly Path[] = placesIn(example.contents, []);

function placesIn(node: unknown, path: Path): Path[] {
  const children: Path[] = [];
  if (isMap(node)) {
    for (const { key, value } of node.items)
      children.push(...placesIn(value, [...path, isScalar(key) ? String(key.value) : '']));
  } else if (isSeq(node)) {
    for (const [index, item] of node.items.entries()) children.push(...placesIn(item, [...path, index]));
  }
  return [path, ...children];
}

const place = fc.constantFrom(...places.slice(1));

function mutated(change: (document: Document) => void): string {
  const document = example.clone() as Document;
  change(document);
  return document.toString();
}

const errorsOf = ({ problems }: Reading): Problem[] => problems.filter(({ severity }) => severity === 'error');

const startsWith = (path: Path, prefix: Path): boolean => prefix.every((step, index) => path[index] === step);

const within = (problem: Problem, path: Path): boolean => startsWith(problem.path, path);

/** At the place, above it, or beside it in the same service. */
const around = (problem: Problem, path: Path): boolean =>
  startsWith(problem.path, path) || startsWith(path, problem.path) || startsWith(problem.path, path.slice(0, 2));

/** Errors at a place that names, or shares, something that stands elsewhere. */
const RELATIONS: ReadonlySet<string> = new Set([
  'unknown-certificate',
  'unknown-service',
  'unknown-pool',
  'follow-server-missing',
  'follow-loop',
  'needs-certificate',
  'listen-taken',
]);

const isExplained = (reading: Reading, path: Path): boolean => {
  const errors = errorsOf(reading);
  return errors.length === 0
    ? reading.spec !== undefined
    : errors.some((error) => around(error, path) || RELATIONS.has(error.code));
};

const anyValue = fc.oneof(
  fc.string(),
  fc.integer({ min: -5, max: 100_000 }),
  fc.boolean(),
  fc.constant(null),
  fc.constantFrom('none', '5s', '10.0.0.1:80', 'http', 'portal', 'A\nB', '::'),
  fc.array(fc.string(), { maxLength: 3 }),
  fc.dictionary(fc.string(), fc.string(), { maxKeys: 3 }),
);

describe('a changed spec', () => {
  test('with a map that means nothing somewhere: an error inside it, and none that is unrelated', () => {
    fc.assert(
      fc.property(place, (path) => {
        const reading = read(
          mutated((document) => document.setIn(path, document.createNode({ 'No such field': [[]] }))),
        );
        expect(errorsOf(reading).filter((error) => within(error, path))).not.toEqual([]);
        expect(errorsOf(reading).filter((error) => !around(error, path) && !RELATIONS.has(error.code))).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  test('with any value anywhere: valid, or an error in that place, above it, in its service, or where it is referred to', () => {
    fc.assert(
      fc.property(place, anyValue, (path, value) => {
        expect(isExplained(read(mutated((document) => document.setIn(path, document.createNode(value)))), path)).toBe(
          true,
        );
      }),
      { numRuns: 100 },
    );
  });

  test('without any of its parts: the same', () => {
    fc.assert(
      fc.property(place, (path) => {
        expect(isExplained(read(mutated((document) => document.deleteIn(path))), path)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  test('with a key renamed: the same', () => {
    const keyed = places.filter((path) => path.length > 0 && typeof path.at(-1) === 'string');
    fc.assert(
      fc.property(fc.constantFrom(...keyed), fc.string({ minLength: 1 }), (path, key) => {
        const renamed = mutated((document) => {
          const parent = document.getIn(path.slice(0, -1), true);
          if (!isMap(parent)) return;
          const pair = parent.items.find((item) => isScalar(item.key) && item.key.value === path.at(-1));
          if (pair) pair.key = document.createNode(key);
        });
        expect(isExplained(read(renamed), [...path.slice(0, -1), key])).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  test('with a key twice: exactly that is told', () => {
    const keyed = places.filter((path) => typeof path.at(-1) === 'string');
    fc.assert(
      fc.property(fc.constantFrom(...keyed), (path) => {
        const doubled = mutated((document) => {
          const parent = document.getIn(path.slice(0, -1), true);
          if (!isMap(parent)) return;
          const pair = parent.items.find((item) => isScalar(item.key) && item.key.value === path.at(-1));
          if (pair) parent.items.push(pair);
        });
        expect(errorsOf(read(doubled)).map(({ code, path: at }) => ({ code, path: at }))).toEqual([
          { code: 'duplicate-key', path },
        ]);
      }),
      { numRuns: 40 },
    );
  });

  test('the position of an error is the position of its path, and inside the file', () => {
    fc.assert(
      fc.property(place, anyValue, (path, value) => {
        const text = mutated((document) => document.setIn(path, document.createNode(value)));
        const lines = text.split('\n');
        for (const { location } of read(text).problems) {
          expect(location.line).toBeLessThanOrEqual(lines.length);
          expect(location.column).toBeLessThanOrEqual((lines[location.line - 1] ?? '').length + 1);
        }
      }),
      { numRuns: 50 },
    );
  });
});

const check = (text: string): void => {
  const reading = read(text);
  const { spec, problems } = reading;
  expect(spec === undefined).toBe(problems.some(({ severity }) => severity === 'error'));
  for (const problem of problems) {
    expect(formatProblem(problem)).toMatch(/^spec\.yaml:\d+:\d+: [^\p{Cc}]+ \[[a-z0-9-]+\]$/u);
    reading.locate(problem.path);
  }
};

describe('any text', () => {
  test('never throws and never breaks a line of the report', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), check), { numRuns: 500 });
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'a:- \n[]{},&*!|>"\'%@`#?1~'.split('')), maxLength: 80 }),
        check,
      ),
      {
        numRuns: 1_000,
      },
    );
  });

  test('cut or damaged at any place', () => {
    const position = fc.nat({ max: source.length });
    fc.assert(
      fc.property(position, (at) => check(source.slice(0, at))),
      { numRuns: 60 },
    );
    fc.assert(
      fc.property(position, fc.string({ minLength: 1, maxLength: 3 }), (at, noise) =>
        check(source.slice(0, at) + noise + source.slice(at)),
      ),
      { numRuns: 50 },
    );
  });

  test.each([
    ['deep nesting', '['.repeat(20_000)],
    ['deep maps', `version: ${'{a: '.repeat(5_000)}1${'}'.repeat(5_000)}`],
    ['aliases of aliases', `a: &a [1,1,1,1,1,1,1,1,1,1]\n${bombs()}`],
    ['an anchor in itself', 'services: &a { b: *a }'],
  ])('%s', (_, text) => check(text));
});

function bombs(): string {
  const letters = 'abcdefghij'.split('');
  return letters
    .slice(1)
    .map(
      (letter, index) => `${letter}: &${letter} [${Array.from({ length: 10 }, () => `*${letters[index]}`).join(', ')}]`,
    )
    .join('\n');
}
