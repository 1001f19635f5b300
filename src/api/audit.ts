import { err, type Fault, ok, type Result } from '#lib';
import type { RouteName } from '#api/contract';
import { appendAudit, type NewAuditEntry, type Store, transaction } from '#store';

import { fault } from './errors.ts';

/** How long an entry's subject may be; the rest of it is in the change itself. */
const LONGEST_SUBJECT = 500;

/** How many refusals of the unknown are written a minute, of one address and of all together. */
const OF_ONE = 5;
const OF_ALL = 60;
const MINUTE = 60_000;

export type Audit = {
  /** Whether an entry could be added now; otherwise nothing may be changed. */
  readonly check: () => Result<void, Fault>;
  readonly append: (entry: Omit<NewAuditEntry, 'at'>) => Result<void, Fault>;
  /** Notes that somebody unknown was refused: a few times a minute, then only how often. */
  readonly appendStranger: (entry: Omit<NewAuditEntry, 'at' | 'by'>, from: string) => Result<void, Fault>;
};

/** Requests that are asked with POST and change nothing. */
const READS: ReadonlySet<RouteName> = new Set(['plan', 'check']);

/** What leaves an entry whatever becomes of it: all but reads. */
export const isChange = (name: RouteName, method: string): boolean => method !== 'GET' && !READS.has(name);

/** Refusals that leave an entry also where somebody only wanted to read. */
export const isRefusal = (status: number): boolean => [401, 403, 409, 412, 422, 429].includes(status);

export function createAudit(store: Store, now: () => number): Audit {
  let minute = 0;
  let written = 0;
  let unwritten = 0;
  const byAddress = new Map<string, number>();

  const append: Audit['append'] = (entry) => {
    const added = appendAudit(store, { ...entry, at: now(), subject: printable(entry.subject) });
    return added.ok ? ok(undefined) : added;
  };

  return {
    append,
    check() {
      // Written and taken back: this finds a store that cannot be written. What fills a disk in between is said afterwards.
      const taken = fault('api-internal', 'taken back');
      const tried = transaction(store, () => {
        const added = appendAudit(store, { at: now(), by: 'vagus', action: 'check', subject: '', outcome: 'done' });
        return added.ok ? err(taken) : added;
      });
      return tried.ok || tried.error === taken ? ok(undefined) : tried;
    },
    appendStranger(entry, from) {
      if (now() - minute >= MINUTE) {
        minute = now();
        written = 0;
        byAddress.clear();
      }
      const before = byAddress.get(from) ?? 0;
      if (before >= OF_ONE || written >= OF_ALL) {
        unwritten += 1;
        return ok(undefined);
      }
      byAddress.set(from, before + 1);
      written += 1;
      const more = unwritten;
      unwritten = 0;
      const detail = { ...(entry.detail as object), from, ...(more > 0 && { moreBefore: more }) };
      return append({ ...entry, by: 'nobody', detail });
    },
  };
}

/** A subject may be what a stranger wrote in a path; whoever reads the audit in a terminal shall not be written to by it. */
const printable = (subject: string): string => subject.slice(0, LONGEST_SUBJECT).replaceAll(/\p{C}/gu, '\uFFFD');
