import type { Fault, Result } from '#lib';
import { ok } from '#lib';
import type { OpenedChanges } from '#apply';
import type { Samples } from '#engines/haproxy';
import {
  addTimes,
  addToSlots,
  between,
  classOf,
  historyOver,
  type HistoryRange,
  joinedAll,
  type PoolLoad,
  RANGES,
  readPoints,
  type ServiceHistory,
  type Slotted,
  slotsOf,
  type Times,
  writePoints,
} from '#observe';
import { addHistory, historyOf, type HistoryRow, type Store } from '#store';
import { now } from '#system';

/** How often what was seen is written, ms, by how long the slots are. A kill loses what is not written yet. */
const writeEvery = (step: number): number => (step < 60_000 ? 60_000 : 300_000);

export type HistoryKeeper = {
  /** Takes what the engine says now; undefined where it did not answer. */
  readonly take: (seen: Samples | undefined) => void;
  /** Takes how long single requests took. */
  readonly takeTimes: (loads: readonly PoolLoad[]) => void;
  /** What became of a service and its servers, those of the spec in force. */
  readonly of: (service: string, range: HistoryRange) => Result<ServiceHistory, Fault>;
  /** Writes what is not written yet. */
  close(): void;
};

/** Keeps what becomes of services and servers over an hour, a day, a week and 90 days. */
export function keepHistory(
  store: Store,
  changes: Pick<OpenedChanges, 'inForce'>,
  complain: (what: Fault) => void,
): HistoryKeeper {
  let before: { readonly seen: Samples; readonly at: number } | undefined;
  let times = new Map<string, Times>();
  const ranges = Object.values(RANGES).map(({ span, step }) => ({
    span,
    step,
    unwritten: new Map() as Slotted,
    written: performance.now(),
  }));

  function take(seen: Samples | undefined): void {
    const at = performance.now();
    if (seen !== undefined && before !== undefined && at > before.at) {
      const seconds = (at - before.at) / 1_000;
      const points = between(changes.inForce().desired, before.seen, seen, seconds, times);
      for (const { unwritten, step } of ranges) addToSlots(unwritten, points, now(), step);
    }
    times = new Map();
    before = seen && { seen, at };
    // One at a time, the most overdue: on a site of a thousand services each takes a moment.
    const overdue = ({ step, written }: (typeof ranges)[number]): number => (at - written) / writeEvery(step);
    const [first] = ranges.filter((range) => overdue(range) >= 1).toSorted((a, b) => overdue(b) - overdue(a));
    if (first) write([first]);
  }

  function write(due: typeof ranges): void {
    const kept = due.map(({ step, span }) => ({ step, from: now() - span - step, to: now() }));
    const done = addHistory(store, due.flatMap(rowsOf), join, kept);
    if (!done.ok) complain(done.error);
    for (const range of due) {
      range.unwritten = new Map();
      range.written = performance.now();
    }
  }

  return {
    take,
    takeTimes(loads) {
      for (const { backend, servers } of loads) {
        for (const { server, serviceTimes } of servers) {
          if (serviceTimes === undefined || serviceTimes.length === 0) continue;
          const name = `${backend}/${server}`;
          times.set(name, addTimes(times.get(name) ?? new Map(), counted(serviceTimes)));
        }
      }
    },
    of(service, range) {
      const at = now();
      const found = historyOf(store, service, RANGES[range].step, slotsOf(range, at));
      if (!found.ok) return found;
      const slots = new Map([...found.value].map(([slot, points]) => [slot, readPoints(points)]));
      const { unwritten } = ranges.find(({ step }) => step === RANGES[range].step) ?? {};
      for (const [slot, points] of unwritten?.get(service) ?? []) {
        slots.set(slot, joinedAll(slots.get(slot) ?? new Map(), points));
      }
      const { backends } = changes.inForce().desired;
      const servers = backends
        .filter((backend) => backend.service === service)
        .flatMap((backend) => backend.servers.map(({ name }) => ({ pool: backend.pool, server: name })));
      return ok(historyOver(range, at, slots, servers));
    },
    close: () => write(ranges),
  };
}

const rowsOf = ({ step, unwritten }: { readonly step: number; readonly unwritten: Slotted }): readonly HistoryRow[] =>
  [...unwritten].flatMap(([service, slots]) =>
    [...slots].map(([at, points]) => ({ step, at, service, points: writePoints(points) })),
  );

const join = (stored: string, added: string): string => writePoints(joinedAll(readPoints(stored), readPoints(added)));

function counted(all: readonly number[]): Times {
  const counts = new Map<number, number>();
  for (const ms of all) counts.set(classOf(ms), (counts.get(classOf(ms)) ?? 0) + 1);
  return counts;
}
