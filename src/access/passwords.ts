import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { Fault, Result } from '#lib';
import { err, ok, type Secret } from '#lib';

import { fault } from './errors.ts';

/** What guessing one password costs: memory in KiB, and how often it is gone through. */
export type Cost = { readonly memory: number; readonly passes: number };

/** OWASP's parameters for argon2id: 19 MiB, two passes, one lane. */
export const COST: Cost = { memory: 19_456, passes: 2 };

const SHORTEST = 12;
const LONGEST = 1_024;
const SALT_BYTES = 16;
const TAG_BYTES = 32;

const derive = promisify(argon2);

/** Refuses a password that is short or the user's own name. There are no other rules (NIST SP 800-63B §5.1.1.2). */
export function checkPassword(password: Secret, name: string): Result<void, Fault> {
  const characters = Array.from(password.reveal().normalize('NFKC'));
  if (characters.length < SHORTEST)
    return weak(`a password has at least ${SHORTEST} characters; a few words in a row are easy to remember`);
  if (characters.length > LONGEST) return weak(`a password has at most ${LONGEST} characters`);
  if (characters.join('').toLowerCase() === name.toLowerCase()) return weak('a password is not the name of the user');
  return ok(undefined);
}

const weak = (message: string): Result<never, Fault> => err(fault('access-weak-password', message));

/** A password as it is kept: `$argon2id$v=19$m=19456,t=2,p=1$SALT$TAG`, in base64 without padding. */
export async function hashPassword(password: Secret, cost = COST): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  return encode(cost, salt, await tagOf(password, salt, cost));
}

/** Compares a password with a kept one, in constant time. False also where the kept one is not understood. */
export async function verifyPassword(password: Secret, kept: string): Promise<boolean> {
  const [, memory = '', passes = '', salt = '', tag = ''] = ENCODED.exec(kept) ?? [];
  if (tag === '') return false;
  const cost = { memory: Number(memory), passes: Number(passes) };
  const found = await tagOf(password, Buffer.from(salt, 'base64'), cost);
  return timingSafeEqual(found, Buffer.from(tag, 'base64'));
}

const ENCODED = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=1\$([A-Za-z0-9+/]{22})\$([A-Za-z0-9+/]{43})$/;

const encode = ({ memory, passes }: Cost, salt: Buffer, tag: Buffer): string =>
  `$argon2id$v=19$m=${memory},t=${passes},p=1$${unpadded(salt)}$${unpadded(tag)}`;

const unpadded = (bytes: Buffer): string => bytes.toString('base64').replaceAll('=', '');

/** What no password has. Comparing with it takes as long as with a real one. */
export const NOBODYS_PASSWORD = encode(COST, Buffer.alloc(SALT_BYTES), Buffer.alloc(TAG_BYTES));

/** The same password typed on another keyboard may come in other code points; NFKC makes them one. */
const tagOf = (password: Secret, salt: Buffer, { memory, passes }: Cost): Promise<Buffer> =>
  derive('argon2id', {
    message: password.reveal().normalize('NFKC'),
    nonce: salt,
    memory,
    passes,
    parallelism: 1,
    tagLength: TAG_BYTES,
  });
