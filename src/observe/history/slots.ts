import { joinedAll, type Points } from './point.ts';

/** How far back one can look, and how long the slots are in which that is kept and told, ms: 360 slots at the most. */
export const RANGES = {
  '1h': { span: 3_600_000, step: 10_000 },
  '24h': { span: 86_400_000, step: 300_000 },
  '7d': { span: 604_800_000, step: 1_800_000 },
  '90d': { span: 7_776_000_000, step: 21_600_000 },
} as const;

export type HistoryRange = keyof typeof RANGES;

/** The beginnings of the slots of a range, the one that `now` lies in last. */
export function slotsOf(range: HistoryRange, now: number): readonly number[] {
  const { span, step } = RANGES[range];
  const last = slotAt(now, step);
  return Array.from({ length: span / step }, (_, index) => last - span + (index + 1) * step);
}

const slotAt = (at: number, step: number): number => Math.floor(at / step) * step;

/** Points by the service and the slot they belong to. */
export type Slotted = Map<string, Map<number, Points>>;

/** Adds what was seen of services up to `to`, ms since 1970, to the slot of that length in which it ended. */
export function addToSlots(slotted: Slotted, seen: ReadonlyMap<string, Points>, to: number, step: number): void {
  const at = slotAt(to - 1, step);
  for (const [service, points] of seen) {
    const slots = slotted.get(service) ?? new Map<number, Points>();
    slotted.set(service, slots);
    const before = slots.get(at);
    slots.set(at, before === undefined ? points : joinedAll(before, points));
  }
}

/**
 * Where what was seen took longer than a slot, as on a site so large that it is looked at seldom, the slots before that it
 * covers have the same. Where nobody looked, there is nothing.
 */
export function filled(slots: ReadonlyMap<number, Points>, step: number): ReadonlyMap<number, Points> {
  const all = new Map(slots);
  for (const [at, points] of slots) {
    // Looks do not end with slots: half a slot more is none to fill.
    const covered = Math.ceil((points.get('')?.seconds ?? 0) / (step / 1_000) - 0.5);
    for (let earlier = 1; earlier < covered; earlier += 1) {
      const slot = at - earlier * step;
      if (all.has(slot)) break;
      all.set(slot, points);
    }
  }
  return all;
}
