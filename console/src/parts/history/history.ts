import type { UseQueryResult } from '@tanstack/react-query';
import type { Answer, routes } from '#api/contract';

import { useAnswer } from '../../api/answer.ts';
import type { Refused } from '../../api/ask.ts';
import type { Series } from '../chart.tsx';

export type History = Answer<(typeof routes)['history']>;
export type Range = History['range'];
export type ServerHistory = History['servers'][number];
type Measure = Exclude<keyof ServerHistory, 'pool' | 'server'>;

export const RANGES: readonly (readonly [Range, string])[] = [
  ['1h', 'Hour'],
  ['24h', 'Day'],
  ['7d', 'Week'],
  ['90d', '90 days'],
];

/** How often to ask again, ms: about as often as there is something new. */
const EVERY: Readonly<Record<Range, number>> = { '1h': 5_000, '24h': 60_000, '7d': 60_000, '90d': 60_000 };

/** What a service and its servers did, up to now. */
export const useHistory = (service: string, range: Range): UseQueryResult<History, Refused> =>
  useAnswer('/api/v1/services/:service/history', { params: { service }, query: { range } }, { every: EVERY[range] });

/** How many lines a chart can show apart. */
export const MOST_LINES = 6;

/** The servers a chart has lines for: all, or those that had the most to do. */
export function shownServers(servers: readonly ServerHistory[]): readonly ServerHistory[] {
  if (servers.length <= MOST_LINES) return servers;
  const busiest = new Set(servers.toSorted((one, other) => total(other.rate) - total(one.rate)).slice(0, MOST_LINES));
  return servers.filter((server) => busiest.has(server));
}

/** A line for each server that has it; undefined where none has. */
export function linesOf(servers: readonly ServerHistory[], measure: Measure): readonly Series[] | undefined {
  const isOnePool = new Set(servers.map(({ pool }) => pool)).size < 2;
  const lines = servers.flatMap((each) => {
    const values = each[measure];
    return values === undefined ? [] : [{ name: isOnePool ? each.server : `${each.pool}/${each.server}`, values }];
  });
  return lines.length > 0 ? lines : undefined;
}

/** The last value that is known of the last minute or so; undefined where there is none. */
export const latest = (values: readonly (number | null)[] | undefined): number | undefined =>
  values?.slice(-RECENT).findLast((value) => value !== null) ?? undefined;

const RECENT = 7;

/** What was done in a second, added up over the whole time. */
export const totalOver = ({ step }: History, values: readonly (number | null)[]): number =>
  Math.round((total(values) * step) / 1_000);

const total = (values: readonly (number | null)[]): number =>
  values.reduce<number>((sum, value) => sum + (value ?? 0), 0);

/** `requests`, `associations`. */
export const UNITS: Readonly<Record<History['unit'], string>> = {
  request: 'Requests',
  connection: 'Connections',
  association: 'Associations',
  message: 'Messages',
};
