import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Answer, routes } from '#api/contract';

import { useAnswer } from '../../api/answer.ts';
import { figure } from '../../design/numbers.ts';
import { Table } from '../../parts/table.tsx';

type Relay = Answer<(typeof routes)['relay']>;

/** How often to ask what the relay does, ms. */
const EVERY = 2_000;

/** The services whose messages are passed on one by one and never stored: nothing waits in a queue, and something can be under way. */
export function Direct({ services }: { readonly services: readonly string[] }): ReactNode {
  return (
    <section className="section" aria-labelledby="direct">
      <h2 id="direct">Passed on without being stored</h2>
      <Table
        caption="Services that pass messages on without storing them"
        rows={services}
        keyOf={(service) => service}
        columns={[
          {
            title: 'Service',
            cell: (service) => (
              <Link to="/queues/$service" params={{ service }}>
                {service}
              </Link>
            ),
            sortBy: (service) => service,
          },
          column('Senders', ({ counters }) => counters.senders),
          column('Under way', ({ underWay }) => underWay),
          column('Received', ({ counters }) => counters.received),
          column('Refused', ({ counters }) => counters.refused + counters.unserved),
          column('Not known', ({ counters }) => counters.unknown),
        ]}
      />
    </section>
  );
}

const column = (title: string, of: (relay: Relay) => number) => ({
  title,
  isNumber: true,
  cell: (service: string) => <Count service={service} of={of} />,
});

type CountProps = { readonly service: string; readonly of: (relay: Relay) => number };

/** Of all numbers of a service the relay is asked once. */
function Count({ service, of }: CountProps): ReactNode {
  const relay = useAnswer('/api/v1/services/:service/relay', { params: { service } }, { every: EVERY }).data;
  return figure(relay && of(relay));
}
