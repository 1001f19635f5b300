import { globSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { rooms } from './architecture.ts';
import { roomOf } from './law.ts';
import { modulesUnder, parse } from './modules.ts';

const inSrc = rooms.filter((room) => room.folder.startsWith('src/'));
/** Three rooms are started, not entered. */
const withDoor = rooms.filter(({ name }) => !['main', 'console', 'bench'].includes(name));

test('every folder that holds code is a room of ARCHITECTURE.md, and every room is there', () => {
  const folders = new Set(modulesUnder(['src']).map((file) => roomOf(file, rooms)?.folder ?? dirname(file)));
  expect([...folders].toSorted()).toEqual(inSrc.map((room) => room.folder).toSorted());
});

test('the doors that Node and the compiler know are those of the rooms', () => {
  const { imports } = JSON.parse(readFileSync('package.json', 'utf8')) as { imports: Record<string, string> };
  const doors = withDoor.map(({ name, folder }) => [`#${name}`, `./${folder}/index.ts`]);
  expect(imports).toEqual(Object.fromEntries(doors));
});

test.each(inSrc)('the README of $folder begins with its charter, as ARCHITECTURE.md has it', ({ folder, charter }) => {
  expect(readFileSync(`${folder}/README.md`, 'utf8').split('\n')[0]).toBe(charter);
});

test.each(withDoor)('the door of $folder only exports what its files make', ({ folder }) => {
  const other = parse(`${folder}/index.ts`).program.body.filter(
    (statement) =>
      statement.type !== 'ExportAllDeclaration' && !(statement.type === 'ExportNamedDeclaration' && statement.source),
  );
  expect(other.map((statement) => statement.type)).toEqual([]);
});

test('tests lie where the code they test lies', () => {
  const places = new Set([
    ...rooms.map((room) => room.folder.replace(/^src\//, '')),
    'tools',
    'law',
    'cases',
    'journeys',
    'support',
  ]);
  const strays = globSync('test/**/*.ts').filter(
    (file) => ![...places].some((place) => file.startsWith(`test/${place}/`)),
  );
  expect(strays).toEqual([]);
});
