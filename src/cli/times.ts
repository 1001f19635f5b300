import { approximate } from '#lib';

const DAY = 86_400_000;

const two = (number: number): string => String(number).padStart(2, '0');

/** A moment by the clock on the wall here: `14:03:05` today, `2026-11-24 14:03` on any other day. */
export function onTheClock(at: number, now: number): string {
  const [then, today] = [new Date(at), new Date(now)];
  if (then.toDateString() === today.toDateString()) return then.toTimeString().slice(0, 8);
  return `${dateOf(at)} ${two(then.getHours())}:${two(then.getMinutes())}`;
}

/** `2026-11-24`, here. */
export function dateOf(at: number): string {
  const then = new Date(at);
  return `${then.getFullYear()}-${two(then.getMonth() + 1)}-${two(then.getDate())}`;
}

/** `0.4 ms`, `51 ms`, `12 s`: how long an answer takes. */
export const inMilliseconds = (time: number): string => (time < 10 ? `${time.toFixed(1)} ms` : approximate(time));

/** `5 min ago`, `just now`. */
export const ago = (at: number, now: number): string =>
  now - at < 1_000 ? 'just now' : `${approximate(now - at)} ago`;

/** `in 89 days`, `today`, `3 days ago`: whole days, as one counts them for certificates. */
export function inDays(at: number, now: number): string {
  const days = Math.trunc((at - now) / DAY);
  const words = `${Math.abs(days)} ${Math.abs(days) === 1 ? 'day' : 'days'}`;
  if (at < now) return days === 0 ? 'today' : `${words} ago`;
  return days === 0 ? 'within a day' : `in ${words}`;
}

/**
 * Reads a time as people give one: `22:00` is the next such time here after `after`; else a date, with a time or without:
 * `2026-12-01T22:00`, `2026-12-01 22:00`, `2026-12-01`; here, unless it ends with `Z` or an offset. Milliseconds since
 * 1970; undefined where it is none of these.
 */
export function readTime(text: string, after: number): number | undefined {
  const clock = /^(\d{1,2}):(\d{2})$/.exec(text);
  if (clock) return nextTime(Number(clock[1]), Number(clock[2]), after);
  const date = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?)(Z|[+-]\d{2}:\d{2})?)?$/.exec(text);
  if (!date) return undefined;
  const at = Date.parse(`${date[1]}T${date[2] ?? '00:00'}${date[3] ?? ''}`);
  return Number.isNaN(at) ? undefined : at;
}

function nextTime(hours: number, minutes: number, after: number): number | undefined {
  if (hours > 23 || minutes > 59) return undefined;
  const next = new Date(after);
  next.setHours(hours, minutes, 0, 0);
  if (next.getTime() <= after) {
    next.setDate(next.getDate() + 1);
    next.setHours(hours, minutes, 0, 0);
  }
  return next.getTime();
}
