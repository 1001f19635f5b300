import type { OpenedChanges } from '#apply';

/** How long after the last change, ms: by then the files on disk have followed. */
const QUIET = 10_000;

/**
 * Gives back the memory that reading and writing a large spec took, once nothing changes: on a site of a thousand services
 * that is half of all there is, and Node would keep it. Needs `--expose-gc`.
 */
export function giveMemoryBack(changes: OpenedChanges): { close(): void } {
  let waiting: NodeJS.Timeout | undefined;
  const wait = (): void => {
    clearTimeout(waiting);
    waiting = setTimeout(
      () => void globalThis.gc?.({ type: 'major', execution: 'async', flavor: 'last-resort' }),
      QUIET,
    );
  };
  changes.onChange(wait);
  wait();
  return { close: () => clearTimeout(waiting) };
}
