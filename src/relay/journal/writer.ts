import { Worker } from 'node:worker_threads';

import type { Batch, Written } from './write.ts';

/** Whoever writes batches, in the order they come. */
export type Writer = {
  write(batch: Batch, written: (written: Written) => void): void;
  /** Resolves when all is written. */
  close(): Promise<void>;
};

/**
 * Writes a journal's file in a thread of its own, which begins with the first batch. Should the thread break, the process ends:
 * a relay that can not write acknowledges nothing.
 */
export function openWriter(file: string): Writer {
  const waiting: ((written: Written) => void)[] = [];
  let thread: Worker | undefined;

  function start(): Worker {
    const started = new Worker(new URL('./thread.ts', import.meta.url), { workerData: file });
    started.on('message', (written: Written) => waiting.shift()?.(written));
    return started;
  }

  return {
    write(batch, written) {
      thread ??= start();
      waiting.push(written);
      thread.postMessage(batch, [batch.bytes.buffer as ArrayBuffer]);
    },
    async close() {
      if (thread === undefined) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      thread.once('exit', () => resolve());
      thread.postMessage('close', []);
      await promise;
    },
  };
}
