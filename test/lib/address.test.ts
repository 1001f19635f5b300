import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatAddress, isName, isNetwork, parseAddress } from '#lib';

const name = fc.domain();
const host = fc.oneof(fc.ipV4(), fc.ipV6(), name);
const port = fc.integer({ min: 1, max: 65_535 });

test('what is written is read back, with and without a port', () => {
  fc.assert(
    fc.property(host, fc.option(port, { nil: undefined }), (anyHost, maybePort) => {
      const address = { host: anyHost, port: maybePort };
      expect(parseAddress(formatAddress(address))).toEqual(address);
    }),
  );
});

test('whatever is read is written and read back as the same', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const address = parseAddress(text);
      if (address) expect(parseAddress(formatAddress(address))).toEqual(address);
    }),
  );
});

test.each([
  ['10.0.0.1:443', '10.0.0.1', 443],
  ['[2001:db8::1]:443', '2001:db8::1', 443],
  ['2001:db8::1', '2001:db8::1', undefined],
  ['ehr1.hospital.example:8080', 'ehr1.hospital.example', 8080],
  ['ehr1', 'ehr1', undefined],
])('%s', (text, expectedHost, expectedPort) => {
  expect(parseAddress(text)).toEqual({ host: expectedHost, port: expectedPort });
});

test.each([
  '',
  ':443',
  'host:',
  'host:0',
  'host:65536',
  'host:http',
  '10.0.0',
  '10.0.0.256',
  '[10.0.0.1]:443',
  '[2001:db8::1',
  '2001:db8::1:99999',
  'two hosts:1',
  'host/8',
  '-host:1',
  'host\n:1',
])('%j is no address', (text) => {
  expect(parseAddress(text)).toBeUndefined();
});

test('a name has to be looked up, an address has not', () => {
  fc.assert(
    fc.property(name, (text) => {
      expect(isName(text)).toBe(true);
    }),
  );
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
      expect(isName(text)).toBe(false);
    }),
  );
});

describe('a network', () => {
  test.each(['10.0.0.0/16', '0.0.0.0/0', '10.0.0.1', '10.0.0.1/32', '2001:db8::/32', '::/0', '::1/128'])(
    '%s',
    (text) => {
      expect(isNetwork(text)).toBe(true);
    },
  );

  test.each([
    '',
    '/',
    '10.0.0.0/',
    '10.0.0.0/33',
    '::/129',
    '10.0.0/8',
    'host/8',
    '10.0.0.0/8/8',
    '10.0.0.0/-1',
    '10.0.0.0/8 ',
  ])('not %j', (text) => {
    expect(isNetwork(text)).toBe(false);
  });
});
