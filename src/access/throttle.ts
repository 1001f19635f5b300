import { isIPv4, isIPv6 } from 'node:net';
import type { Fault, Result } from '#lib';
import { approximate, err, ok } from '#lib';
import {
  type Attempts,
  clearAttempts,
  findAttempts,
  forgetAttempts,
  setAttempts,
  type Store,
  transaction,
} from '#store';

import { fault } from './errors.ts';

const MINUTE = 60_000;

/** How many failures are free, for an account and for an address: behind one address there may be a whole ward. */
const FREE = { account: 5, address: 20 } as const;

const FIRST_DELAY = 5_000;
const LONGEST_DELAY = 15 * MINUTE;

/** After this long without a failure, earlier ones count no more. */
const MEMORY = 60 * MINUTE;

/** Whom a login counts against. The name of no possible account counts against the address only. */
export type Attempt = { readonly account: string | undefined; readonly address: string };

type Kind = keyof typeof FREE;

/**
 * Lets a login try its password, or refuses it with `access-throttled`. It counts as failed from here on, so that many at
 * once are no way around; `succeeded` takes that back.
 */
export function admit(store: Store, attempt: Attempt, now: number): Result<void, Fault> {
  const kept = forgetAttempts(store, now - MEMORY);
  if (!kept.ok) return kept;
  return transaction(store, () => {
    const counted: [string, Attempts][] = [];
    let wait = 0;
    for (const [kind, key] of keysOf(attempt)) {
      const found = findAttempts(store, key);
      if (!found.ok) return found;
      const { failures, lastAt } = found.value ?? { failures: 0, lastAt: now };
      const delay = delayAfter(failures, FREE[kind]);
      wait = Math.max(wait, Math.min(delay, lastAt + delay - now));
      counted.push([key, { failures: failures + 1, lastAt: now }]);
    }
    if (wait > 0) return err(throttled(wait));
    return each(counted, ([key, attempts]) => setAttempts(store, key, attempts));
  });
}

/** The password was right: nothing counts against the account any more, and this login not against the address. */
export function succeeded(store: Store, attempt: Attempt): Result<void, Fault> {
  return transaction(store, () =>
    each(keysOf(attempt), ([kind, key]) => {
      if (kind === 'account') return clearAttempts(store, key);
      const found = findAttempts(store, key);
      if (!found.ok || found.value === undefined) return found.ok ? ok(undefined) : found;
      const { failures, lastAt } = found.value;
      return failures > 1 ? setAttempts(store, key, { failures: failures - 1, lastAt }) : clearAttempts(store, key);
    }),
  );
}

/** How long to wait before a throttled login may be tried again, in ms; undefined for every other fault. */
export const retryAfter = (refused: Fault): number | undefined =>
  refused.code === 'access-throttled' && typeof refused.cause === 'number' ? refused.cause : undefined;

const throttled = (wait: number): Fault =>
  fault('access-throttled', `too many failed logins; try again in ${approximate(wait)}`, wait);

const delayAfter = (failures: number, free: number): number =>
  failures < free ? 0 : Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** (failures - free));

const keysOf = ({ account, address }: Attempt): readonly (readonly [Kind, string])[] => [
  ...(account === undefined ? [] : [['account', `account ${account}`] as const]),
  ['address', `address ${networkOf(address)}`] as const,
];

/** An IPv4 address, or the /64 of an IPv6 address: whoever has one address of that has all of them. */
function networkOf(address: string): string {
  const mapped = address.replace(/^::ffff:/i, '');
  if (isIPv4(mapped) || !isIPv6(address)) return mapped;
  const [before = '', after] = address.toLowerCase().replace(/%.*$/, '').split('::');
  const head = before === '' ? [] : before.split(':');
  const tail = after === undefined || after === '' ? [] : after.split(':');
  const groups = [...head, ...Array.from({ length: Math.max(0, 8 - head.length - tail.length) }, () => '0'), ...tail];
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`;
}

function each<T>(items: readonly T[], act: (item: T) => Result<void, Fault>): Result<void, Fault> {
  for (const item of items) {
    const done = act(item);
    if (!done.ok) return done;
  }
  return ok(undefined);
}
