import * as fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import {
  beginRevision,
  currentRevision,
  endRevision,
  lastTakenFromFile,
  markRevision,
  type NewRevision,
  pruneRevisions,
  revision,
  revisionChain,
  revisions,
  type RevisionEnd,
  setConfiguration,
  type Store,
  unfinishedRevisions,
} from '#store';

import { endPrograms } from '../support/programs.ts';
import { closeStores, codeOf, temporaryStore, together, value } from './support.ts';

afterAll(async () => {
  closeStores();
  await endPrograms();
});

type Made = Partial<NewRevision> & { readonly state?: RevisionEnd['state'] | 'applying' };

function make(store: Store, { state = 'applied', ...made }: Made): number {
  const whole = made.patch === undefined ? { text: 'version: 1' } : {};
  const number = value(beginRevision(store, { at: 1, by: 'anna', origin: 'api', ...whole, ...made }));
  if (state !== 'applying') value(endRevision(store, number, { state }));
  return number;
}

const patch = (parent: number, state?: Made['state']): Made => ({
  origin: 'patch',
  parent,
  patch: { services: null },
  ...(state && { state }),
});

const numbers = (found: readonly { readonly number: number }[]): readonly number[] => found.map(({ number }) => number);

test('a revision comes back as it was made and ended', () => {
  const store = temporaryStore();
  const made = {
    at: 5,
    by: 'anna',
    why: 'new archive',
    origin: 'file',
    file: '/etc/a.yaml',
    fileDigest: 'd',
    text: 'version: 1',
  } as const;
  const number = value(beginRevision(store, made));
  expect(value(revision(store, number))).toMatchObject({
    ...made,
    number: 1,
    state: 'applying',
    parent: undefined,
    whole: true,
  });
  const end = {
    state: 'unconfirmed',
    how: 'reload',
    detail: { steps: [1] },
    configuration: 'abc',
    confirmBy: 99,
  } as const;
  value(endRevision(store, number, end));
  expect(value(revision(store, number))).toMatchObject({ ...made, ...end, reason: undefined, patch: undefined });
  value(setConfiguration(store, number, 'def'));
  value(markRevision(store, number, 'undone', 'not confirmed'));
  expect(value(revision(store, number))).toMatchObject({
    state: 'undone',
    configuration: 'def',
    reason: 'not confirmed',
  });
  expect(value(revision(store, 2))).toBeUndefined();
});

test('the current revision is the newest one in force', () => {
  const store = temporaryStore();
  const current = () => value(currentRevision(store))?.number;
  expect(current()).toBeUndefined();
  make(store, {});
  make(store, { state: 'watching' });
  make(store, { state: 'failed' });
  make(store, { state: 'applying' });
  expect(current()).toBe(2);
  value(markRevision(store, 2, 'undone', 'servers went down'));
  expect(current()).toBe(1);
  expect(numbers(value(unfinishedRevisions(store)))).toEqual([4]);
});

test('a revision that has ended does not end again, and one that is not there not at all', () => {
  const store = temporaryStore();
  make(store, {});
  expect(codeOf(endRevision(store, 1, { state: 'failed' }))).toBe('store-rule');
  expect(codeOf(endRevision(store, 2, { state: 'failed' }))).toBe('store-rule');
  expect(codeOf(markRevision(store, 2, 'undone'))).toBe('store-rule');
});

test('a revision says something: a text, or a patch on another', () => {
  const store = temporaryStore();
  const made = { at: 1, by: 'anna', origin: 'api' } as const;
  expect(codeOf(beginRevision(store, made))).toBe('store-rule');
  expect(codeOf(beginRevision(store, { ...made, patch: {} }))).toBe('store-rule');
});

test('revisions are listed from the newest, a page at a time', () => {
  const store = temporaryStore();
  for (let n = 0; n < 5; n++) make(store, {});
  expect(numbers(value(revisions(store, { limit: 2 })))).toEqual([5, 4]);
  expect(numbers(value(revisions(store, { before: 4, limit: 10 })))).toEqual([3, 2, 1]);
});

test('what was last taken from a file is found, whatever came after', () => {
  const store = temporaryStore();
  make(store, { origin: 'file', file: '/a' });
  make(store, { origin: 'file', file: '/a', text: 'second' });
  make(store, { origin: 'file', file: '/a', state: 'failed' });
  make(store, { origin: 'api', file: '/a' });
  make(store, { origin: 'file', file: '/b' });
  expect(value(lastTakenFromFile(store, '/a'))).toMatchObject({ number: 2, text: 'second' });
  expect(value(lastTakenFromFile(store, '/c'))).toBeUndefined();
});

describe('a patch', () => {
  test('rests on the whole text below it', () => {
    const store = temporaryStore();
    make(store, {});
    make(store, {});
    make(store, patch(2));
    make(store, { state: 'failed' });
    make(store, patch(3));
    expect(numbers(value(revisionChain(store, 5)))).toEqual([2, 3, 5]);
    expect(value(revisionChain(store, 5)).at(-1)?.patch).toEqual({ services: null });
    expect(numbers(value(revisionChain(store, 2)))).toEqual([2]);
    expect(value(revisionChain(store, 9))).toEqual([]);
  });

  test('never loses what it rests on, whatever is forgotten', () => {
    const step = fc.record({
      kind: fc.constantFrom('text', 'patch'),
      state: fc.constantFrom('applied', 'watching', 'failed', 'applying'),
      file: fc.constantFrom(undefined, '/a'),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 15 }), fc.integer({ min: 0, max: 6 }), (steps, keep) => {
        const store = temporaryStore();
        let good: number | undefined;
        together(store, () => {
          for (const { kind, state, file } of steps) {
            const origin = file === undefined ? {} : ({ file, origin: 'file' } as const);
            const made = kind === 'patch' && good !== undefined ? patch(good, state) : { state, ...origin };
            const number = make(store, made);
            if (state === 'applied' || state === 'watching') good = number;
          }
        });
        const before = value(revisions(store, { limit: 100 }));
        const current = value(currentRevision(store));
        const fromFile = value(lastTakenFromFile(store, '/a'));
        const forgotten = value(pruneRevisions(store, keep));
        const after = value(revisions(store, { limit: 100 }));
        expect(after).toHaveLength(before.length - forgotten);
        expect(after.slice(0, keep)).toEqual(before.slice(0, keep));
        expect(value(currentRevision(store))).toEqual(current);
        expect(value(lastTakenFromFile(store, '/a'))).toEqual(fromFile);
        for (const { number } of after)
          expect(value(revisionChain(store, number))[0]?.whole, String(number)).toBe(true);
      }),
      { numRuns: 60 },
    );
  }, 60_000);
});

test('old revisions are forgotten, and their numbers never used again', () => {
  const store = temporaryStore();
  for (let n = 0; n < 10; n++) make(store, {});
  expect(value(pruneRevisions(store, 3))).toBe(7);
  expect(numbers(value(revisions(store, { limit: 100 })))).toEqual([10, 9, 8]);
  expect(make(store, {})).toBe(11);
});
