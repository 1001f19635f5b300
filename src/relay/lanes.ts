/**
 * Who has to wait for whom: units that share a key go one after another, in the order they came; others go at once. A unit with
 * several keys is a barrier across all of them: it waits for what came before it on each, and what comes after on any waits
 * for it.
 */
export type Lanes<Unit> = {
  /** Takes a unit in. It may go at once where nobody is ahead; else `leave` says when. */
  enter(unit: Unit, keys: readonly string[]): Place<Unit>;
  /** A unit that went has ended. Returns those that may go now, in the order they came. */
  leave(place: Place<Unit>): readonly Unit[];
  /** How many are under way or wait. */
  readonly size: () => number;
};

/** The place of a unit in its lanes. */
export type Place<Unit> = {
  readonly keys: readonly string[];
  /** Undefined once it has left. */
  unit: Unit | undefined;
  /** How many of its keys still have somebody before it. */
  ahead: number;
  /** Whoever comes next on each key. */
  followers: Place<Unit>[];
};

/** Returns lanes in which nobody is. */
export function openLanes<Unit>(): Lanes<Unit> {
  const lasts = new Map<string, Place<Unit>>();
  let size = 0;

  return {
    enter(unit, keys) {
      const place: Place<Unit> = { keys, unit, ahead: 0, followers: [] };
      for (const key of keys) {
        const before = lasts.get(key);
        lasts.set(key, place);
        if (before === undefined || before === place) continue;
        before.followers.push(place);
        place.ahead += 1;
      }
      size += 1;
      return place;
    },
    leave(place) {
      for (const key of place.keys) if (lasts.get(key) === place) lasts.delete(key);
      const { followers } = place;
      // A map that comes and goes keeps what it has forgotten from being collected for long: a place that was left holds nothing.
      place.unit = undefined;
      place.followers = [];
      size -= 1;
      return followers.flatMap((follower) => {
        follower.ahead -= 1;
        return follower.ahead === 0 && follower.unit !== undefined ? [follower.unit] : [];
      });
    },
    size: () => size,
  };
}
