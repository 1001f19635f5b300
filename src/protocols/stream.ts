import type { Fault, Result } from '#lib';

/** Turns a stream of chunks, cut anywhere, into whole units. */
export type StreamReader<Unit> = {
  /**
   * Returns the units that this chunk completes, in order. An error is the last one: the place of the next unit is lost with
   * it, so every later push returns that error and nothing else.
   */
  push(chunk: Uint8Array): readonly Result<Unit, Fault>[];
  /** How many bytes of an unfinished unit are held. More than 0 at the end of the stream: the peer stopped in mid-unit. */
  pending(): number;
};

/** Bytes that have arrived and belong to no unit yet. */
export type ByteQueue = {
  /** All of them, valid until the next `take`. */
  view(): Buffer;
  /** Removes the first `count` bytes and returns a copy. */
  take(count: number): Buffer;
};

/**
 * Makes a reader from `cut`, which takes one unit off the front of the queue, or returns undefined while more bytes are
 * needed. What is held is bounded by what `cut` is willing to wait for.
 */
export function streamReader<Unit>(cut: (queue: ByteQueue) => Result<Unit, Fault> | undefined): StreamReader<Unit> {
  const queue = growingQueue();
  let failure: Result<never, Fault> | undefined;
  return {
    push(chunk) {
      if (failure !== undefined) return [failure];
      queue.append(chunk);
      const units: Result<Unit, Fault>[] = [];
      for (let unit = cut(queue); unit !== undefined; unit = cut(queue)) {
        units.push(unit);
        if (!unit.ok) {
          failure = unit;
          queue.take(queue.view().length);
          break;
        }
      }
      return units;
    },
    pending: () => queue.view().length,
  };
}

const EMPTY = Buffer.alloc(0);

/** One growing store instead of a list of chunks: a peer that sends single bytes costs no more than what it sent. */
function growingQueue(): ByteQueue & { append(chunk: Uint8Array): void } {
  let store = EMPTY;
  let start = 0;
  let end = 0;
  return {
    append(chunk) {
      if (end + chunk.length > store.length) {
        const held = store.subarray(start, end);
        store = Buffer.allocUnsafe(2 * (held.length + chunk.length));
        held.copy(store);
        [start, end] = [0, held.length];
      }
      store.set(chunk, end);
      end += chunk.length;
    },
    view: () => store.subarray(start, end),
    take(count) {
      const taken = Buffer.from(store.subarray(start, start + count));
      start += count;
      if (start === end) [store, start, end] = [EMPTY, 0, 0];
      return taken;
    },
  };
}
