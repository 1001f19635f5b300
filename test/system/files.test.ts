import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeTree } from '#system';

let root: string;
const path = (...names: readonly string[]): string => join(root, ...names);

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'vagus-files-'));
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

test('a tree of files is written; what says the same elsewhere is not written again', () => {
  const old = new Map([
    ['haproxy.cfg', 'one'],
    ['tls/portal.pem', 'key'],
  ]);
  expect(writeTree(path('old'), old, path('nowhere'))).toEqual({ ok: true, value: undefined });
  const next = new Map([...old, ['haproxy.cfg', 'two'], ['lists/pacs.sources', '10.0.0.0/8\n']]);
  expect(writeTree(path('next'), next, path('old'))).toEqual({ ok: true, value: undefined });

  for (const [name, content] of old) expect(readFileSync(path('old', name), 'utf8')).toBe(content);
  for (const [name, content] of next) expect(readFileSync(path('next', name), 'utf8')).toBe(content);
  const inode = (...names: readonly string[]): number => statSync(path(...names)).ino;
  expect(inode('next', 'tls/portal.pem')).toBe(inode('old', 'tls/portal.pem'));
  expect(inode('next', 'haproxy.cfg')).not.toBe(inode('old', 'haproxy.cfg'));
  expect(statSync(path('next', 'tls/portal.pem')).mode & 0o777).toBe(0o600);
  expect(statSync(path('next')).mode & 0o777).toBe(0o700);
});

test('a tree that cannot be written is a fault that says where', () => {
  writeFileSync(path('file'), '');
  const written = writeTree(path('file', 'below'), new Map([['a', 'b']]), path('old'));
  expect(written.ok ? '' : written.error.message).toContain(path('file', 'below'));
});
