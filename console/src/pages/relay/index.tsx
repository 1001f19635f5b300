import { useParams } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Answer, routes } from '#api/contract';

import { useAnswer } from '../../api/answer.ts';
import { ErrorNotice } from '../../parts/error-notice.tsx';
import { Moment, zoneInWords } from '../../parts/moment.tsx';
import { DestinationSection } from './destination.tsx';
import './relay.css';

export type Relay = Answer<(typeof routes)['relay']>;

/** How often to ask what the relay does, ms. */
const EVERY = 2_000;

/** How the messages of a service are passed on: its destinations, what waits for them, and what was given up. */
export function RelayPage(): ReactNode {
  const { service } = useParams({ from: '/shell/queues/$service' });
  const relay = useAnswer('/api/v1/services/:service/relay', { params: { service } }, { every: EVERY });
  return (
    <div className="page">
      <div className="page-head">
        <h1>Messages of {service}</h1>
        <p className="quiet small">Times in {zoneInWords()}.</p>
      </div>
      {relay.error && (
        <ErrorNotice error={relay.error} what="Ask about its messages" onRetry={() => void relay.refetch()} />
      )}
      {relay.isPending && <p className="quiet">Asking…</p>}
      {relay.data && <Whole relay={relay.data} />}
    </div>
  );
}

const DELIVERY = {
  stored: 'A message is acknowledged once it is on disk here, then delivered.',
  direct: 'A message is passed on at once, and acknowledged by whoever took it; nothing is stored here.',
} as const;

const Whole = ({ relay }: { readonly relay: Relay }): ReactNode => (
  <>
    <section className="section" aria-label="In all">
      <p>{DELIVERY[relay.delivery]}</p>
      <Counters relay={relay} />
    </section>
    {relay.destinations.map((destination) => (
      <DestinationSection
        key={destination.name}
        service={relay.service}
        destination={destination}
        isOnly={relay.destinations.length === 1}
      />
    ))}
  </>
);

function Counters({ relay: { since, underWay, delivery, counters } }: { readonly relay: Relay }): ReactNode {
  const { senders, received, stored, repeated, dead, refused, unserved, unknown, sentAgain } = counters;
  // What never happened is left out, but for what always counts.
  const facts = [
    ['Senders', senders, true],
    ['Under way', underWay, true],
    ['Received', received, true],
    ['Stored', stored, delivery === 'stored'],
    ['Came again, stored once', repeated, false],
    ['Given up', dead, false],
    ['Refused for what they are', refused, false],
    ['Refused for want of a server or room', unserved, false],
    ['Not known what became of them', unknown, false],
    ['Sent again, perhaps handled twice', sentAgain, false],
  ] as const;
  return (
    <>
      <dl className="facts">
        {facts
          .filter(([, number, isAlways]) => isAlways || number > 0)
          .map(([name, number]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd className="number">{number.toLocaleString('en')}</dd>
            </div>
          ))}
      </dl>
      <p className="quiet small">
        Counted since the relay started, <Moment at={since} />.
      </p>
    </>
  );
}
