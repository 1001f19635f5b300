import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { createFeed } from '#observe';
import { closeStore, openStore, type Store } from '#store';

import { endPrograms, temporaryDirectory } from '../support/programs.ts';

afterAll(endPrograms);

function open(): Store {
  const opened = openStore(join(temporaryDirectory('feed'), 'vagus.db'));
  if (!opened.ok) throw opened.error;
  return opened.value;
}

test('an event is kept, told to who listens, and found again by its id', () => {
  const store = open();
  const feed = createFeed(store, () => 7);
  expect(feed.last()).toEqual({ ok: true, value: 0 });
  let told = 0;
  const leave = feed.subscribe(() => {
    told += 1;
  });
  const event = { kind: undefined, tone: 'bad', text: 'pacs/pacs1 is DOWN', service: 'pacs', server: 'pacs1' } as const;
  expect(feed.publish(event)).toEqual({ ok: true, value: { ...event, id: 1, at: 7 } });
  leave();
  feed.publish({ ...event, text: 'pacs/pacs1 is up' });
  expect(told).toBe(1);
  expect(feed.last()).toEqual({ ok: true, value: 2 });
  expect(feed.after(1, 10)).toMatchObject({
    ok: true,
    value: [{ id: 2, at: 7, text: 'pacs/pacs1 is up', service: 'pacs' }],
  });
  closeStore(store);
});

test('an event that cannot be kept is told to nobody', () => {
  const store = open();
  const feed = createFeed(store, () => 7);
  let told = 0;
  feed.subscribe(() => {
    told += 1;
  });
  store.database.exec('PRAGMA query_only = ON');
  expect(feed.publish({ tone: 'good', text: 'no' }).ok).toBe(false);
  expect(told).toBe(0);
  closeStore(store);
});
