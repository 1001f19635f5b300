import { memo, type ReactNode, useMemo } from 'react';

import type { Rates } from '../../design/rates.ts';
import { figure, perSecond, time } from '../../design/numbers.ts';
import { type Group, GROUPS, groupOf, unitOf } from '../../design/presets.ts';
import { type Server, serverShown, type Service, serviceShown } from '../../design/states.ts';
import { LongTable, type LongRow } from '../../parts/long-table.tsx';
import { ServiceLink } from '../../parts/service-link.tsx';
import { Sparkline } from '../../parts/sparkline.tsx';
import { StateBadge, StateMarks } from '../../parts/state-badge.tsx';
import './service-list.css';

type Props = { readonly services: readonly Service[]; readonly rates: Rates };

const COLUMNS = ['State', 'Service', 'Traffic', 'Response', 'In use', 'Waiting', 'Servers'] as const;

/** All services by what they are to a hospital. */
export const ServiceList = memo(function ServiceList({ services, rates }: Props): ReactNode {
  const rows = useMemo(() => rowsOf(services, rates), [services, rates]);
  return <LongTable label="Services" className="service-list" columns={COLUMNS} rows={rows} />;
});

function rowsOf(services: readonly Service[], rates: Rates): readonly LongRow[] {
  const byGroup = Map.groupBy(services, ({ preset }) => groupOf(preset));
  return GROUPS.flatMap((group): LongRow[] => {
    const own = byGroup.get(group) ?? [];
    if (own.length === 0) return [];
    const head = { key: `group ${group}`, isHead: true, cells: () => <GroupHead group={group} size={own.length} /> };
    return [
      head,
      ...own.map((service) => ({
        key: service.name,
        cells: () => <ServiceCells service={service} rates={rates} />,
      })),
    ];
  });
}

const GroupHead = ({ group, size }: { readonly group: Group; readonly size: number }): ReactNode => (
  <h3>
    {group} <span className="quiet small">{size}</span>
  </h3>
);

type CellsProps = { readonly service: Service; readonly rates: Rates };

/** Rows that stay on the screen while it is scrolled are not drawn again. */
const ServiceCells = memo(function ServiceCells({ service, rates }: CellsProps): ReactNode {
  const servers = service.pools.flatMap((pool) => pool.servers);
  const waiting = service.pools.reduce((sum, { queued }) => sum + queued, 0) + sumOf(servers, ({ queued }) => queued);
  const unit = unitOf(service.preset);
  return (
    <>
      <span role="cell">
        <StateBadge shown={serviceShown(service)} />
      </span>
      <span role="cell" className="service-name">
        <ServiceLink service={service.name}>{service.name}</ServiceLink>{' '}
        <span className="quiet small">{service.preset}</span>
      </span>
      <span role="cell" className="service-traffic number">
        <Sparkline values={rates.line(service)} />
        <span title={`${unit}s in a second`}>{perSecond(rates.ofService(service))}</span>
      </span>
      <span role="cell" className="number">
        <span className="cell-title">Response </span>
        {time(responseOf(servers))}
      </span>
      <span role="cell" className="number" title={`${unit}s under way`}>
        <span className="cell-title">In use </span>
        {figure(sumOf(servers, ({ connections }) => connections))}
      </span>
      <span role="cell" className="number" data-tone={waiting > 0 ? 'doubtful' : undefined}>
        <span className="cell-title">Waiting </span>
        {figure(waiting)}
      </span>
      <span role="cell" className="service-cells">
        <ServerCells servers={servers} />
      </span>
    </>
  );
});

/** More of them cannot be counted at a glance. */
const MOST_CELLS = 16;

function ServerCells({ servers }: { readonly servers: readonly Server[] }): ReactNode {
  const serving = servers.filter(({ state }) => state === 'up' || state === 'failing').length;
  const shown = servers.slice(0, MOST_CELLS);
  return (
    <>
      <span title={shown.map(inWords).join('\n')}>
        <StateMarks tones={shown.map((server) => serverShown(server).tone)} />
      </span>
      <span className="small quiet number">
        {serving}/{servers.length}
        <span className="sr-only"> servers serve</span>
      </span>
    </>
  );
}

const inWords = (server: Server): string => `${server.name}: ${serverShown(server).word}, ${server.why}`;

/** Weighted by what each server has under way at all, so that an idle one does not count like a busy one. */
function responseOf(servers: readonly Server[]): number | undefined {
  const measured = servers.filter(({ responseTime, served }) => responseTime > 0 && served > 0);
  const all = sumOf(measured, ({ served }) => served);
  return all === 0 ? undefined : sumOf(measured, ({ responseTime, served }) => responseTime * served) / all;
}

const sumOf = (servers: readonly Server[], number: (server: Server) => number): number =>
  servers.reduce((sum, server) => sum + number(server), 0);
