import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';

import { useAnswer } from '../../api/answer.ts';
import { useNow } from '../../api/live.tsx';
import { figure, spanInWords } from '../../design/numbers.ts';
import { type Queue, queueShown } from '../../design/queues.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ErrorNotice } from '../../parts/error-notice.tsx';
import { StateBadge } from '../../parts/state-badge.tsx';
import { Table } from '../../parts/table.tsx';
import { Direct } from './direct.tsx';
import './queues.css';

/** How often to ask what waits, ms. */
const EVERY = 2_000;

/** What is stored of HL7 messages and not delivered yet, by service and destination; and what is passed on at once. */
export function QueuesPage(): ReactNode {
  const queues = useAnswer('/api/v1/queues', undefined, { every: EVERY });
  const site = useAnswer('/api/v1/services', undefined, { every: EVERY });
  const direct = (site.data?.services ?? [])
    .filter(({ relay }) => relay !== undefined && relay.trouble === undefined && relay.queues.length === 0)
    .map(({ name }) => name);
  return (
    <div className="page">
      <h1>Queues</h1>
      {queues.error && <ErrorNotice error={queues.error} what="Ask what waits" onRetry={() => void queues.refetch()} />}
      {queues.data && (queues.data.length === 0 ? <NoQueues /> : <Queues queues={queues.data} />)}
      {queues.isPending && <p className="quiet">Asking…</p>}
      {direct.length > 0 && <Direct services={direct} />}
    </div>
  );
}

const SPEC = `adt:
  preset: hl7-mllp
  relay: { delivery: stored }`;

const NoQueues = (): ReactNode => (
  <EmptyState title="No service stores its messages">
    <p>
      A queue holds HL7 messages that Vagus has acknowledged and written to disk, until their destination has taken
      them. Senders go on while a destination is away, and what a destination will not take is kept here for somebody to
      look at.
    </p>
    <p>An HL7 service has one with this in the spec:</p>
    <pre className="spec-example">{SPEC}</pre>
  </EmptyState>
);

function Queues({ queues }: { readonly queues: readonly Queue[] }): ReactNode {
  const now = useNow(1_000);
  return (
    <Table
      caption="Queues"
      rows={queues}
      keyOf={({ service, destination }) => `${service}/${destination}`}
      columns={[
        {
          title: 'Queue',
          cell: (queue) => <Name queue={queue} />,
          sortBy: ({ label }) => label,
        },
        { title: 'State', cell: (queue) => <StateBadge shown={queueShown(queue, now)} /> },
        { title: 'Waiting', isNumber: true, cell: ({ depth }) => figure(depth), sortBy: ({ depth }) => depth },
        {
          title: 'Oldest waits for',
          isNumber: true,
          cell: (queue) => ageOf(queue, now),
          sortBy: ({ oldest }) => (oldest === undefined ? 0 : now - oldest),
        },
        { title: 'In, a second', isNumber: true, cell: ({ inPerSecond }) => figure(inPerSecond) },
        { title: 'Out, a second', isNumber: true, cell: ({ outPerSecond }) => figure(outPerSecond) },
        { title: 'Given up', isNumber: true, cell: ({ dead }) => figure(dead), sortBy: ({ dead }) => dead },
        { title: 'Sending', cell: ({ held, served }) => (held ? 'held' : served ? 'yes' : 'no') },
      ]}
    />
  );
}

/** Of a queue that is left the spec has no service to look at: it says what becomes of it. */
const Name = ({ queue: { service, label, served } }: { readonly queue: Queue }): ReactNode =>
  served ? (
    <Link to="/queues/$service" params={{ service }}>
      {label}
    </Link>
  ) : (
    <>
      {label}
      <span className="queue-left small quiet">
        Kept until the spec has it again, or <code>vagus queue discard {label} --all --waiting</code>
      </span>
    </>
  );

const ageOf = ({ depth, oldest }: Queue, now: number): string =>
  depth === 0 || oldest === undefined ? '–' : spanInWords((now - oldest) / 1_000);
