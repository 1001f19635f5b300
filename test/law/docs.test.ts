import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { readSpec } from '#spec';

const OURS = { exclude: (path: string): boolean => /(^|\/)(node_modules|\.git|\.tools|coverage)$/.test(path) };
const texts = globSync(['**/*', '.*', '.ci/*'], OURS).filter(
  (file) =>
    /(^|\/)(Makefile|run|bootstrap|vagus|\..*|.*\.(md|ts|js|json|ya?ml|sh|cfg|lua|svg))$/.test(file) && isFile(file),
);
const pages = texts.filter((file) => file.endsWith('.md'));

function isFile(path: string): boolean {
  return existsSync(path) && !existsSync(`${path}/.`);
}

// The brackets keep this file from naming what it forbids.
const OF_ONE_PLACE: readonly (readonly [RegExp, string])[] = [
  [/\/w[o]rk\/|\/h[o]me\/[a-z]+\/|\/f[a]rm\//, 'a folder of somebody’s machine'],
  [/registry\.n[p]mjs|deb\.d[e]bian\.org|n[p]m\.pkg/, 'a registry: which one to ask is the user’s setting'],
  [/\bT[O]DO\b|\bF[I]XME\b/, 'a promise; open an issue instead'],
];

test('the project speaks of itself, not of where it was made', () => {
  expect(texts.length).toBeGreaterThan(30);
  const found = texts.flatMap((file) => {
    const text = readFileSync(file, 'utf8');
    return OF_ONE_PLACE.filter(([pattern]) => pattern.test(text)).map(([, what]) => `${file} names ${what}`);
  });
  expect(found).toEqual([]);
});

test('links between pages lead somewhere', () => {
  const dead = pages.flatMap((page) =>
    [...readFileSync(page, 'utf8').matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)/g)]
      .map(([, target = '']) => join(dirname(page), target))
      .filter((target) => !existsSync(target))
      .map((target) => `${page} links to ${target}`),
  );
  expect(dead).toEqual([]);
});

test('every `make` the pages speak of is a target', () => {
  const targets = new Set([...readFileSync('Makefile', 'utf8').matchAll(/^([a-z-]+):/gm)].map(([, name]) => name));
  const spoken = pages.flatMap((page) =>
    [...readFileSync(page, 'utf8').matchAll(/`make ([a-z-]+)`/g)].map(([, name]) => name),
  );
  expect(spoken.filter((name) => !targets.has(name))).toEqual([]);
});

test('every spec in the pages is one that could be applied', () => {
  const specs = pages.flatMap((page) =>
    [...readFileSync(page, 'utf8').matchAll(/^```yaml\n(version:[^]*?)^```/gm)].map(([, text = '']) => ({
      page,
      text,
    })),
  );
  expect(specs.length).toBeGreaterThan(0);
  for (const { page, text } of specs) {
    expect(readSpec(text, { file: page, directory: '/etc/vagus' }).problems, page).toEqual([]);
  }
});

test('the change log has the version of package.json', () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  expect(readFileSync('CHANGELOG.md', 'utf8')).toContain(`
## ${version} `);
});

test('decisions are numbered without a gap and say what was decided, and why', () => {
  const records = globSync('docs/adr/*.md').toSorted();
  expect(records.map((file) => file.slice('docs/adr/'.length, 'docs/adr/'.length + 4))).toEqual(
    records.map((_, index) => String(index + 1).padStart(4, '0')),
  );
  for (const file of records) {
    const text = readFileSync(file, 'utf8');
    expect(text, file).toMatch(/^# \d{4} /);
    expect(text, file).toMatch(/^## Why$/m);
  }
});
