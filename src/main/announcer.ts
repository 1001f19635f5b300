import type { Notice } from '#observe';

/** For how long notices of one kind are counted instead of said again, ms. */
const QUIET = 5_000;

/**
 * Says each notice, but of one kind only one every few seconds, with the number of those left unsaid: a server that fails
 * a thousand requests is one piece of news.
 */
export function announcer<N extends Notice>(
  say: (notice: N, more: number) => void,
  now: () => number,
): (notice: N) => void {
  const said = new Map<string, { at: number; more: number }>();
  return (notice) => {
    if (notice.kind === undefined) {
      say(notice, 0);
      return;
    }
    const last = said.get(notice.kind);
    if (last !== undefined && now() - last.at < QUIET) {
      last.more += 1;
      return;
    }
    say(notice, last?.more ?? 0);
    said.set(notice.kind, { at: now(), more: 0 });
  };
}
