import type { RelayFaultCode } from './errors.ts';

/** Something that a person may have to know. It holds nothing of a message but its control id, and that as a keyed hash. */
export type RelayEvent = {
  /** Counted from 1. */
  readonly id: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly code: RelayFaultCode;
  readonly service: string;
  readonly server?: string;
  /** The sender's IP address. */
  readonly sender?: string;
  /** The control id of the message. */
  readonly message?: string;
  readonly text: string;
};

/** The events of late, and whoever follows them. */
export type Events = {
  add(event: Omit<RelayEvent, 'id' | 'at'>): void;
  /** Those after the one with this id, in order. */
  after(id: number): readonly RelayEvent[];
  /** Calls `listener` for every one to come, until what is returned is called. */
  follow(listener: (event: RelayEvent) => void): () => void;
};

/** How many events are kept. */
const KEPT = 1_000;

/** Keeps the last 1000 events. `now`: milliseconds since 1970. */
export function openEvents(now: () => number): Events {
  const kept: RelayEvent[] = [];
  const listeners = new Set<(event: RelayEvent) => void>();
  let last = 0;
  return {
    add(event) {
      last += 1;
      const added = { id: last, at: now(), ...event };
      kept[(last - 1) % KEPT] = added;
      for (const listener of listeners) listener(added);
    },
    after: (id) => kept.filter((event) => event.id > id).toSorted((a, b) => a.id - b.id),
    follow(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
