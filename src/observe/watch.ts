import { type EngineEvent, followEvents, type Layout, processes } from '#engines/haproxy';
import { pause } from '#system';

/** How often to look whether another worker has taken over, ms. */
const LOOK = 500;

/**
 * Reports what happens in the engine, from when it resolves and across reloads, until `stop` is called. A new worker's events are
 * read from its start, so that none is missed; the old one is let go of, or our connection would keep it alive.
 */
export async function watch(layout: Layout, onEvent: (event: EngineEvent) => void): Promise<{ stop(): void }> {
  const stopped = new AbortController();
  let following: { readonly worker: number; close(): void } | undefined;
  let isFirst = true;

  const look = async (): Promise<void> => {
    const running = await processes(layout);
    const worker = running.ok ? running.value.worker : undefined;
    if (stopped.signal.aborted || worker === undefined || worker === following?.worker) return;
    following?.close();
    const follower = followEvents(layout, !isFirst, onEvent, () => {
      following = undefined;
    });
    following = { worker, close: () => follower.close() };
    isFirst = false;
  };

  const keepLooking = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      await pause(LOOK);
      await look();
    }
  };
  await look();
  void keepLooking();
  return {
    stop() {
      stopped.abort();
      following?.close();
    },
  };
}
