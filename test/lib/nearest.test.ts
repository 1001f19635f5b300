import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { nearest } from '#lib';

const FIELDS = ['balance', 'check', 'listen', 'persistence', 'preset', 'servers', 'timeouts'];

test.each([
  ['lisen', 'listen'],
  ['listne', 'listen'],
  ['Servers', 'servers'],
  ['server', 'servers'],
  ['perzistance', 'persistence'],
  ['timeout', 'timeouts'],
])('%s was meant to be %s', (typed, meant) => {
  expect(nearest(typed, FIELDS)).toBe(meant);
});

test.each(['colour', 'xyz', 'loadbalancer'])('%s is near to nothing', (typed) => {
  expect(nearest(typed, FIELDS)).toBeUndefined();
});

test('a candidate is nearest to itself', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1 }), (words) => {
      for (const word of words) expect(nearest(word, words)).toBe(word);
    }),
  );
});

test('one slip of the hand is forgiven', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z]{4,12}$/), fc.nat(), (word, anywhere) => {
      const at = anywhere % word.length;
      const missing = word.slice(0, at) + word.slice(at + 1);
      expect(nearest(missing, [word])).toBe(word);
    }),
  );
});

test('the answer is one of the candidates, or none', () => {
  fc.assert(
    fc.property(fc.string(), fc.array(fc.string()), (word, candidates) => {
      expect([undefined, ...candidates]).toContain(nearest(word, candidates));
    }),
  );
});
