import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';

import { openFile } from '../../src/relay/journal/open.ts';
import { openStatements, type Statements } from '../../src/relay/journal/statements.ts';
import { type Batch, batchWriter } from '../../src/relay/journal/write.ts';
import { temporaryDirectory } from '../support/programs.ts';
import type { Result } from '#lib';

const HOUR = 3_600_000;

let statements: Statements;

function done<T>(result: Result<T, { readonly message: string }>): T {
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

afterEach(() => statements.close());

/** Opens a journal, and returns what stores messages in it: those of these identities, each for these queues. */
function openWriter() {
  statements = openStatements(done(openFile(join(temporaryDirectory('write'), 'queue.db'))));
  const write = batchWriter(statements);
  return {
    store: (at: number, identities: readonly string[], queues: readonly number[] = [1]) => {
      const incoming = identities.map((identity) => ({ identity: identity.length, frame: 1, keys: ['P'], queues }));
      const bytes = Buffer.from(identities.map((identity) => `${identity}F`).join(''));
      return done(write({ at, reports: [], incoming, bytes }).stored);
    },
    report: (...reports: Batch['reports']) =>
      done(write({ at: 1, reports, incoming: [], bytes: new Uint8Array() }).reported),
  };
}

const count = (table: string): unknown => statements.prepared(`SELECT count(*) AS n FROM ${table}`).get()?.['n'];
const named = (from: string, many: number) => Array.from({ length: many }, (_, index) => `${from}${1000 + index}`);

test('what was stored within the hour is known again; what is older is forgotten little by little', () => {
  const { store } = openWriter();
  expect(store(0, named('A', 200)).flat()).toHaveLength(200);
  expect(store(HOUR, ['A1000', 'A1199', 'B'])).toEqual([[], [], [203]]);
  const later = 2 * HOUR + 1;
  expect(store(later, ['A1100', 'A1100'])).toEqual([[204], []]);
  for (let batch = 0; batch < 20; batch += 1) store(later, [`C${batch}`]);
  expect(count('seen')).toBe(21);
  expect(store(later, ['A1000', 'C0'])).toEqual([[expect.any(Number)], []]);
});

test('ids grow, whatever was removed, and those of a message with several destinations are in a row', () => {
  const { store, report } = openWriter();
  expect(store(0, ['A', 'B'], [1, 2, 3])).toEqual([
    [1, 2, 3],
    [4, 5, 6],
  ]);
  for (const id of [4, 5, 6]) report({ queue: id - 3, id, message: 4, kind: 'done' });
  expect(store(0, ['C'])).toEqual([[7]]);
});

test('a message goes with the last of its deliveries, also of those that were given up', () => {
  const { store, report } = openWriter();
  store(0, ['A'], [1, 2, 3]);
  const entry = (id: number) => ({ queue: id, id, message: 1 });
  report({ ...entry(1), kind: 'dead', attempts: 1, reason: 'AE' });
  report({ ...entry(2), kind: 'done' });
  // What was removed meanwhile is not removed twice.
  report({ ...entry(2), kind: 'done' });
  expect([count('waiting'), count('dead'), count('messages')]).toEqual([1, 1, 1]);
  report({ ...entry(3), kind: 'done' });
  expect([count('waiting'), count('dead'), count('messages'), count('shared')]).toEqual([0, 1, 1, 0]);
});
