import { expect, test } from 'vitest';

import { statusOf } from '../../src/api/status.ts';
import { documentedErrors } from '../../tools/errors.ts';

const ROOMS = /^src\/(api|apply|store|access|engines\/haproxy)\//;

test('every error of the rooms that the API works on has an HTTP status', () => {
  const codes = documentedErrors().filter(({ file, fields }) => ROOMS.test(file) && fields['unit'] !== undefined);
  expect(codes.length).toBeGreaterThan(40);
  expect(codes.map(({ code }) => code).filter((code) => statusOf(code) === undefined)).toEqual([]);
});

test.each(documentedErrors().filter(({ file, fields }) => ROOMS.test(file) && fields['unit'] !== undefined))(
  '$code is a client’s fault exactly where its status is in the 400s',
  ({ code, fields }) => {
    const status = statusOf(code) ?? 0;
    // HAProxy refuses a command because of what was asked, and yet it was we who asked HAProxy.
    if (code === 'haproxy-command' || code === 'store-newer') return;
    if (fields['blame'] !== 'client') expect(status).toBeGreaterThanOrEqual(400);
    else expect(status).toBeLessThan(500);
  },
);
