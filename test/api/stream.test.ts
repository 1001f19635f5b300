import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ok } from '#lib';
import type { Feed, FeedEvent } from '#observe';

import { createStreams, HEARTBEAT, type Sink } from '../../src/api/stream.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A feed that remembers only so many. */
function feedOf(kept: number): { feed: Feed; publish: (count?: number) => void } {
  let events: FeedEvent[] = [];
  let last = 0;
  const listeners = new Set<() => void>();
  const feed: Feed = {
    publish: () => {
      throw new Error('not here');
    },
    after: (id, limit) => ok(events.filter((event) => event.id > id).slice(0, limit)),
    last: () => ok(last),
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  return {
    feed,
    publish: (count = 1) => {
      for (let made = 0; made < count; made += 1) {
        last += 1;
        events = [...events, { id: last, at: 0, tone: 'good' as const, text: `number ${last}` }].slice(-kept);
        for (const listener of listeners) listener();
      }
    },
  };
}

/** A response that takes so many writes until it is drained. */
function sinkOf(takes = Number.POSITIVE_INFINITY) {
  const written: string[] = [];
  const once = new Map<string, Set<() => void>>();
  const state = { room: takes, ended: false, destroyed: false };
  const happen = (event: string): void => {
    const listeners = once.get(event) ?? new Set();
    once.delete(event);
    for (const listener of listeners) listener();
  };
  const sink = {
    write(text: string) {
      written.push(text);
      state.room -= 1;
      return state.room > 0;
    },
    end() {
      state.ended = true;
      happen('close');
    },
    destroy() {
      state.destroyed = true;
      happen('close');
    },
    once(event: string, listener: () => void) {
      once.set(event, (once.get(event) ?? new Set()).add(listener));
    },
    off(event: string, listener: () => void) {
      once.get(event)?.delete(listener);
    },
  } as unknown as Sink;
  return {
    sink,
    written,
    state,
    drain: (room: number) => {
      state.room = room;
      happen('drain');
    },
  };
}

const everything = () => () => true;
const ids = (written: readonly string[]) =>
  written.flatMap((text) => /^id: (\d+)\nevent/.exec(text)?.[1] ?? []).map(Number);

test('a slow reader is written to as fast as it reads, and misses nothing', () => {
  const { feed, publish } = feedOf(10_000);
  const { sink, written, drain } = sinkOf(3);
  createStreams(feed).open(sink, everything, undefined);
  publish(500);
  expect(written).toHaveLength(3);
  for (let round = 0; round < 500; round += 1) drain(2);
  expect(ids(written)).toEqual(Array.from({ length: 500 }, (_, index) => index + 1));
  expect(written.filter((text) => text.includes('gap'))).toEqual([]);
});

test('a reader that takes nothing is let go, and nothing is kept for it', () => {
  const { feed, publish } = feedOf(10_000);
  const { sink, written, state } = sinkOf(2);
  createStreams(feed).open(sink, everything, undefined);
  publish(5_000);
  vi.advanceTimersByTime(3 * HEARTBEAT);
  expect(written).toHaveLength(2);
  expect(state.destroyed).toBe(true);
  publish();
  expect(written).toHaveLength(2);
  expect(vi.getTimerCount()).toBe(0);
});

test.each([
  ['were forgotten while it was away', 3, { after: 3, before: 11 }],
  ['are of another store', 700, { after: 700, before: 0 }],
])('a reader is told of a gap where events %s', (_, after, gap) => {
  const { feed, publish } = feedOf(10);
  publish(20);
  const { sink, written } = sinkOf();
  createStreams(feed).open(sink, everything, after);
  expect(written[1]).toBe(`event: gap\ndata: ${JSON.stringify(gap)}\n\n`);
  expect(ids(written)).toEqual([11, 12, 13, 14, 15, 16, 17, 18, 19, 20]);
});

test('a quiet stream says that it is there, and where it is', () => {
  const { feed, publish } = feedOf(10);
  const { sink, written } = sinkOf();
  createStreams(feed).open(sink, () => () => false, undefined);
  publish(2);
  vi.advanceTimersByTime(HEARTBEAT);
  expect(written).toEqual([': here\n\n', ': still here\nid: 2\n\n']);
});

test('a stream ends with what its reader may', () => {
  const { feed, publish } = feedOf(10);
  let isStill = true;
  const reader = () => (isStill ? () => true : undefined);
  const streams = createStreams(feed);
  const [byBeat, byEvent, byCheck] = [sinkOf(), sinkOf(), sinkOf()];
  streams.open(byCheck.sink, reader, undefined);
  isStill = false;
  streams.recheck();
  expect(byCheck.state.ended).toBe(true);
  isStill = true;
  streams.open(byEvent.sink, reader, undefined);
  isStill = false;
  publish();
  expect(byEvent.state.ended).toBe(true);
  expect(ids(byEvent.written)).toEqual([]);
  isStill = true;
  streams.open(byBeat.sink, reader, undefined);
  isStill = false;
  vi.advanceTimersByTime(HEARTBEAT);
  expect(byBeat.state.ended).toBe(true);
  expect(vi.getTimerCount()).toBe(0);
});
