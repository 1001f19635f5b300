import { expect, test } from 'vitest';
import { readRooms, rooms } from './architecture.ts';
import { violation } from './law.ts';
import { importsOf, modulesUnder } from './modules.ts';

test('no import is against the table in ARCHITECTURE.md', () => {
  const modules = modulesUnder(['src', 'console', 'demo', 'bench']);
  const imports = modules.flatMap((file) => importsOf(file));
  // A law that looked at nothing is not kept, only silent.
  expect(modules.length).toBeGreaterThan(10);
  expect(imports.length).toBeGreaterThan(modules.length);
  expect(imports.flatMap((imported) => violation(imported, rooms) ?? [])).toEqual([]);
});

const town = readRooms(`
| room | charter | may import |
|---|---|---|
| \`lib/\` | Small. Pure. | – |
| \`spec/\` | What is asked. Pure. | \`lib\`, \`yaml\` |
| \`system/\` | The machine. | \`lib\`, \`node:*\` |
| \`engines/haproxy/\` | HAProxy. | \`lib\`, \`system\` |
| \`main/\` | Wiring. | every room |

| folder | charter | may import |
|---|---|---|
| \`demo/\` | A stand-in. | \`lib\`, \`node:http\` |
`);

const judge = (file: string, source: string): (string | undefined)[] =>
  importsOf(file, source).map((imported) => violation(imported, town));

test.each([
  ['src/spec/a.ts', "import { ok } from '#lib';"],
  ['src/spec/deep/a.ts', "import { b } from '../b.ts';"],
  ['src/spec/a.ts', "import { parse } from 'yaml';"],
  ['src/spec/a.ts', "import { isIP } from 'node:net';"],
  ['src/system/a.ts', "import { connect } from 'node:net';"],
  ['src/main/a.ts', "import { b } from '#engines/haproxy';"],
  ['demo/a.ts', "import { createServer } from 'node:http';"],
])('%s may say %s', (file, source) => {
  expect(judge(file, source)).toEqual([undefined]);
});

test.each([
  ['a room that the table does not name', 'src/lib/a.ts', "import { b } from '#spec';"],
  ['the same, as a type', 'src/lib/a.ts', "import type { B } from '#spec';"],
  ['the same, inside a type', 'src/lib/a.ts', "type B = import('#spec').B;"],
  ['the same, later', 'src/lib/a.ts', "const b = await import('#spec');"],
  ['the same, passed on', 'src/lib/a.ts', "export { b } from '#spec';"],
  ['the same, all of it', 'src/lib/a.ts', "export * from '#spec';"],
  ['a computed name', 'src/main/a.ts', 'const b = await import(name);'],
  ['past the door', 'src/spec/a.ts', "import { b } from '../lib/b.ts';"],
  ['past the door, deeper', 'src/spec/a.ts', "import { b } from '#lib/b.ts';"],
  ['its own door', 'src/spec/a.ts', "import { b } from '#spec';"],
  ['an unknown room', 'src/main/a.ts', "import { b } from '#attic';"],
  ['a path without .ts', 'src/spec/a.ts', "import { b } from './b';"],
  ['a package of another room', 'src/lib/a.ts', "import { parse } from 'yaml';"],
  ['a part of such a package', 'src/lib/a.ts', "import { parse } from 'yaml/util';"],
  ['the machine, from a pure room', 'src/spec/a.ts', "import { readFileSync } from 'node:fs';"],
  ['sockets, from a pure room', 'src/spec/a.ts', "import { connect, isIP } from 'node:net';"],
  ['everything a harmless builtin has', 'src/spec/a.ts', "import * as net from 'node:net';"],
  ['the machine, past the room for it', 'src/engines/haproxy/a.ts', "import { spawn } from 'node:child_process';"],
  ['anything, from nowhere', 'src/attic/a.ts', "import { ok } from '#lib';"],
])('refused: %s', (_, file, source) => {
  expect(judge(file, source)).toEqual([expect.stringContaining(`${file}:1: imports `)]);
});

test('a refusal names the file, the import, the rule and its reason', () => {
  expect(judge('src/engines/haproxy/a.ts', "\nimport { b } from '#spec';")).toEqual([
    "src/engines/haproxy/a.ts:2: imports '#spec': the table in ARCHITECTURE.md lets engines/haproxy import lib, system",
  ]);
});
