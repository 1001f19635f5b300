import { memo, type ReactNode, useDeferredValue, useMemo, useState } from 'react';

import { useAnswer } from '../../api/answer.ts';
import { useNow } from '../../api/live.tsx';
import { ratesAt } from '../../api/rates.ts';
import { count } from '../../design/numbers.ts';
import { type Service, serviceShown } from '../../design/states.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ErrorNotice } from '../../parts/error-notice.tsx';
import { SearchBar } from '../../parts/search-bar.tsx';
import { StateBadge } from '../../parts/state-badge.tsx';
import { Flow } from './flow.tsx';
import { ProblemList } from './problem-list.tsx';
import { problemsOf } from './problems.ts';
import { ServiceList } from './service-list.tsx';
import './overview.css';

const NONE: readonly [] = [];

/** The whole site on one screen: what is wrong, where the traffic goes, and every service. */
export function OverviewPage(): ReactNode {
  const site = useAnswer('/api/v1/services', undefined, { every: 1_000 });
  const controller = useAnswer('/api/v1/controller', undefined, { every: 15_000 });
  const certificates = useAnswer('/api/v1/certificates', undefined, { every: 600_000 });
  const now = useNow(5_000);
  const services: readonly Service[] = site.data?.services ?? NONE;
  const rates = ratesAt(services, site.dataUpdatedAt);
  const [words, setWords] = useState('');
  const [isOnlyProblems, setIsOnlyProblems] = useState(false);
  // On a large site a key or a tick is shown before what it finds.
  const wanted = useDeferredValue(useMemo(() => ({ words, isOnlyProblems }), [words, isOnlyProblems]));
  const shown = useMemo(() => narrowed(services, wanted), [services, wanted]);
  const problems = useMemo(
    () => problemsOf(services, controller.data, certificates.data ?? NONE, now),
    [services, controller.data, certificates.data, now],
  );
  if (site.data === undefined) {
    return site.error ? (
      <ErrorNotice error={site.error} what="See the services" onRetry={() => void site.refetch()} />
    ) : (
      <p className="quiet">Asking…</p>
    );
  }
  return (
    <div className="page">
      <div className="page-head">
        <h1>{site.data.site}</h1>
        <Totals services={services} />
      </div>
      <div className="overview-top">
        <ProblemList problems={problems} />
        <Flow services={shown} rates={rates} />
      </div>
      <section className="overview-services" aria-labelledby="services">
        <div className="page-head">
          <h2 id="services">Services</h2>
          <SearchBar
            words={words}
            onWords={setWords}
            placeholder="Name, address, preset"
            isOnlyProblems={isOnlyProblems}
            onOnlyProblems={setIsOnlyProblems}
            found={shown.length === services.length ? '' : `${shown.length} of ${count(services.length, 'service')}`}
          />
        </div>
        {shown.length > 0 ? (
          <ServiceList services={shown} rates={rates} />
        ) : (
          <EmptyState title="No service is like that">
            <p>Search for less, or look at all of them.</p>
          </EmptyState>
        )}
      </section>
    </div>
  );
}

/** How many services are in which state, the worst first. */
const Totals = memo(function Totals({ services }: { readonly services: readonly Service[] }): ReactNode {
  const byWord = Map.groupBy(services.map(serviceShown), ({ word }) => word);
  const order = ['bad', 'doubtful', 'apart', 'unknown', 'good'];
  const totals = [...byWord.values()].toSorted(
    ([a], [b]) => order.indexOf(a?.tone ?? 'good') - order.indexOf(b?.tone ?? 'good'),
  );
  return (
    <ul className="totals" aria-label="Services by state">
      {totals.map(([shown, ...more]) =>
        shown === undefined ? null : (
          <li key={shown.word}>
            <StateBadge shown={{ ...shown, word: `${more.length + 1} ${shown.word.toLowerCase()}` }} />
          </li>
        ),
      )}
    </ul>
  );
});

type Wanted = { readonly words: string; readonly isOnlyProblems: boolean };

/** Those that are wanted; the very same where nothing narrows them. */
const narrowed = (services: readonly Service[], wanted: Wanted): readonly Service[] =>
  wanted.words === '' && !wanted.isOnlyProblems ? services : services.filter((service) => matches(service, wanted));

/** Every word is found somewhere in what a service and its servers are called. */
function matches(service: Service, { words, isOnlyProblems }: Wanted): boolean {
  if (isOnlyProblems && serviceShown(service).tone === 'good') return false;
  const { name, preset, listen, pools } = service;
  const text = [
    name,
    preset,
    ...listen,
    ...pools.flatMap(({ servers }) => servers.flatMap(({ label, address }) => [label, address])),
  ]
    .join(' ')
    .toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
