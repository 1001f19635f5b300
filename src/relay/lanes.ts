/**
 * Who has to wait for whom: units that share a key go one after another, in the order they came; others go at once. A unit with
 * several keys is a barrier across all of them: it waits for what came before it on each, and what comes after on any waits
 * for it.
 */
export type Lanes<Unit> = {
  /** Takes a unit in. True where it may go at once; else `done` says when. */
  add(unit: Unit, keys: readonly string[]): boolean;
  /** A unit that went has ended. Returns those that may go now, in the order they came. */
  done(unit: Unit): readonly Unit[];
  /** How many are under way or wait. */
  readonly size: () => number;
};

type Place<Unit> = {
  readonly unit: Unit;
  readonly keys: readonly string[];
  /** How many of its keys still have somebody before it. */
  ahead: number;
  /** Whoever comes next on each key. */
  readonly followers: Place<Unit>[];
};

/** Returns lanes in which nobody is. */
export function openLanes<Unit>(): Lanes<Unit> {
  const places = new Map<Unit, Place<Unit>>();
  const lasts = new Map<string, Place<Unit>>();

  return {
    add(unit, keys) {
      const place: Place<Unit> = { unit, keys, ahead: 0, followers: [] };
      places.set(unit, place);
      for (const key of keys) {
        const before = lasts.get(key);
        lasts.set(key, place);
        if (before === undefined || before === place) continue;
        before.followers.push(place);
        place.ahead += 1;
      }
      return place.ahead === 0;
    },
    done(unit) {
      const place = places.get(unit);
      if (place === undefined) return [];
      places.delete(unit);
      for (const key of place.keys) if (lasts.get(key) === place) lasts.delete(key);
      return place.followers.filter((follower) => (follower.ahead -= 1) === 0).map((follower) => follower.unit);
    },
    size: () => places.size,
  };
}
