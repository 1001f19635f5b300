import { Link, useParams } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';

import { useAnswer } from '../../api/answer.ts';
import { type Service, serviceShown } from '../../design/states.ts';
import { figure } from '../../design/numbers.ts';
import { Choice } from '../../parts/choice.tsx';
import { ErrorNotice } from '../../parts/error-notice.tsx';
import { ServerCharts, ServiceCharts } from '../../parts/history/charts.tsx';
import { type Range, RANGES, useHistory } from '../../parts/history/history.ts';
import { StateBadge } from '../../parts/state-badge.tsx';
import { Events } from './events.tsx';
import { Servers } from './servers.tsx';
import { SpecSection } from './spec-section.tsx';
import './service.css';

/** How often to ask how it is, ms. */
const EVERY = 2_000;

export function ServicePage(): ReactNode {
  const { service: name } = useParams({ from: '/shell/services/$service' });
  const service = useAnswer('/api/v1/services/:service', { params: { service: name } }, { every: EVERY });
  if (service.data === undefined) {
    return (
      <div className="page">
        <h1>{name}</h1>
        {service.error ? <ErrorNotice error={service.error} /> : <p className="quiet">Asking…</p>}
      </div>
    );
  }
  return (
    <div className="page service-page">
      <Head service={service.data} />
      <Servers service={service.data} />
      <Charts key={name} service={name} />
      <Events service={name} />
      <SpecSection service={name} />
    </div>
  );
}

const Head = ({ service }: { readonly service: Service }): ReactNode => (
  <header className="service-head">
    <div className="page-head">
      <h1>{service.name}</h1>
      <StateBadge shown={serviceShown(service)} />
    </div>
    <dl className="facts small">
      <div>
        <dt>Preset</dt>
        <dd>{service.preset}</dd>
      </div>
      <div>
        <dt>Listens on</dt>
        <dd>{service.listen.join(', ')}</dd>
      </div>
      <div>
        <dt>Connections</dt>
        <dd className="number">{figure(service.connections)}</dd>
      </div>
      <div>
        <dt>Refused</dt>
        <dd className="number">{figure(service.refused)}</dd>
      </div>
      {service.relay && <Messages service={service.name} relay={service.relay} />}
    </dl>
  </header>
);

type MessagesProps = { readonly service: string; readonly relay: NonNullable<Service['relay']> };

/** Of a service whose messages are passed on one by one: what waits of them, and the way to all that is known. */
function Messages({ service, relay: { trouble, queues } }: MessagesProps): ReactNode {
  const sum = (of: (queue: (typeof queues)[number]) => number): number => queues.reduce((all, one) => all + of(one), 0);
  const dead = sum((queue) => queue.dead);
  const waiting = queues.length === 0 ? 'passed on at once' : `${figure(sum(({ depth }) => depth))} waiting`;
  return (
    <div>
      <dt>Messages</dt>
      <dd className="number">
        <Link to="/queues/$service" params={{ service }}>
          {trouble === undefined ? waiting : 'the relay does not answer'}
          {dead > 0 && `, ${figure(dead)} given up`}
        </Link>
      </dd>
    </div>
  );
}

const WHOSE = [
  ['service', 'The service'],
  ['servers', 'Each server'],
] as const;

function Charts({ service }: { readonly service: string }): ReactNode {
  const [range, setRange] = useState<Range>('1h');
  const [whose, setWhose] = useState<'service' | 'servers'>('service');
  const history = useHistory(service, range);
  return (
    <section className="section" aria-labelledby="history">
      <header className="page-head">
        <h2 id="history">What it did</h2>
        <Choice label="How far back" options={RANGES} value={range} onChange={setRange} />
        <Choice label="Of what" options={WHOSE} value={whose} onChange={setWhose} />
      </header>
      {history.data === undefined ? (
        history.error ? (
          <ErrorNotice error={history.error} />
        ) : (
          <p className="quiet">Asking…</p>
        )
      ) : whose === 'service' ? (
        <ServiceCharts history={history.data} />
      ) : (
        <ServerCharts history={history.data} />
      )}
    </section>
  );
}
