import type { ReactNode } from 'react';

import type { Rates } from '../../design/rates.ts';
import { figure, perSecond, spanInWords, time } from '../../design/numbers.ts';
import { type Pool, type Server, serverShown, type Service, serviceShown } from '../../design/states.ts';
import { LongTable, type LongRow } from '../../parts/long-table.tsx';
import { ServiceLink } from '../../parts/service-link.tsx';
import { StateBadge, StateMark } from '../../parts/state-badge.tsx';
import './server-list.css';

type Props = { readonly services: readonly Service[]; readonly rates: Rates };

const COLUMNS = ['State', 'Server', 'What its check says', 'Since', 'Weight', 'Traffic', 'Response', 'In use'] as const;

/** Servers under their services. */
export const ServerList = ({ services, rates }: Props): ReactNode => (
  <LongTable
    label="Servers"
    className="server-list"
    columns={COLUMNS}
    rows={services.flatMap((service): LongRow[] => [
      { key: service.name, isHead: true, cells: () => <ServiceHead service={service} /> },
      ...service.pools.flatMap((pool) =>
        pool.servers.map((server) => ({
          key: server.label,
          cells: () => <ServerCells pool={pool} server={server} rate={rates.ofServer(server.label)} />,
        })),
      ),
    ])}
  />
);

function ServiceHead({ service }: { readonly service: Service }): ReactNode {
  const { name, preset, listen } = service;
  const shown = serviceShown(service);
  return (
    <h2 className="service-head" data-tone={shown.tone}>
      <StateMark tone={shown.tone} />
      <span className="sr-only">{shown.word}: </span>
      <ServiceLink service={name}>{name}</ServiceLink>
      <span className="quiet small">
        {preset} on {listen.join(', ')}
      </span>
    </h2>
  );
}

type CellsProps = { readonly pool: Pool; readonly server: Server; readonly rate: number | undefined };

function ServerCells({ pool, server, rate }: CellsProps): ReactNode {
  const { name, address, why, since, weight, responseTime, connections, backup, steering } = server;
  const isSteered = steering?.mode === 'on' && steering.weight !== 100;
  return (
    <>
      <span role="cell">
        <StateBadge shown={serverShown(server)} />
      </span>
      <span role="cell" className="server-name">
        <strong>{name}</strong>
        {pool.name !== 'default' && <span className="quiet small"> {pool.name}</span>}
        {backup && <span className="quiet small"> backup</span>} <code className="quiet small">{address}</code>
      </span>
      <span role="cell" className="server-why small">
        {why}
      </span>
      <span role="cell" className="number">
        <span className="cell-title">Since </span>
        {spanInWords(since)}
      </span>
      <span role="cell" className="number" title={isSteered ? steering.words : undefined}>
        <span className="cell-title">Weight </span>
        {isSteered ? `${steering.weight} %` : weight}
      </span>
      <span role="cell" className="number">
        <span className="cell-title">Traffic </span>
        {perSecond(rate)}
      </span>
      <span role="cell" className="number">
        <span className="cell-title">Response </span>
        {time(responseTime > 0 ? responseTime : undefined)}
      </span>
      <span role="cell" className="number">
        <span className="cell-title">In use </span>
        {figure(connections)}
      </span>
    </>
  );
}
