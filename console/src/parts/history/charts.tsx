import type { ReactNode } from 'react';

import { Chart, type Series } from '../chart.tsx';
import { type History, linesOf, MOST_LINES, type ServerHistory, shownServers, UNITS } from './history.ts';
import './charts.css';

type One = { readonly title: string; readonly unit: string; readonly series: readonly Series[] | undefined };

/** Charts beside each other; what is not known of any of them is left out. */
function Charts({ at, charts }: { readonly at: History['at']; readonly charts: readonly One[] }): ReactNode {
  return (
    <div className="charts">
      {charts.map(({ title, unit, series }) =>
        series === undefined ? null : <Chart key={title} title={title} unit={unit} moments={at} series={series} />,
      )}
    </div>
  );
}

/** What a service did as a whole. */
export function ServiceCharts({ history }: { readonly history: History }): ReactNode {
  const { at, unit, service } = history;
  const times: readonly Series[] | undefined =
    service.p50 && service.p99
      ? [
          { name: 'half within', values: service.p50 },
          { name: '99 of 100 in', values: service.p99 },
        ]
      : service.time && [{ name: 'average', values: service.time }];
  return (
    <Charts
      at={at}
      charts={[
        {
          title: UNITS[unit],
          unit: 'a second',
          series: [
            { name: 'done', values: service.rate },
            { name: 'failed', values: service.failed },
          ],
        },
        { title: 'Response time', unit: 'ms', series: times },
        {
          title: 'In flight and waiting',
          unit: UNITS[unit].toLowerCase(),
          series: [
            { name: 'in flight', values: service.inFlight },
            { name: 'waiting', values: service.queued },
          ],
        },
      ]}
    />
  );
}

/** What its servers did, beside each other. */
export function ServerCharts({ history }: { readonly history: History }): ReactNode {
  const { at, unit, servers } = history;
  const shown = shownServers(servers);
  const things = UNITS[unit].toLowerCase();
  return (
    <>
      {servers.length > shown.length && (
        <p className="quiet small">
          The {MOST_LINES} of {servers.length} servers that had the most to do.
        </p>
      )}
      <Charts
        at={at}
        charts={[
          { title: UNITS[unit], unit: 'a second', series: linesOf(shown, 'rate') },
          ...timesOf(shown),
          { title: 'Failed', unit: 'a second', series: linesOf(shown, 'failed') },
          { title: 'In flight', unit: things, series: linesOf(shown, 'inFlight') },
          { title: 'Waiting', unit: things, series: linesOf(shown, 'queued') },
          { title: 'Weight', unit: 'in force', series: linesOf(shown, 'weight') },
          { title: 'Limit', unit: `${things} at one time`, series: linesOf(shown, 'limit') },
        ]}
      />
    </>
  );
}

/** Where every request is measured, how long half and nearly all of them took; elsewhere the average. */
function timesOf(servers: readonly ServerHistory[]): readonly One[] {
  const half = linesOf(servers, 'p50');
  if (half === undefined) {
    return [{ title: 'Response time', unit: 'ms, average', series: linesOf(servers, 'time') }];
  }
  return [
    { title: 'Half answered in', unit: 'ms', series: half },
    { title: '99 of 100 in', unit: 'ms', series: linesOf(servers, 'p99') },
  ];
}

/** What steering decides on and what it decides. */
export function SteeringCharts({ history }: { readonly history: History }): ReactNode {
  const { at, servers } = history;
  const shown = shownServers(servers);
  return (
    <Charts
      at={at}
      charts={[
        { title: 'Weight', unit: 'in force', series: linesOf(shown, 'weight') },
        { title: 'Half answered in', unit: 'ms', series: linesOf(shown, 'p50') },
        { title: 'In flight', unit: 'requests', series: linesOf(shown, 'inFlight') },
        { title: 'Limit', unit: 'requests at one time', series: linesOf(shown, 'limit') },
      ]}
    />
  );
}
