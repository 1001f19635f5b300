import { globSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Rendered } from '#engines/haproxy';
import { Secret } from '#lib';
import { judged, rendered } from './support.ts';

// One folder per behaviour: `spec.yaml`, and beside it the files that HAProxy reads. `VAGUS_REWRITE=1` rewrites them.
// What is the same in every configuration stands in one case; certificates and keys stand in none.
const directory = 'test/cases/haproxy';
const SHARED = /^pages\/|\.lua$/;
const WITH_SHARED = 'whole-language';

const cases = readdirSync(directory).sort();

const textsOf = (name: string, { files }: Rendered): Record<string, string> =>
  Object.fromEntries(
    [...files].flatMap(([file, content]) =>
      content instanceof Secret || (SHARED.test(file) && name !== WITH_SHARED) ? [] : [[file, content]],
    ),
  );

const expectedOf = (folder: string): Record<string, string> =>
  Object.fromEntries(
    globSync('**/*.*', { cwd: folder })
      .filter((file) => file !== 'spec.yaml')
      .map((file) => [file, readFileSync(join(folder, file), 'utf8')]),
  );

function rewrite(folder: string, texts: Record<string, string>): void {
  for (const file of Object.keys(expectedOf(folder))) rmSync(join(folder, file));
  for (const [file, text] of Object.entries(texts)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
}

describe(directory, () => {
  test.concurrent.each(cases)('%s', async (name) => {
    const folder = join(directory, name);
    const result = rendered(readFileSync(join(folder, 'spec.yaml'), 'utf8'));
    const texts = textsOf(name, result);
    if (process.env['VAGUS_REWRITE'] === '1') rewrite(folder, texts);
    expect(expectedOf(folder)).toEqual(texts);
    expect(await judged(result)).toEqual([]);
  });
});
