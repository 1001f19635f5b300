import type { Fault, Result } from '#lib';

import { all, attempt, attemptCheaply, change, one, type Store } from './database.ts';
import { maybeText, integer, orNull, type Row, text } from './rows.ts';

/** Something that happened, as a person reads it. Names, addresses and AE titles may be in it; nothing else of a client's request. */
export type NewEvent = {
  readonly at: number;
  /** Of many with the same kind one says it all; without a kind each counts. */
  readonly kind?: string | undefined;
  readonly tone: 'good' | 'bad' | 'doubtful';
  readonly text: string;
  readonly service?: string | undefined;
  readonly server?: string | undefined;
};

export type StoredEvent = NewEvent & { readonly id: number };

const COLUMNS = 'id, at, kind, tone, text, service, server';

export const sql = {
  append: `INSERT INTO events (at, kind, tone, text, service, server)
    VALUES (:at, :kind, :tone, :text, :service, :server)`,
  after: `SELECT ${COLUMNS} FROM events WHERE id > :id ORDER BY id LIMIT :limit`,
  newest: `SELECT ${COLUMNS} FROM events
    WHERE id < :before AND (:service IS NULL OR service = :service) AND (:tone IS NULL OR tone = :tone)
    ORDER BY id DESC LIMIT :limit`,
  last: 'SELECT id FROM events ORDER BY id DESC LIMIT 1',
} as const;

/** Adds an event, and returns its id. The newest 10,000 are kept. */
export const appendEvent = (store: Store, event: NewEvent): Result<number, Fault> =>
  attemptCheaply(
    store,
    () =>
      change(store, sql.append, {
        at: event.at,
        kind: orNull(event.kind),
        tone: event.tone,
        text: event.text,
        service: orNull(event.service),
        server: orNull(event.server),
      }).id,
  );

/** The events after an id, oldest first. */
export const eventsAfter = (store: Store, id: number, limit: number): Result<readonly StoredEvent[], Fault> =>
  attempt(store, () => all(store, sql.after, { id, limit }, eventOf));

export type EventFilter = {
  /** Only events with ids below this one. */
  readonly before?: number | undefined;
  readonly service?: string | undefined;
  readonly tone?: StoredEvent['tone'] | undefined;
  readonly limit: number;
};

/** The newest events that match, newest first. */
export function newestEvents(
  store: Store,
  { before = Number.MAX_SAFE_INTEGER, service, tone, limit }: EventFilter,
): Result<readonly StoredEvent[], Fault> {
  const values = { before, service: orNull(service), tone: orNull(tone), limit };
  return attempt(store, () => all(store, sql.newest, values, eventOf));
}

/** The id of the newest event; 0 where there is none. */
export const lastEventId = (store: Store): Result<number, Fault> =>
  attempt(store, () => one(store, sql.last, {}, (row) => integer(row, 'id')) ?? 0);

const eventOf = (row: Row): StoredEvent => ({
  id: integer(row, 'id'),
  at: integer(row, 'at'),
  kind: maybeText(row, 'kind'),
  tone: text(row, 'tone') as StoredEvent['tone'],
  text: text(row, 'text'),
  service: maybeText(row, 'service'),
  server: maybeText(row, 'server'),
});
