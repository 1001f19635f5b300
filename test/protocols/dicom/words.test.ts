import { expect, test } from 'vitest';
import { abortInWords, contextResultInWords, rejectionInWords, statusInWords } from '#protocols';

// PS3.8 table 9-21
test.each([
  [1, 1, 1, 'no reason given (permanent)'],
  [1, 1, 2, 'application context name not supported (permanent)'],
  [1, 1, 3, 'calling AE title not recognised (permanent)'],
  [1, 1, 7, 'called AE title not recognised (permanent)'],
  [1, 2, 2, 'protocol version not supported (permanent)'],
  [2, 3, 1, 'temporary congestion (transient)'],
  [2, 3, 2, 'local limit exceeded (transient)'],
  [1, 1, 9, 'reason 9 of service user (permanent)'],
  [2, 3, 0, 'reason 0 of service provider, presentation (transient)'],
  [9, 8, 7, 'reason 7 of source 8 (result 9)'],
])('rejection %i %i %i', (result, source, reason, words) => {
  expect(rejectionInWords({ result, source, reason })).toBe(words);
});

// PS3.8 table 9-26: the reason counts only where the provider is the source
test.each([
  [0, 0, 'by the service user'],
  [0, 6, 'by the service user'],
  [2, 0, 'reason not specified (service provider)'],
  [2, 2, 'unexpected PDU (service provider)'],
  [2, 3, 'reason 3 (service provider)'],
  [1, 0, 'by source 1'],
])('abort %i %i', (source, reason, words) => {
  expect(abortInWords({ source, reason })).toBe(words);
});

test('presentation contexts, PS3.8 table 9-18', () => {
  expect([0, 1, 2, 3, 4, 5].map(contextResultInWords)).toEqual([
    'accepted',
    'rejected by the user',
    'rejected by the provider, no reason given',
    'abstract syntax not supported',
    'transfer syntaxes not supported',
    'result 5',
  ]);
});

test('statuses carry their number', () => {
  expect([0, 0x0122, 0xa700, 0xc001, 0x0999].map(statusInWords)).toEqual([
    'success (0000)',
    'SOP class not supported (0122)',
    'out of resources (A700)',
    'unable to process (C001)',
    'failure or warning (0999)',
  ]);
});
