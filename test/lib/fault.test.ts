import { expect, test } from 'vitest';
import { Fault, faultsOf, messageOf } from '#lib';

const fault = faultsOf({
  'lamp-broken': { blame: 'machine', unit: 'the room stayed dark', retry: 'after-change' },
});

test('a fault carries its code and what is known of every such error', () => {
  const cause = new Error('no current');
  const error = fault('lamp-broken', 'the lamp does not burn', cause);
  expect(error).toBeInstanceOf(Fault);
  expect(error).toMatchObject({
    code: 'lamp-broken',
    message: 'the lamp does not burn',
    kind: { blame: 'machine', unit: 'the room stayed dark', retry: 'after-change' },
    cause,
  });
});

test('anything that is thrown has a message', () => {
  expect(messageOf(new Error('no current'))).toBe('no current');
  expect(messageOf('no current')).toBe('no current');
  expect(messageOf(undefined)).toBe('undefined');
});
