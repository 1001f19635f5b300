import { afterAll, beforeEach, expect, test } from 'vitest';
import type { Capacity, Machine } from '#apply';
import { type Fault, type Result, err, ok } from '#lib';
import { auditEntries, maintenanceWindow, overrides, setOverride, type Store } from '#store';

import { type Calendar, openCalendar } from '../../src/apply/calendar.ts';
import type { Place } from '../../src/apply/places.ts';
import { anything } from '../api/support.ts';
import { desired } from '../plan/support.ts';
import { closeStores, codeOf, NOON, temporaryStore, value } from '../store/support.ts';
import { endPrograms } from '../support/programs.ts';

const SITE = `version: 1
site: harbour
services:
  pacs: { preset: dicom, listen: 10.0.0.1:104, servers: { pacs1: 10.0.2.1:104, pacs2: 10.0.2.2:104 } }
  portal: { preset: http, listen: 10.0.0.1:80, servers: { web1: 10.0.2.4:80 } }
`;
const HOUR = 3_600_000;
const ANNA = { by: 'anna', why: 'new disks', mayChange: () => true };

let time: number;
let site = desired(SITE);
let store: Store;
let calendar: Calendar;
let log: string[];
let empty: readonly Capacity[];
/** What the next acts answer. */
let answers: (Result<unknown, Fault> | Promise<Result<unknown, Fault>>)[];

beforeEach(() => {
  time = NOON;
  site = desired(SITE);
  store = temporaryStore();
  [log, empty, answers] = [[], [], []];
  const labels = (places: readonly Place[]): string => places.map(({ label }) => label).join(' ');
  calendar = openCalendar(
    { store } as Machine,
    () => site,
    ({ text }) => void log.push(text),
    {
      async begin(places, window) {
        log.push(`drain ${labels(places)}`);
        const answer = await (answers.shift() ?? ok(undefined));
        for (const { key, backend, server, label } of answer.ok ? places : []) {
          const known = { key, backend: backend.name, server: server.name, label };
          value(setOverride(store, { ...known, state: 'drain', by: 'anna', since: time, window: window.id }));
        }
        return answer;
      },
      async end(places) {
        log.push(`ready ${labels(places)}`);
        return answers.shift() ?? ok(undefined);
      },
      wouldEmpty: async () => ok(empty),
    },
    () => time,
  );
});

afterAll(async () => {
  closeStores();
  await endPrograms();
});

const plan = (
  servers: readonly string[] = ['pacs/pacs1'],
  from = NOON + HOUR,
  until = NOON + 2 * HOUR,
  force = false,
) => calendar.plan({ servers, from, until, force }, ANNA);
const stateOf = (id: number) => value(maintenanceWindow(store, id))?.state;
const audit = () => value(auditEntries(store, { limit: 20 })).map(({ action, outcome }) => `${action} ${outcome}`);

test('a window begins and ends in its time, and says so', async () => {
  const { id } = value(await plan());
  await calendar.tick();
  expect([stateOf(id), log]).toEqual(['planned', []]);
  time = NOON + HOUR;
  await calendar.tick();
  await calendar.tick();
  expect(stateOf(id)).toBe('active');
  time = NOON + 2 * HOUR;
  await calendar.tick();
  await calendar.tick();
  expect(stateOf(id)).toBe('ended');
  expect(log).toEqual([
    'drain pacs/pacs1',
    `Maintenance window ${id} has begun: pacs/pacs1`,
    'ready pacs/pacs1',
    `Maintenance window ${id} has ended`,
  ]);
  expect(audit().toSorted()).toEqual(['window-begin done', 'window-end done']);
});

test('a server that somebody has taken in hand since, or that is gone, is left alone, and no other', async () => {
  const { id } = value(await plan(['pacs/pacs1', 'pacs/pacs2', 'portal/web1']));
  time = NOON + HOUR;
  await calendar.tick();
  const [, mine] = value(overrides(store));
  if (mine) value(setOverride(store, { ...mine, by: 'bert', window: undefined }));
  site = desired(SITE.replace('web1', 'web2'));
  time = NOON + 2 * HOUR;
  await calendar.tick();
  expect([stateOf(id), log.at(-2)]).toEqual(['ended', 'ready pacs/pacs1']);
});

test('a window that cannot begin is held back, says so once, and begins when it can', async () => {
  const { id } = value(await plan());
  time = NOON + HOUR;
  answers = [1, 2, 3].map(() => err(anything('apply-would-empty', 'nobody would be left')));
  for (let index = 0; index < 3; index += 1) await calendar.tick();
  expect(stateOf(id)).toBe('planned');
  const told = log.filter((line) => !line.startsWith('drain'));
  expect(told).toEqual([`Maintenance window ${id} cannot begin: nobody would be left`]);
  expect(audit()).toEqual(['window-begin failed']);
  await calendar.tick();
  expect(stateOf(id)).toBe('active');
});

test('a window that cannot end says so once, and ends when it can', async () => {
  const { id } = value(await plan());
  time = NOON + HOUR;
  await calendar.tick();
  time = NOON + 2 * HOUR;
  answers = [1, 2, 3].map(() => err(anything('haproxy-command', 'no')));
  for (let index = 0; index < 3; index += 1) await calendar.tick();
  expect(stateOf(id)).toBe('active');
  expect(log.filter((line) => line.includes('cannot end'))).toHaveLength(1);
  await calendar.tick();
  expect(stateOf(id)).toBe('ended');
  expect(log.at(-1)).toBe(`Maintenance window ${id} has ended`);
});

test('a window that went by while nobody looked never begins, and that is said', async () => {
  const { id } = value(await plan());
  time = NOON + 3 * HOUR;
  await calendar.tick();
  expect([stateOf(id), log]).toEqual(['cancelled', [`Maintenance window ${id} is over and has never begun`]]);
});

test('one that is cancelled never begins; one under way ends at once', async () => {
  const [one, two] = [value(await plan()), value(await plan(['pacs/pacs2']))];
  expect(value(await calendar.cancel(one.id, ANNA)).state).toBe('cancelled');
  time = NOON + HOUR;
  await calendar.tick();
  expect(log.filter((line) => line.startsWith('drain'))).toEqual(['drain pacs/pacs2']);
  expect(value(await calendar.cancel(two.id, ANNA)).state).toBe('ended');
  expect(log.at(-1)).toBe('ready pacs/pacs2');
  expect(codeOf(await calendar.cancel(two.id, ANNA))).toBe('apply-window');
  expect(codeOf(await calendar.cancel(99, ANNA))).toBe('apply-window');
});

test('one that is cancelled while it begins is ended, and stays so', async () => {
  const { id } = value(await plan());
  time = NOON + HOUR;
  const { promise, resolve } = Promise.withResolvers<Result<unknown, Fault>>();
  answers = [promise];
  const begun = calendar.tick();
  const cancelled = calendar.cancel(id, ANNA);
  resolve(ok(undefined));
  await begun;
  expect(value(await cancelled).state).toBe('ended');
  await calendar.tick();
  expect([stateOf(id), log.at(-1)]).toEqual(['ended', 'ready pacs/pacs1']);
});

test.each([
  ['ends before it begins', NOON + 2 * HOUR, NOON + HOUR, 'the window ends before it begins; nothing was planned'],
  ['lies in the past', NOON - 2 * HOUR, NOON - HOUR, 'the window lies in the past; nothing was planned'],
  ['is too long', NOON, NOON + 8 * 24 * HOUR, 'the window is longer than a week; nothing was planned'],
  [
    'is too far away',
    NOON + 400 * 24 * HOUR,
    NOON + 401 * 24 * HOUR,
    'the window is more than a year away; nothing was planned',
  ],
])('a window that %s is not planned', async (_, from, until, message) => {
  expect(await plan(['pacs/pacs1'], from, until)).toMatchObject({
    ok: false,
    error: { code: 'apply-window', message },
  });
  expect(value(calendar.windows())).toEqual([]);
});

test('a server that is not there, or is not one’s own, is not planned', async () => {
  expect(codeOf(await plan(['pacs/pacs3']))).toBe('apply-no-server');
  const asker = { ...ANNA, mayChange: (service: string | undefined) => service === 'pacs' };
  const wanted = { servers: ['pacs/pacs1', 'portal/web1'], from: NOON, until: NOON + HOUR, force: false };
  expect(codeOf(await calendar.plan(wanted, asker))).toBe('apply-scope');
});

test('nobody cancels what is not theirs, also not when its server is gone', async () => {
  const { id } = value(await plan(['portal/web1']));
  const asker = { ...ANNA, mayChange: (service: string | undefined) => service === 'pacs' };
  expect(codeOf(await calendar.cancel(id, asker))).toBe('apply-scope');
  site = desired(SITE.replace('web1', 'web2'));
  expect(codeOf(await calendar.cancel(id, asker))).toBe('apply-scope');
  expect(stateOf(id)).toBe('planned');
});

test('what would leave nobody to serve is planned only by force', async () => {
  empty = [{ words: 'pacs: nobody would be left' } as Capacity];
  expect(codeOf(await plan())).toBe('apply-would-empty');
  expect(value(await plan(['pacs/pacs1'], NOON, NOON + HOUR, true)).state).toBe('planned');
});
