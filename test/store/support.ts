import { join } from 'node:path';
import { type Fault, ok, type Result } from '#lib';
import { closeStore, openStore, type Store, transaction } from '#store';

import { temporaryDirectory } from '../support/programs.ts';

const opened: Store[] = [];

/** A store of its own for one test. */
export function temporaryStore(): Store {
  const store = value(openStore(join(temporaryDirectory('store'), 'vagus.db')));
  opened.push(store);
  return store;
}

/** For `afterAll`, before `endPrograms`. */
export const closeStores = (): void => opened.splice(0).forEach(closeStore);

/** What a result holds; throws its error. */
export function value<T>(result: Result<T, Fault>): T {
  if (!result.ok) throw result.error;
  return result.value;
}

/** Does many writes as one, which waits for the disk once. */
export const together = (store: Store, act: () => void): void => value(transaction(store, () => ok(act())));

/** The code of a refused result; `ok` where it was not refused. */
export const codeOf = (result: Result<unknown, Fault>): string => (result.ok ? 'ok' : result.error.code);

/** The number at which a test begins to count time. */
export const NOON = Date.UTC(2026, 0, 1, 12);
