import { afterAll, beforeEach, expect, test, vi } from 'vitest';
import type { Fault } from '#lib';
import type { Samples } from '#engines/haproxy';
import type { PoolLoad } from '#observe';
import type { Store } from '#store';

import { type HistoryKeeper, keepHistory } from '../../src/main/history.ts';
import { desired } from '../plan/support.ts';
import { closeStores, temporaryStore, value } from '../store/support.ts';
import { endPrograms } from '../support/programs.ts';

const spec = desired(`version: 1
site: history
services:
  portal: { preset: http, listen: 10.0.0.1:80, servers: { web1: 10.0.2.1:80 } }
`);
const changes = { inForce: () => ({ desired: spec }) } as unknown as Parameters<typeof keepHistory>[1];

const NOON = Date.UTC(2026, 0, 1, 12);
let store: Store;
let keeper: HistoryKeeper;
let total = 0;
let complaints: Fault[] = [];

const keep = (): HistoryKeeper => keepHistory(store, changes, (what) => complaints.push(what));

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'performance'], now: NOON });
  store = temporaryStore();
  total = 0;
  complaints = [];
  keeper = keep();
});
afterAll(async () => {
  vi.useRealTimers();
  closeStores();
  await endPrograms();
});

function look(): void {
  const counts = { queued: 0, totalSessions: total, connectErrors: 0, responseErrors: 0, serverErrors: 0 };
  keeper.take({
    frontends: [],
    backends: [{ ...counts, backend: 'portal', sessions: 1 }],
    servers: [{ ...counts, backend: 'portal', server: 'web1', sessions: 1, weight: 100, responseTime: 40 }],
  } as unknown as Samples);
}

/** Lets so many seconds pass with ten requests in each, and looks every five. */
function serve(seconds: number): void {
  look();
  for (let passed = 0; passed < seconds; passed += 5) {
    vi.advanceTimersByTime(5_000);
    total += 50;
    look();
  }
}

const seen = (rates: readonly (number | null)[]): readonly number[] => rates.filter((rate) => rate !== null);

test('what was done is told at once, in the slots in which it was done', () => {
  serve(60);
  const { at, step, service, servers } = value(keeper.of('portal', '1h'));
  expect(at).toHaveLength(360);
  expect(at.at(-1)).toBe(NOON + 60_000);
  expect(step).toBe(10_000);
  expect(seen(service.rate)).toEqual([10, 10, 10, 10, 10, 10]);
  expect(service.rate.at(-2)).toBe(10);
  expect(servers).toMatchObject([{ pool: 'default', server: 'web1' }]);
  expect(seen(servers[0]?.time ?? [])).toEqual([40, 40, 40, 40, 40, 40]);
  expect(servers[0]?.p50).toBeUndefined();
});

test('it outlives the controller, in every range, and what lies between stays a gap', () => {
  serve(600);
  keeper.close();
  vi.advanceTimersByTime(900_000);
  total = 0;
  keeper = keep();
  serve(600);
  keeper.close();
  keeper = keep();
  const rates = (range: '1h' | '24h' | '7d' | '90d') => value(keeper.of('portal', range)).service.rate;
  expect(seen(rates('1h'))).toEqual(Array.from({ length: 120 }, () => 10));
  expect(rates('1h').slice(-211, -1)).toEqual([
    ...Array.from({ length: 60 }, () => 10),
    ...Array.from({ length: 90 }, () => null),
    ...Array.from({ length: 60 }, () => 10),
  ]);
  expect(rates('24h').slice(-8, -1)).toEqual([10, 10, null, null, null, 10, 10]);
  expect(rates('7d').slice(-2)).toEqual([10, 10]);
  expect(seen(rates('90d'))).toEqual([10]);
  expect(complaints).toEqual([]);
});

test('where HAProxy did not answer, nothing was seen', () => {
  serve(60);
  keeper.take(undefined);
  vi.advanceTimersByTime(60_000);
  serve(60);
  expect(value(keeper.of('portal', '1h')).service.rate.slice(-19, -1)).toEqual([
    ...Array.from({ length: 6 }, () => 10),
    ...Array.from({ length: 6 }, () => null),
    ...Array.from({ length: 6 }, () => 10),
  ]);
});

test('a clock that is put back breaks nothing: the rest of the hour is written anew', () => {
  serve(600);
  vi.setSystemTime(NOON + 300_000);
  serve(120);
  const { at, service } = value(keeper.of('portal', '1h'));
  expect(at.at(-1)).toBe(NOON + 420_000);
  expect(new Set(seen(service.rate))).toEqual(new Set([10]));
  expect(seen(service.rate)).toHaveLength(42);
});

test('half and 99 of 100 answers took so long, where every request is measured', () => {
  look();
  vi.advanceTimersByTime(5_000);
  const times = [...Array.from({ length: 95 }, () => 20), ...Array.from({ length: 5 }, () => 400)];
  const load = { backend: 'portal', servers: [{ server: 'web1', serviceTimes: times }] };
  keeper.takeTimes([load as unknown as PoolLoad]);
  total += 100;
  look();
  const { p50 = [], p99 = [] } = value(keeper.of('portal', '1h')).service;
  expect(seen(p50)[0]).toBeCloseTo(20, -1);
  expect(Math.abs((seen(p99)[0] ?? 0) - 400)).toBeLessThan(40);
});

test('what is too old is forgotten', () => {
  serve(60);
  vi.advanceTimersByTime(2 * 3_600_000);
  keeper.close();
  const rows = store.database.prepare('SELECT step FROM history GROUP BY step').all();
  expect(rows.map(({ step }) => step)).toEqual([300_000, 1_800_000, 21_600_000]);
});
