import type { Point, Points } from './point.ts';
import { filled, type HistoryRange, RANGES, slotsOf } from './slots.ts';
import { quantile } from './times.ts';

/** A value for each slot; null where nothing was seen, or there was nothing to measure. */
export type Values = readonly (number | null)[];

export type HistorySeries = {
  /** Done and failed in a second. */
  readonly rate: Values;
  readonly failed: Values;
  /** On average. */
  readonly inFlight: Values;
  /** The most at one time. */
  readonly queued: Values;
  /** Milliseconds: the mean, and what half, and 99 of 100, did not exceed. Undefined where none of it was ever known. */
  readonly time: Values | undefined;
  readonly p50: Values | undefined;
  readonly p99: Values | undefined;
  readonly weight: Values | undefined;
  readonly limit: Values | undefined;
};

export type ServerHistory = HistorySeries & { readonly pool: string; readonly server: string };

/** What became of a service and its servers over time. */
export type ServiceHistory = {
  readonly range: HistoryRange;
  /** How long a slot is, ms. */
  readonly step: number;
  /** When each slot begins, ms since 1970; at most 360. */
  readonly at: readonly number[];
  readonly service: HistorySeries;
  readonly servers: readonly ServerHistory[];
};

/** Tells a history as columns, for these servers of a service. Slots in which nothing was seen stay gaps. */
export function historyOver(
  range: HistoryRange,
  now: number,
  slots: ReadonlyMap<number, Points>,
  servers: readonly { readonly pool: string; readonly server: string }[],
): ServiceHistory {
  const at = slotsOf(range, now);
  const { step } = RANGES[range];
  const all = filled(slots, step);
  const seriesOf = (name: string): HistorySeries => columns(at.map((slot) => all.get(slot)?.get(name)));
  return {
    range,
    step,
    at,
    service: seriesOf(''),
    servers: servers.map(({ pool, server }) => ({ pool, server, ...seriesOf(`${pool}/${server}`) })),
  };
}

function columns(points: readonly (Point | undefined)[]): HistorySeries {
  const column = (read: (point: Point) => number | undefined): Values =>
    points.map((point) => rounded(point && read(point)));
  return {
    rate: column(({ done, seconds }) => done / seconds),
    failed: column(({ failed, seconds }) => failed / seconds),
    inFlight: column(({ inFlight }) => inFlight),
    queued: column(({ queued }) => queued),
    time: orNothing(column(({ spent, answered }) => (answered === 0 ? undefined : spent / answered))),
    p50: orNothing(column(({ times }) => quantile(times, 0.5))),
    p99: orNothing(column(({ times }) => quantile(times, 0.99))),
    weight: orNothing(column(({ weight }) => weight)),
    limit: orNothing(column(({ limit }) => limit)),
  };
}

const rounded = (value: number | undefined): number | null =>
  value === undefined || !Number.isFinite(value) ? null : Number(value.toPrecision(4));

const orNothing = (values: Values): Values | undefined => (values.some((value) => value !== null) ? values : undefined);
