import type { Fault, Result } from '#lib';
import { err, ok } from '#lib';

import { fault } from './errors.ts';

/** Whether a user or a token can be called that: a lower-case letter or digit, then up to 62 of those and `.`, `_`, `-`. */
export const isUserName = (name: string): boolean => /^[a-z0-9][a-z0-9._-]{0,62}$/.test(name);

/** The same, with an error that says what a name is. */
export const checkName = (name: string): Result<void, Fault> =>
  isUserName(name)
    ? ok(undefined)
    : err(
        fault(
          'access-name',
          'a name begins with a lower-case letter or a digit, then has up to 62 of those and ., _ or -',
        ),
      );
