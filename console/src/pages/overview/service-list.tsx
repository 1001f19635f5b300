import { Link } from '@tanstack/react-router';
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useLayoutEffect, useRef, useState } from 'react';

import type { Rates } from '../../api/rates.ts';
import { figure, time } from '../../design/numbers.ts';
import { type Group, GROUPS, groupOf, unitOf } from '../../design/presets.ts';
import { type Server, serverShown, type Service, serviceShown } from '../../design/states.ts';
import { Sparkline } from '../../parts/sparkline.tsx';
import { StateBadge, StateMark } from '../../parts/state-badge.tsx';
import './service-list.css';

type Row = { readonly group: Group; readonly size: number } | { readonly service: Service };

type Props = { readonly services: readonly Service[]; readonly rates: Rates };

const COLUMNS = ['State', 'Service', 'Traffic', 'Response', 'In use', 'Waiting', 'Servers'] as const;

/** All services by what they are to a hospital. Of a long list only what is seen is drawn. */
export function ServiceList({ services, rates }: Props): ReactNode {
  const rows = rowsOf(services);
  const place = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  useLayoutEffect(() => {
    // Where the list begins depends on what stands above it, which may change with every answer.
    const now = place.current === null ? 0 : Math.round(place.current.getBoundingClientRect().top + scrollY);
    if (now !== top) setTop(now);
  });
  const virtual = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => 44,
    overscan: 8,
    scrollMargin: top,
    getItemKey: (index) => {
      const row = rows[index];
      return row === undefined ? index : 'group' in row ? `group ${row.group}` : row.service.name;
    },
  });
  return (
    <div role="table" aria-label="Services" aria-rowcount={rows.length + 1} className="service-list">
      <div role="row" aria-rowindex={1} className="service-row service-heads small quiet">
        {COLUMNS.map((title) => (
          <span key={title} role="columnheader">
            {title}
          </span>
        ))}
      </div>
      <div ref={place} role="rowgroup" className="service-rows" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ key, index, start }) => {
          const row = rows[index];
          return (
            <div
              key={key}
              ref={virtual.measureElement}
              data-index={index}
              role="row"
              aria-rowindex={index + 2}
              className={row && 'group' in row ? 'service-group' : 'service-row'}
              style={{ transform: `translateY(${start - top}px)` }}
            >
              {row && ('group' in row ? <GroupCell row={row} /> : <ServiceCells service={row.service} rates={rates} />)}
            </div>
          );
        })}
      </div>
    </div>
  );
}

const GroupCell = ({ row: { group, size } }: { readonly row: Extract<Row, { group: Group }> }): ReactNode => (
  <div role="cell" aria-colspan={COLUMNS.length}>
    <h3>
      {group} <span className="quiet small">{size}</span>
    </h3>
  </div>
);

function ServiceCells({ service, rates }: { readonly service: Service; readonly rates: Rates }): ReactNode {
  const servers = service.pools.flatMap((pool) => pool.servers);
  const waiting = service.pools.reduce((sum, { queued }) => sum + queued, 0) + sumOf(servers, ({ queued }) => queued);
  const unit = unitOf(service.preset);
  return (
    <>
      <span role="cell">
        <StateBadge shown={serviceShown(service)} />
      </span>
      <span role="cell" className="service-name">
        <Link to="/services/$service" params={{ service: service.name }}>
          {service.name}
        </Link>{' '}
        <span className="quiet small">{service.preset}</span>
      </span>
      <span role="cell" className="service-traffic number">
        <Sparkline values={rates.line(service)} />
        <span title={`${unit}s in a second`}>{figure(rates.ofService(service))}/s</span>
      </span>
      <span role="cell" className="number">
        <span className="service-title">Response </span>
        {time(responseOf(servers))}
      </span>
      <span role="cell" className="number" title={`${unit}s under way`}>
        <span className="service-title">In use </span>
        {figure(sumOf(servers, ({ connections }) => connections))}
      </span>
      <span role="cell" className="number" data-tone={waiting > 0 ? 'doubtful' : undefined}>
        <span className="service-title">Waiting </span>
        {figure(waiting)}
      </span>
      <span role="cell" className="service-cells">
        <ServerCells servers={servers} />
      </span>
    </>
  );
}

/** More of them cannot be counted at a glance. */
const MOST_CELLS = 16;

function ServerCells({ servers }: { readonly servers: readonly Server[] }): ReactNode {
  const serving = servers.filter(({ state }) => state === 'up' || state === 'failing').length;
  return (
    <>
      {servers.slice(0, MOST_CELLS).map((server) => {
        const shown = serverShown(server);
        return (
          <span key={server.label} data-tone={shown.tone} title={`${server.label}: ${shown.word}, ${server.why}`}>
            <StateMark tone={shown.tone} />
          </span>
        );
      })}
      <span className="small quiet number">
        {serving}/{servers.length}
        <span className="sr-only"> servers serve</span>
      </span>
    </>
  );
}

/** Weighted by what each server has under way at all, so that an idle one does not count like a busy one. */
function responseOf(servers: readonly Server[]): number | undefined {
  const measured = servers.filter(({ responseTime, served }) => responseTime > 0 && served > 0);
  const all = sumOf(measured, ({ served }) => served);
  return all === 0 ? undefined : sumOf(measured, ({ responseTime, served }) => responseTime * served) / all;
}

const sumOf = (servers: readonly Server[], number: (server: Server) => number): number =>
  servers.reduce((sum, server) => sum + number(server), 0);

function rowsOf(services: readonly Service[]): readonly Row[] {
  const byGroup = Map.groupBy(services, ({ preset }) => groupOf(preset));
  return GROUPS.flatMap((group): Row[] => {
    const own = byGroup.get(group) ?? [];
    return own.length === 0 ? [] : [{ group, size: own.length }, ...own.map((service) => ({ service }))];
  });
}
