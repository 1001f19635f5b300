import type { ReactNode } from 'react';

import { type Server, type Service, serverShown } from '../../design/states.ts';
import { ServerActions } from '../../acting/server-actions.tsx';
import { figure, spanInWords, time } from '../../design/numbers.ts';
import { latest, type ServerHistory, totalOver, useHistory } from '../../parts/history/history.ts';
import { StateBadge } from '../../parts/state-badge.tsx';
import { type Column, Table } from '../../parts/table.tsx';

/** A server, and what is known of the last hour of it. */
type Row = {
  readonly service: string;
  readonly pool: string;
  readonly server: Server;
  readonly past: ServerHistory | undefined;
  readonly failed: number | undefined;
};

/** The servers of a service, pool by pool: how each is and why, what it is given, and what it does with it. */
export function Servers({ service }: { readonly service: Service }): ReactNode {
  const history = useHistory(service.name, '1h').data;
  return service.pools.map(({ name, queued, servers }) => {
    const rows = servers.map((server): Row => {
      const past = history?.servers.find((each) => each.pool === name && each.server === server.name);
      return {
        service: service.name,
        pool: name,
        server,
        past,
        failed: history && past && totalOver(history, past.failed),
      };
    });
    return (
      <section key={name} className="section" aria-labelledby={`pool-${name}`}>
        <header className="page-head">
          <h2 id={`pool-${name}`}>{service.pools.length === 1 ? 'Servers' : `Servers of the pool ${name}`}</h2>
          {queued > 0 && <p className="quiet small">{figure(queued)} wait for whichever is free first</p>}
        </header>
        <Table
          caption={`Servers of ${service.name}, pool ${name}`}
          rows={rows}
          keyOf={({ server }) => server.label}
          columns={columns}
        />
      </section>
    );
  });
}

const columns: readonly Column<Row>[] = [
  { title: 'Server', sortBy: ({ server }) => server.name, cell: ({ server }) => <Name server={server} /> },
  { title: 'State', sortBy: ({ server }) => server.state, cell: ({ server }) => <State server={server} /> },
  { title: 'Weight', isNumber: true, sortBy: ({ server }) => server.weight, cell: ({ server }) => server.weight },
  { title: 'Limit', isNumber: true, cell: ({ past }) => figure(latest(past?.limit)) },
  {
    title: 'In flight',
    isNumber: true,
    sortBy: ({ server }) => server.connections,
    cell: ({ server }) => <InFlight server={server} />,
  },
  {
    title: 'Waiting',
    isNumber: true,
    sortBy: ({ server }) => server.queued,
    cell: ({ server }) => figure(server.queued),
  },
  { title: 'Response', isNumber: true, cell: (row) => <Response {...row} /> },
  { title: 'Failed, 1 h', isNumber: true, sortBy: ({ failed = 0 }) => failed, cell: ({ failed }) => figure(failed) },
  {
    title: 'Act',
    cell: ({ service, pool, server }) => <ServerActions service={service} pool={pool} server={server} />,
  },
];

const Name = ({ server: { name, address, backup } }: { readonly server: Server }): ReactNode => (
  <>
    {name}
    <span className="under small">
      {address}
      {backup && ' · backup'}
    </span>
  </>
);

/** What it is, for how long, what its check says, and what people and steering make of it. */
function State({ server }: { readonly server: Server }): ReactNode {
  const { why, since, steering, override } = server;
  return (
    <div className="server-state">
      <p className="state-line">
        <StateBadge shown={serverShown(server)} /> <span className="quiet small">for {spanInWords(since)}</span>
      </p>
      <ul className="reasons small">
        <li>
          <span className="quiet">Check:</span> {why}
        </li>
        {steering && (
          <li>
            <span className="quiet">{steering.mode === 'on' ? 'Steering:' : 'Steering would:'}</span> {steering.words}
          </li>
        )}
        {override && (
          <li>
            <span className="quiet">
              {override.state === 'drain' ? 'Drained by' : 'In maintenance by'} {override.by}
              {override.why !== undefined && ':'}
            </span>{' '}
            {override.why}
          </li>
        )}
      </ul>
    </div>
  );
}

const InFlight = ({ server }: { readonly server: Server }): ReactNode => (
  <>
    {figure(server.connections)}
    {server.connectionsBeforeReload > 0 && (
      <span className="under small">{figure(server.connectionsBeforeReload)} from before a reload</span>
    )}
  </>
);

/** Half and 99 of 100 within, where that is measured; elsewhere the average. */
function Response({ server, past }: Row): ReactNode {
  const [half, nearlyAll] = [latest(past?.p50), latest(past?.p99)];
  if (half !== undefined && nearlyAll !== undefined) {
    return (
      <>
        {time(half)}
        <span className="under small">99 of 100: {time(nearlyAll)}</span>
      </>
    );
  }
  if (server.responseTime === 0) return '–';
  return (
    <>
      {time(server.responseTime)}
      <span className="under small">on average</span>
    </>
  );
}
