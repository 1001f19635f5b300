import { afterAll, expect, test } from 'vitest';
import {
  addWindow,
  appendEvent,
  beginReload,
  clearOverride,
  endReload,
  endReloads,
  eventsAfter,
  hourOf,
  lastEventId,
  maintenanceWindow,
  maintenanceWindows,
  newestEvents,
  notePeaks,
  openWindows,
  overrides,
  peakOf,
  reload,
  reloads,
  runReload,
  setOverride,
  transaction,
  updateWindow,
} from '#store';

import { endPrograms } from '../support/programs.ts';
import { closeStores, codeOf, temporaryStore, value } from './support.ts';

afterAll(async () => {
  closeStores();
  await endPrograms();
});

test('a server has one override, until it is taken back', () => {
  const store = temporaryStore();
  const drain = {
    key: 'p/a',
    backend: 'p',
    server: 'a',
    label: 'portal/a',
    state: 'drain',
    by: 'anna',
    since: 1,
  } as const;
  value(setOverride(store, { ...drain, deadline: 9, window: 3, why: 'new disk' }));
  expect(value(overrides(store))).toEqual([{ ...drain, deadline: 9, window: 3, why: 'new disk' }]);
  value(setOverride(store, { ...drain, state: 'maint' }));
  expect(value(overrides(store))).toMatchObject([{ state: 'maint', deadline: undefined, why: undefined }]);
  expect(value(clearOverride(store, 'p/a'))).toBe(true);
  expect(value(clearOverride(store, 'p/a'))).toBe(false);
  expect(value(overrides(store))).toEqual([]);
});

test('windows are planned, begin, and end', () => {
  const store = temporaryStore();
  const planned = { labels: ['portal/a', 'portal/b'], from: 20, until: 30, by: 'anna', why: 'new disk' };
  expect(value(addWindow(store, planned))).toBe(1);
  expect(value(addWindow(store, { ...planned, from: 10, force: true }))).toBe(2);
  expect(value(maintenanceWindow(store, 2))).toMatchObject({ force: true });
  expect(value(maintenanceWindow(store, 1))).toEqual({ ...planned, id: 1, force: false, state: 'planned' });
  expect(value(openWindows(store)).map(({ id }) => id)).toEqual([2, 1]);
  value(updateWindow(store, 2, { state: 'active' }));
  value(updateWindow(store, 1, { state: 'cancelled' }));
  value(updateWindow(store, 2, { until: 40 }));
  expect(value(openWindows(store))).toMatchObject([{ id: 2, state: 'active', until: 40 }]);
  expect(value(maintenanceWindows(store, 10)).map(({ id }) => id)).toEqual([2, 1]);
  expect(codeOf(updateWindow(store, 7, { state: 'ended' }))).toBe('store-rule');
  expect(codeOf(addWindow(store, { ...planned, until: 20 }))).toBe('store-rule');
});

test('events are read on from where one was, and the newest 10,000 are kept', () => {
  const store = temporaryStore();
  expect(value(lastEventId(store))).toBe(0);
  const event = {
    at: 1,
    kind: 'down',
    tone: 'bad',
    text: 'portal: web1 is down',
    service: 'portal',
    server: 'web1',
  } as const;
  expect(value(appendEvent(store, event))).toBe(1);
  expect(value(eventsAfter(store, 0, 10))).toEqual([{ ...event, id: 1 }]);
  value(
    transaction(store, () => {
      for (let at = 2; at < 10_004; at++) value(appendEvent(store, { at, tone: 'good', text: 'x' }));
      return appendEvent(store, { at: 10_004, tone: 'good', text: 'last' });
    }),
  );
  expect(value(lastEventId(store))).toBe(10_004);
  expect(value(eventsAfter(store, 0, 20_000)).map(({ id }) => id)).toEqual(
    Array.from({ length: 10_000 }, (_, n) => n + 5),
  );
  expect(value(eventsAfter(store, 10_002, 1))).toMatchObject([{ id: 10_003 }]);
  expect(value(newestEvents(store, { limit: 2 })).map(({ id }) => id)).toEqual([10_004, 10_003]);
  expect(value(newestEvents(store, { before: 10_003, limit: 1 })).map(({ id }) => id)).toEqual([10_002]);
});

test('a reload has an identity, and its outcome can be asked for', () => {
  const store = temporaryStore();
  const id = value(beginReload(store, { askedAt: 1, revision: 4 }));
  expect(value(reload(store, id))).toEqual({
    id,
    askedAt: 1,
    endedAt: undefined,
    outcome: 'waiting',
    message: undefined,
    revision: 4,
  });
  value(runReload(store, id));
  expect(value(reload(store, id))?.outcome).toBe('running');
  value(endReload(store, id, { outcome: 'failed', endedAt: 2, message: 'no worker' }));
  expect(value(reload(store, id))).toMatchObject({ outcome: 'failed', endedAt: 2, message: 'no worker' });
  expect(codeOf(endReload(store, id, { outcome: 'done', endedAt: 3 }))).toBe('store-rule');
  const left = value(beginReload(store, { askedAt: 5 }));
  expect(value(endReloads(store, 6, 'the controller was killed'))).toBe(1);
  expect(value(reloads(store, { limit: 10 }))).toMatchObject([{ id: left, outcome: 'failed', endedAt: 6 }, { id }]);
  expect(value(reload(store, 99))).toBeUndefined();
});

test('the peak of a backend is the highest of the hours asked for, and 8 days are kept', () => {
  const store = temporaryStore();
  const hour = hourOf(Date.UTC(2026, 0, 10));
  value(notePeaks(store, hour - 200, [['portal', 99]]));
  value(notePeaks(store, hour - 24, [['portal', 50]]));
  value(
    notePeaks(
      store,
      hour,
      new Map([
        ['portal', 7],
        ['pacs', 3],
      ]),
    ),
  );
  value(notePeaks(store, hour, [['portal', 5]]));
  expect(value(peakOf(store, 'portal', hour))).toEqual({ sessions: 7, hour });
  expect(value(peakOf(store, 'portal', hour - 24))).toEqual({ sessions: 50, hour: hour - 24 });
  expect(value(peakOf(store, 'portal', 0))).toEqual({ sessions: 50, hour: hour - 24 });
  expect(value(peakOf(store, 'hl7', 0))).toBeUndefined();
});
