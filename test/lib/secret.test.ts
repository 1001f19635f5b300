import { inspect } from 'node:util';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Secret } from '#lib';

const hidden = fc.string({ minLength: 12 });

test.each([
  ['a template', (secret: unknown) => ['', secret].join('')],
  ['JSON', (secret: unknown) => JSON.stringify({ nested: [secret] })],
  ['the debugger', (secret: unknown) => inspect({ nested: [secret] }, { depth: null, showHidden: true })],
  ['an error', (secret: unknown) => inspect(new Error('no', { cause: secret }))],
  ['its fields', (secret: unknown) => JSON.stringify({ ...(secret as object) })],
])('nothing of it appears in %s', (_, write) => {
  fc.assert(
    fc.property(hidden, (value) => {
      expect(write(new Secret(`~${value}~`))).not.toContain(`~${value}~`);
    }),
  );
});

test('it prints as [secret]', () => {
  const secret = new Secret('hunter2');
  expect(String(secret)).toBe('[secret]');
  expect(JSON.stringify(secret)).toBe('"[secret]"');
  expect(inspect(secret)).toBe('[secret]');
});

test('whoever uses it gets the value', () => {
  expect(new Secret({ key: 'hunter2' }).reveal()).toEqual({ key: 'hunter2' });
});
