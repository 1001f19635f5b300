/** First in, first out; both in constant time. */
export type Fifo<T> = {
  push(item: T): void;
  shift(): T | undefined;
  peek(): T | undefined;
  size(): number;
  /** Empties it, and returns what was in it, in order. */
  takeAll(): readonly T[];
};

/** How many places that were left may be in front before they are given back. */
const SLACK = 64;

export function openFifo<T>(): Fifo<T> {
  let items: T[] = [];
  let first = 0;
  return {
    push: (item) => void items.push(item),
    shift() {
      if (first === items.length) return undefined;
      const item = items[first];
      first += 1;
      if (first > SLACK && 2 * first > items.length) {
        items = items.slice(first);
        first = 0;
      }
      return item;
    },
    peek: () => items[first],
    size: () => items.length - first,
    takeAll() {
      const all = items.slice(first);
      items = [];
      first = 0;
      return all;
    },
  };
}
