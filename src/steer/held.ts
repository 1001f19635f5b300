import type { ServerLoad } from '#observe';

/** How fast it is believed that sessions stay, in ms. A server that is slow for a moment has more in flight too. */
const OVER = 10_000;

/** From this part on it is one more. */
const WHOLE = 0.75;

/** Where answers take so many times the least they took, the server is crowded, and what is in flight beyond them is a queue that grows. */
const CROWDED = 2;

/**
 * How many of a server's sessions were answered and go on: WebSockets, event streams, long downloads. They are in flight, and no work. By Little's law, what is in
 * flight beyond the answers' own times; a fraction where it is not sure yet.
 *
 * @param lowest the least that was in flight for a second: what has only just come is no session that stays
 * @param least what an answer took at the least, ms
 * @param isWaitedFor requests wait though this server answers none: what it has may be such sessions
 */
export function heldNow(
  held: number,
  load: ServerLoad,
  lowest: number,
  tick: number,
  least: number,
  isWaitedFor: boolean,
): number {
  const { inFlight, serviceTimes = [] } = load;
  const answers = Math.max(0, load.done - load.failed);
  const known = Math.min(held, inFlight);
  if (serviceTimes.length === 0 && !isWaitedFor) return known;
  const mean = serviceTimes.reduce((sum, time) => sum + time, 0) / Math.max(1, serviceTimes.length);
  if (mean > CROWDED * least) return known * (1 - Math.min(1, tick / OVER));
  const excess = Math.min(lowest, inFlight) - (answers * mean) / tick;
  return Math.min(inFlight, Math.max(0, known + (excess - known) * Math.min(1, tick / OVER)));
}

export const whole = (held: number): number => Math.floor(held + 1 - WHOLE);
