import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest';
import { digestOfText } from '#apply';
import { beginRevision, endRevision, markRevision, type Store } from '#store';

import { readSpecFile, type SpecFileWatch, watchSpecFile } from '../../src/main/spec-file.ts';
import { closeStores, codeOf, temporaryStore, value } from '../store/support.ts';
import { endPrograms, temporaryDirectory } from '../support/programs.ts';

let store: Store;
let file: string;
let edits: number;
let watch: SpecFileWatch;

beforeEach(() => {
  vi.useFakeTimers();
  store = temporaryStore();
  file = join(temporaryDirectory('spec-file'), 'site.yaml');
  edits = 0;
  write('site: one\n');
  take('site: one\n');
  watch = watchSpecFile(store, file, () => void (edits += 1));
});

afterEach(() => {
  watch.close();
  vi.useRealTimers();
});

afterAll(async () => {
  closeStores();
  await endPrograms();
});

const write = (text: string): void => writeFileSync(file, text);
const seconds = (count: number): void => void vi.advanceTimersByTime(count * 1_000);

/** Notes that a text was taken from the file and put in force. */
function take(text: string, from = file): number {
  const made = { at: 1, by: 'anna', origin: 'file' as const, file: from, text, fileDigest: digestOfText(text) };
  const number = value(beginRevision(store, made));
  value(endRevision(store, number, { state: 'applied' }));
  return number;
}

test('a file that says what was taken from it is not edited', () => {
  seconds(10);
  expect([watch.isEdited(), edits]).toEqual([false, 0]);
});

test('an edit is reported once', () => {
  write('site: two\n');
  expect(watch.isEdited()).toBe(true);
  seconds(10);
  expect(edits).toBe(1);
  write('site: three\n');
  seconds(10);
  expect(edits).toBe(2);
});

test('what is being written is not reported before it is there', () => {
  for (const text of ['site: tw', 'site: two', 'site: two\nserv', 'site: two\nservices: {}\n']) {
    write(text);
    seconds(1);
  }
  expect(edits).toBe(0);
  seconds(2);
  expect(edits).toBe(1);
});

test('what was taken meanwhile is no edit', () => {
  write('site: two\n');
  take('site: two\n');
  seconds(10);
  expect([watch.isEdited(), edits]).toEqual([false, 0]);
});

test('back and forth are edits; back to what is in force is none', () => {
  write('site: two\n');
  seconds(3);
  write('site: one\n');
  seconds(3);
  expect([watch.isEdited(), edits]).toEqual([false, 1]);
  write('site: two\n');
  seconds(3);
  expect(edits).toBe(2);
});

test('a file that is gone for a moment is none', () => {
  rmSync(file);
  seconds(3);
  expect([watch.isEdited(), edits]).toEqual([false, 0]);
  expect(codeOf(readSpecFile(store, file))).not.toBe('ok');
  write('site: one\n');
  seconds(3);
  expect(edits).toBe(0);
});

test('what was taken and taken back again is not taken anew', () => {
  write('site: two\n');
  value(markRevision(store, take('site: two\n'), 'undone'));
  seconds(3);
  expect([watch.isEdited(), edits]).toEqual([false, 0]);
});

test('what another file said is of no account', () => {
  write('site: two\n');
  take('site: two\n', '/elsewhere/site.yaml');
  expect(watch.isEdited()).toBe(true);
});

test('nothing is reported once it is closed', () => {
  watch.close();
  write('site: two\n');
  seconds(10);
  expect(edits).toBe(0);
});
