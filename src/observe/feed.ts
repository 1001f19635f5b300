import type { Fault, Result } from '#lib';
import { ok } from '#lib';
import { appendEvent, eventsAfter, lastEventId, type NewEvent, type Store, type StoredEvent } from '#store';

export type FeedEvent = StoredEvent;

/** What happens, kept for those who ask later and told to those who listen. */
export type Feed = {
  /** Keeps an event, tells the listeners, and returns it. An event that cannot be kept is told to nobody. */
  readonly publish: (event: Omit<NewEvent, 'at'>) => Result<FeedEvent, Fault>;
  /** Events after an id, oldest first, at most `limit`. Only the newest 10,000 are kept. */
  readonly after: (id: number, limit: number) => Result<readonly FeedEvent[], Fault>;
  /** The id of the newest event; 0 where there is none. */
  readonly last: () => Result<number, Fault>;
  /** Calls `listener` after each event is kept, until what is returned is called. */
  readonly subscribe: (listener: () => void) => () => void;
};

/** The one feed of a store; every listener has to be on the same one that is published to. */
export function createFeed(store: Store, clock: () => number): Feed {
  const listeners = new Set<() => void>();
  return {
    publish(event) {
      const kept = { ...event, at: clock() };
      const id = appendEvent(store, kept);
      if (!id.ok) return id;
      for (const listener of listeners) listener();
      return ok({ ...kept, id: id.value });
    },
    after: (id, limit) => eventsAfter(store, id, limit),
    last: () => lastEventId(store),
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
