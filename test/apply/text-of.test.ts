import { afterAll, expect, test } from 'vitest';
import { valueOf } from '#spec';
import { beginRevision, endRevision } from '#store';

import { textOf } from '../../src/apply/text-of.ts';
import { closeStores, codeOf, temporaryStore, value } from '../store/support.ts';
import { endPrograms } from '../support/programs.ts';

afterAll(async () => {
  closeStores();
  await endPrograms();
});

const TEXT = `site: harbour # ours
services:
  pacs: { servers: { pacs1: 10.0.2.11:104 } }
`;
const patch = (servers: object) => ({ services: { pacs: { servers } } });

test('the text of a revision is the whole one that it rests on, and each patch laid over it', () => {
  const store = temporaryStore();
  const begin = (made: object): number => {
    const number = value(beginRevision(store, { at: 1, by: 'anna', origin: 'api', ...made }));
    value(endRevision(store, number, { state: 'applied' }));
    return number;
  };
  const whole = begin({ text: TEXT });
  const first = begin({ parent: whole, patch: patch({ pacs2: '10.0.2.12:104' }) });
  const second = begin({ parent: first, patch: patch({ pacs1: { weight: 50 } }) });
  const anew = begin({ parent: second, text: 'site: inland\n' });
  const last = begin({ parent: anew, patch: { site: null } });

  expect(value(textOf(store, whole))).toBe(TEXT);
  expect(value(textOf(store, second))).toBe(
    TEXT.replace('{ pacs1: 10.0.2.11:104 }', '{ pacs1: { address: 10.0.2.11:104, weight: 50 }, pacs2: 10.0.2.12:104 }'),
  );
  expect(value(textOf(store, first))).toContain('# ours');
  expect(valueOf(value(textOf(store, last)))).toEqual(new Map());
  expect(codeOf(textOf(store, 99))).toBe('apply-no-revision');
});
