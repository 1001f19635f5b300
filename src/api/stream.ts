import type { ServerResponse } from 'node:http';
import type { Feed, FeedEvent } from '#observe';

/** How often a stream says that it is still there, and looks whether its reader is still somebody here, ms. */
export const HEARTBEAT = 15_000;

/** How many events are read from the store at a time. */
const PAGE = 100;

/** What a stream is written to: a response, or a stand-in for one. */
export type Sink = Pick<ServerResponse, 'write' | 'end' | 'destroy' | 'once' | 'off'>;

/** Who reads a stream: says what they may read at this moment; undefined once their session or token has ended. */
export type Reader = () => ((service: string | undefined) => boolean) | undefined;

/** All open streams. */
export type Streams = {
  /** Writes events to `sink` from the one after `after` on (undefined: from now on) until either side ends it. */
  readonly open: (sink: Sink, reader: Reader, after: number | undefined) => void;
  /** Ends those whose reader is nobody here any more. */
  readonly recheck: () => void;
  readonly close: () => void;
};

export function createStreams(feed: Feed): Streams {
  const open = new Set<Stream>();
  return {
    open(sink, reader, after) {
      const stream = startStream(feed, sink, reader, after);
      open.add(stream);
      sink.once('close', () => open.delete(stream));
    },
    recheck() {
      for (const stream of open) stream.recheck();
    },
    close() {
      for (const stream of open) stream.end();
    },
  };
}

type Stream = { readonly recheck: () => void; readonly end: () => void };

/**
 * One reader's stream. It is fed from the store and not from memory: while a reader does not take what was written,
 * nothing more is; one that has taken nothing from one heartbeat to the next is let go, and comes back with the last id it had.
 */
function startStream(feed: Feed, sink: Sink, reader: Reader, after: number | undefined): Stream {
  const state = { position: 0, waiting: false, missedBeats: 0, ended: false };

  const stop = (): void => {
    if (state.ended) return;
    state.ended = true;
    clearInterval(heart);
    unsubscribe();
    sink.off('drain', onDrain);
  };
  const end = (): void => {
    stop();
    // Who does not read what was written will not read the end either.
    if (state.waiting) sink.destroy();
    else sink.end();
  };
  const send = (text: string): void => {
    if (sink.write(text) || state.waiting) return;
    state.waiting = true;
    sink.once('drain', onDrain);
  };
  const onDrain = (): void => {
    state.waiting = false;
    state.missedBeats = 0;
    pump();
  };

  const pump = (): void => {
    while (!state.ended && !state.waiting) {
      const page = feed.after(state.position, PAGE);
      if (!page.ok) return end();
      if (page.value.length === 0) return;
      const mayRead = reader();
      if (mayRead === undefined) return end();
      for (const event of page.value) {
        // Ids have no holes but where the store has forgotten what is old.
        if (event.id > state.position + 1) send(gap(state.position, event.id));
        state.position = event.id;
        if (mayRead(event.service)) send(framed(event));
        if (state.waiting) break;
      }
    }
  };

  const recheck = (): void => {
    if (reader() === undefined) end();
  };
  const beat = (): void => {
    recheck();
    if (state.ended) return;
    // The id also moves on over events that this reader may not see, so that coming back finds no gap.
    if (!state.waiting) return send(`: still here\nid: ${state.position}\n\n`);
    state.missedBeats += 1;
    if (state.missedBeats < 2) return;
    stop();
    sink.destroy();
  };

  sink.once('close', stop);
  const heart = setInterval(beat, HEARTBEAT);
  const unsubscribe = feed.subscribe(pump);
  const last = feed.last();
  if (!last.ok) end();
  else {
    send(': here\n\n');
    // Ids of another store, from before it was set up anew, say nothing here.
    const isForeign = after !== undefined && after > last.value;
    if (isForeign) send(gap(after, 0));
    state.position = isForeign ? 0 : (after ?? last.value);
    if (!state.waiting) pump();
  }
  return { recheck, end };
}

/** Says that events after one id and before another are not to be had any more. */
const gap = (after: number, before: number): string => `event: gap\ndata: ${JSON.stringify({ after, before })}\n\n`;

function framed(event: FeedEvent): string {
  // A kind may name what befell whom; the stream's own words are few, so that a program can wait for one of them.
  return `id: ${event.id}\nevent: notice\ndata: ${JSON.stringify(event)}\n\n`;
}
