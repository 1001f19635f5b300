import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { openLanes, type Place } from '../../src/relay/lanes.ts';

type Unit = { readonly number: number; readonly keys: readonly string[] };

const units = fc
  .array(fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 3 }), { maxLength: 30 })
  .map((all) => all.map((keys, number): Unit => ({ number, keys })));

const share = (a: Unit, b: Unit): boolean => a.keys.some((key) => b.keys.includes(key));

/**
 * Lets units come and end in an order that `choices` picks: of what is possible at each step (the next one comes, or one of those
 * under way ends), one. Returns the order in which they went and ended.
 */
function play(
  all: readonly Unit[],
  choices: readonly number[],
): { readonly went: Unit[]; readonly overlaps: string[] } {
  const lanes = openLanes<Unit>();
  const coming = [...all];
  const underWay: Unit[] = [];
  const places = new Map<Unit, Place<Unit>>();
  const went: Unit[] = [];
  const overlaps: string[] = [];
  const go = (unit: Unit): void => {
    for (const other of underWay) if (share(unit, other)) overlaps.push(`${other.number} and ${unit.number}`);
    underWay.push(unit);
    went.push(unit);
  };
  for (let step = 0; coming.length > 0 || underWay.length > 0; step += 1) {
    const choice = (choices[step % Math.max(1, choices.length)] ?? 0) % (underWay.length + (coming.length > 0 ? 1 : 0));
    const ending = underWay[choice];
    if (ending === undefined) {
      const unit = coming.shift();
      if (unit === undefined) continue;
      const place = lanes.enter(unit, unit.keys);
      places.set(unit, place);
      if (place.ahead === 0) go(unit);
    } else {
      underWay.splice(choice, 1);
      const place = places.get(ending);
      if (place !== undefined) for (const unit of lanes.leave(place)) go(unit);
    }
  }
  expect(lanes.size()).toBe(0);
  return { went, overlaps };
}

describe('lanes', () => {
  test('keep the order of every key, across barriers, and lose nobody', () => {
    fc.assert(
      fc.property(units, fc.array(fc.nat(), { minLength: 1, maxLength: 40 }), (all, choices) => {
        const { went, overlaps } = play(all, choices);
        expect(overlaps).toEqual([]);
        expect(went.toSorted((a, b) => a.number - b.number)).toEqual(all);
        for (const key of ['a', 'b', 'c', 'd']) {
          const numbers = went.filter(({ keys }) => keys.includes(key)).map(({ number }) => number);
          expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
        }
      }),
    );
  });

  test('let nobody wait who shares no key with one before him that has not ended', () => {
    fc.assert(
      fc.property(units, (all) => {
        const lanes = openLanes<Unit>();
        for (const [index, unit] of all.entries()) {
          const mayGo = lanes.enter(unit, unit.keys).ahead === 0;
          expect(mayGo).toBe(!all.slice(0, index).some((before) => share(before, unit)));
        }
      }),
    );
  });

  test('a merge waits for both patients, and both wait for it', () => {
    const lanes = openLanes<string>();
    const a1 = lanes.enter('a1', ['a']);
    const b1 = lanes.enter('b1', ['b']);
    const merge = lanes.enter('merge', ['a', 'b']);
    const others = [lanes.enter('a2', ['a']), lanes.enter('b2', ['b']), lanes.enter('c1', ['c'])];
    expect([a1, b1, merge, ...others].map(({ ahead }) => ahead === 0)).toEqual([true, true, false, false, false, true]);
    expect(lanes.leave(b1)).toEqual([]);
    expect(lanes.leave(a1)).toEqual(['merge']);
    expect(lanes.leave(merge)).toEqual(['a2', 'b2']);
  });

  test('a key named twice is one', () => {
    const lanes = openLanes<string>();
    const one = lanes.enter('one', ['a', 'a']);
    expect(one.ahead).toBe(0);
    expect(lanes.enter('two', ['a', 'a']).ahead).toBe(1);
    expect(lanes.leave(one)).toEqual(['two']);
  });
});
