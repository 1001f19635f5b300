/** How often all is looked at, ms. */
const EVERY = 50;

const looks = new Set<(now: number) => void>();
let looking: NodeJS.Timeout | undefined;

/**
 * Calls `look` twenty times a second, with the time of `performance.now()`, until what is returned is called. For whoever waits
 * for seconds, with each message anew: a timer that is moved by every message costs more than the message's way through here.
 */
export function watch(look: (now: number) => void): () => void {
  looks.add(look);
  looking ??= setInterval(lookAtAll, EVERY).unref();
  return () => {
    looks.delete(look);
    if (looks.size > 0) return;
    clearInterval(looking);
    looking = undefined;
  };
}

function lookAtAll(): void {
  const now = performance.now();
  for (const look of looks) look(now);
}
