import { Link } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import type { Answer, routes } from '#api/contract';

import { useAnswer } from '../../api/answer.ts';
import { figure, time } from '../../design/numbers.ts';
import { type Server, type Service, serverShown, type Shown } from '../../design/states.ts';
import { Choice } from '../../parts/choice.tsx';
import { ErrorNotice } from '../../parts/error-notice.tsx';
import { SteeringCharts } from '../../parts/history/charts.tsx';
import { type Range, RANGES, useHistory } from '../../parts/history/history.ts';
import { StateBadge } from '../../parts/state-badge.tsx';
import { type Column, Table } from '../../parts/table.tsx';

type PoolSteering = Answer<(typeof routes)['steering']>[number];
type ServerSteering = PoolSteering['servers'][number];

/** How often to ask how it is steered, ms. */
const EVERY = 2_000;

type Props = { readonly service: Service; readonly isOpen: boolean };

/** A service that is steered or watched: folded it says what is unusual, open also what every server gets, and got. */
export function SteeredService({ service, isOpen: isOpenFirst }: Props): ReactNode {
  const [isOpen, setIsOpen] = useState(isOpenFirst);
  return (
    <details
      className="steered"
      open={isOpen}
      onToggle={({ currentTarget }) => {
        setIsOpen(currentTarget.open);
      }}
    >
      <summary>
        <h2>{service.name}</h2>
        <span className="quiet">{inShort(service)}</span>
      </summary>
      {isOpen && <Opened service={service} />}
    </details>
  );
}

/** `2 of 4 servers are not treated as configured`. */
function inShort({ pools }: Service): string {
  const steered = pools.flatMap(({ servers }) => servers.flatMap((server) => (server.steering ? [server] : [])));
  const unusual = steered.filter(isUnusual).length;
  const isWatched = steered.every(({ steering }) => steering?.mode === 'observe');
  const would = isWatched ? 'would be treated otherwise' : 'are treated otherwise';
  return unusual === 0
    ? 'every server gets what is configured'
    : `${unusual} of ${steered.length} servers ${would} than configured`;
}

const isUnusual = ({ steering }: Server): boolean => steering?.treatment !== 'in' || steering.weight !== 100;

function Opened({ service }: { readonly service: Service }): ReactNode {
  const [range, setRange] = useState<Range>('1h');
  const pools = useAnswer(
    '/api/v1/services/:service/steering',
    { params: { service: service.name } },
    { every: EVERY },
  );
  const history = useHistory(service.name, range);
  const error = pools.error ?? history.error;
  return (
    <div className="steered-body">
      {error && <ErrorNotice error={error} />}
      {pools.data?.map((pool) => (
        <Pool key={pool.pool} pool={pool} service={service} />
      ))}
      <div className="page-head">
        <h3>Over time</h3>
        <Choice label={`How far back, ${service.name}`} options={RANGES} value={range} onChange={setRange} />
        <Link to="/services/$service" params={{ service: service.name }}>
          All about {service.name}
        </Link>
      </div>
      {history.data && <SteeringCharts history={history.data} />}
    </div>
  );
}

function Pool({ pool, service }: { readonly pool: PoolSteering; readonly service: Service }): ReactNode {
  const { mode, hindrance, rate, servers } = pool;
  const states = service.pools.find(({ name }) => name === pool.pool)?.servers ?? [];
  return (
    <section className="steered-pool" aria-label={`Pool ${pool.pool} of ${service.name}`}>
      <p className="page-head">
        {service.pools.length > 1 && <strong>{pool.pool}</strong>}
        <StateBadge shown={modeShown(pool)} />
        <span className="quiet">
          {rate === undefined ? 'its rate is not known yet' : `${figure(rate)} answers a second`}
        </span>
      </p>
      {hindrance !== undefined && (
        <p>
          {mode === 'on' ? 'Nothing is done just now: ' : 'Nothing is seen just now: '}
          {hindrance}
        </p>
      )}
      <Table
        caption={`How the servers of ${service.name} are steered, pool ${pool.pool}`}
        rows={servers.map((steering) => ({ steering, state: states.find(({ name }) => name === steering.server) }))}
        keyOf={({ steering }) => steering.server}
        columns={columns}
      />
    </section>
  );
}

const modeShown = ({ mode, hindrance }: PoolSteering): Shown => {
  if (hindrance !== undefined) return { tone: 'doubtful', word: 'Hindered' };
  return mode === 'on' ? { tone: 'good', word: 'Steered' } : { tone: 'unknown', word: 'Only watched' };
};

type Row = { readonly steering: ServerSteering; readonly state: Server | undefined };

const columns: readonly Column<Row>[] = [
  { title: 'Server', cell: ({ steering }) => steering.server },
  { title: 'State', cell: ({ state }) => state && <StateBadge shown={serverShown(state)} /> },
  { title: 'Why', cell: ({ steering }) => <span className="why">{steering.words}</span> },
  { title: 'Weight', isNumber: true, cell: ({ steering }) => <Share percent={steering.weight} /> },
  { title: 'Limit', isNumber: true, cell: ({ steering }) => figure(steering.limit) },
  { title: 'In flight', isNumber: true, cell: ({ steering }) => figure(steering.inFlight) },
  { title: 'Answer', isNumber: true, cell: ({ steering }) => time(steering.answerTime) },
];

/** A share of what is configured, as a number and as a bar. */
const Share = ({ percent }: { readonly percent: number }): ReactNode => (
  <span className="share">
    <svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
      <rect className="whole" width="100" height="6" />
      <rect className="part" width={Math.min(100, percent)} height="6" />
    </svg>
    {percent} %
  </span>
);
