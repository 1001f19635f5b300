import type { Model } from '#steer';

import type { Watched } from './watch.ts';

/** How long after it began to answer errors a server had no weight any more, and how long after it was well again nearly all, ms. */
export function outAndBack(watched: Watched, { servers }: Model): { out: number; back: number } | undefined {
  const index = servers.findIndex(({ script = [] }) => script.some(({ failing = 0 }) => failing > 0));
  const script = servers[index]?.script ?? [];
  const from = script.find(({ failing = 0 }) => failing > 0)?.at;
  const to = script.find(({ failing, at }) => failing === 0 && at > (from ?? 0))?.at;
  if (from === undefined || to === undefined) return undefined;
  const weight = (moment: Watched[number]): number => moment.weights[index] ?? 100;
  return {
    out: first(watched, from, (moment) => weight(moment) === 0),
    back: first(watched, to, (moment) => weight(moment) >= 90),
  };
}

/** How long after a moment nothing was nudged any more, ms. */
export const neutralAfter = (watched: Watched, since: number): number =>
  first(watched, since, ({ weights, limits }) =>
    [...weights.map((weight) => weight === 100), ...limits.map((limit) => limit === null)].every(Boolean),
  );

const first = (watched: Watched, since: number, is: (moment: Watched[number]) => boolean): number =>
  (watched.find((moment) => moment.at >= since && is(moment))?.at ?? Number.NaN) - since;
