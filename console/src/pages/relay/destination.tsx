import type { ReactNode } from 'react';

import { useNow } from '../../api/live.tsx';
import { count, figure, spanInWords, time } from '../../design/numbers.ts';
import { type Queue, queueShown } from '../../design/queues.ts';
import type { Shown } from '../../design/states.ts';
import { StateBadge } from '../../parts/state-badge.tsx';
import { Table } from '../../parts/table.tsx';
import { QueueActions } from './actions.tsx';
import { DeadMessages } from './dead.tsx';
import type { Relay } from './index.tsx';

type Destination = Relay['destinations'][number];
type Server = Destination['servers'][number];

type Props = { readonly service: string; readonly destination: Destination; readonly isOnly: boolean };

/** What waits for a destination, its servers, and what was given up. */
export function DestinationSection({
  service,
  destination: { name, waiting, queue, servers },
  isOnly,
}: Props): ReactNode {
  const now = useNow(1_000);
  const title = isOnly ? 'Destination' : `To ${name === 'default' ? 'everybody else' : name}`;
  return (
    <section className="section destination" aria-labelledby={`to-${name}`}>
      <div className="page-head">
        <h2 id={`to-${name}`}>{title}</h2>
        {queue && <StateBadge shown={queueShown(queue, now)} />}
        <p className="quiet">{queue ? queueInWords(queue, now) : waitingInWords(waiting)}</p>
      </div>
      {queue && <QueueActions queue={queue} />}
      <Servers name={name} servers={servers} />
      {queue && queue.dead > 0 && <DeadMessages service={service} queue={queue} />}
    </section>
  );
}

/** `12 messages wait, the oldest for 3 min; 4 in and 2.1 out a second`. */
function queueInWords({ depth, oldest, held, inPerSecond, outPerSecond }: Queue, now: number): string {
  const age = depth === 0 || oldest === undefined ? '' : `, the oldest for ${spanInWords((now - oldest) / 1_000)}`;
  const rates = inPerSecond === undefined ? '' : `; ${figure(inPerSecond)} in and ${figure(outPerSecond)} out a second`;
  return `${waitingInWords(depth)}${age}${rates}${held ? '; held: nothing is sent' : ''}`;
}

const waitingInWords = (waiting: number): string =>
  waiting === 0 ? 'nothing waits' : `${count(waiting, 'message')} ${waiting === 1 ? 'waits' : 'wait'}`;

const STATES: Readonly<Record<Server['state'], Shown>> = {
  up: { tone: 'good', word: 'Up' },
  down: { tone: 'bad', word: 'Down' },
  drain: { tone: 'apart', word: 'Draining' },
  maint: { tone: 'apart', word: 'Maintenance' },
};

const Servers = ({ name, servers }: Pick<Destination, 'name' | 'servers'>): ReactNode => (
  <Table
    caption={`Servers of ${name}`}
    rows={servers}
    keyOf={(server) => server.name}
    columns={[
      { title: 'Server', cell: (server) => server.name, sortBy: (server) => server.name },
      { title: 'State', cell: ({ state }) => <StateBadge shown={STATES[state]} /> },
      {
        title: 'Outstanding',
        isNumber: true,
        cell: ({ outstanding }) => figure(outstanding),
        sortBy: ({ outstanding }) => outstanding,
      },
      {
        title: 'Usual answer',
        isNumber: true,
        cell: ({ latencyP50 }) => time(latencyP50),
        sortBy: ({ latencyP50 = 0 }) => latencyP50,
      },
      {
        title: 'Slowest 1 %',
        isNumber: true,
        cell: ({ latencyP99 }) => time(latencyP99),
        sortBy: ({ latencyP99 = 0 }) => latencyP99,
      },
      { title: 'Sent', isNumber: true, cell: ({ sent }) => figure(sent), sortBy: ({ sent }) => sent },
      { title: 'Acknowledged', cell: ({ answered }) => codesInWords(answered) },
      { title: 'Not known', isNumber: true, cell: ({ unknown }) => figure(unknown), sortBy: ({ unknown }) => unknown },
      {
        title: 'Not reached',
        isNumber: true,
        cell: ({ unreachable }) => figure(unreachable),
        sortBy: ({ unreachable }) => unreachable,
      },
    ]}
  />
);

/** `AA 1,204, AE 3`. */
function codesInWords(answered: Server['answered']): string {
  const codes = Object.entries(answered).filter(([, times]) => times > 0);
  return codes.length === 0 ? '–' : codes.map(([code, times]) => `${code} ${times.toLocaleString('en')}`).join(', ');
}
