import type { Fault } from '#lib';
import { messageOf } from '#lib';

import { fault } from './errors.ts';

/** SQLite's primary result codes, https://sqlite.org/rescode.html. */
const SQLITE = { busy: 5, locked: 6, corrupt: 11, full: 13, constraint: 19, mismatch: 20, notADatabase: 26 } as const;

/** SQLITE_IOERR_SHMSIZE: there is no room for the index of the log. */
const NO_ROOM_FOR_INDEX = 4874;

/** What to do about a store that cannot be read. */
export const WAY_OUT =
  'traffic goes on as it is. Put back a backup of it, or move it away and start anew from the spec file; accounts and history are then lost';

/** What a throw of SQLite, or of reading its rows, means. Throws it again where it is none of those: that is a bug. */
export function faultOf(file: string, thrown: unknown): Fault {
  if (isOutOfRange(thrown) || thrown instanceof SyntaxError) return unreadable(file, 'it is damaged', thrown);
  const code = sqliteCode(thrown);
  if (code === undefined) throw thrown;
  if (code === NO_ROOM_FOR_INDEX) return full(file, thrown);
  switch (code & 0xff) {
    case SQLITE.corrupt:
      return unreadable(file, 'it is damaged', thrown);
    case SQLITE.notADatabase:
      return unreadable(file, 'it is not a database', thrown);
    case SQLITE.full:
      return full(file, thrown);
    case SQLITE.busy:
    case SQLITE.locked:
      return fault('store-busy', `${file}: another program is writing to it; nothing was changed`, thrown);
    case SQLITE.constraint:
    case SQLITE.mismatch:
      return fault('store-rule', `${file}: ${messageOf(thrown)}; nothing was changed`, thrown);
    default:
      return fault('store-write', `${file}: ${messageOf(thrown)}; nothing was changed`, thrown);
  }
}

/** The fault of a store that is damaged or not ours. `why` is half a sentence. */
export const unreadable = (file: string, why: string, cause?: unknown): Fault =>
  fault('store-unreadable', `${file} cannot be read: ${why}. ${upper(WAY_OUT)}`, cause);

/** The fault of a store without room. */
export const full = (file: string, cause?: unknown): Fault =>
  fault('store-full', `${file}: the disk is full; nothing was changed. Make room and try again`, cause);

const upper = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const sqliteCode = (thrown: unknown): number | undefined =>
  thrown instanceof Error && 'errcode' in thrown && typeof thrown.errcode === 'number' ? thrown.errcode : undefined;

/** A number that Vagus could not have written: it is past what JavaScript counts exactly. */
const isOutOfRange = (thrown: unknown): boolean =>
  thrown instanceof RangeError && 'code' in thrown && thrown.code === 'ERR_OUT_OF_RANGE';
