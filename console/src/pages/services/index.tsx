import { type ReactNode, useDeferredValue, useState } from 'react';

import { useAnswer } from '../../api/answer.ts';
import { ratesAt } from '../../api/rates.ts';
import { count } from '../../design/numbers.ts';
import { serverShown, type Service } from '../../design/states.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ErrorNotice } from '../../parts/error-notice.tsx';
import { SearchBar } from '../../parts/search-bar.tsx';
import { ServerList } from './server-list.tsx';

const NONE: readonly Service[] = [];

/** Every server of the site, under its service: found by name or address, with what its check says. */
export function ServicesPage(): ReactNode {
  const site = useAnswer('/api/v1/services', undefined, { every: 2_000 });
  const services = site.data?.services ?? NONE;
  const rates = ratesAt(services, site.dataUpdatedAt);
  const [words, setWords] = useState('');
  const [isOnlyProblems, setIsOnlyProblems] = useState(false);
  const searched = useDeferredValue(words);
  const shown = services
    .map((service) => narrowed(service, searched, isOnlyProblems))
    .filter(({ pools }) => pools.length > 0);
  const all = serversIn(services);
  const found = serversIn(shown);
  return (
    <div className="page">
      <div className="page-head">
        <h1>Services</h1>
        <p className="quiet">
          {count(services.length, 'service')}, {count(all, 'server')}
        </p>
      </div>
      <SearchBar
        words={words}
        onWords={setWords}
        placeholder="Name, address, state"
        isOnlyProblems={isOnlyProblems}
        onOnlyProblems={setIsOnlyProblems}
        found={found === all ? '' : `${found} of ${count(all, 'server')}`}
      />
      {site.error && site.data === undefined && (
        <ErrorNotice error={site.error} what="See the services" onRetry={() => void site.refetch()} />
      )}
      {found > 0 && <ServerList services={shown} rates={rates} />}
      {site.data !== undefined && found === 0 && (
        <EmptyState title="No server is like that">
          <p>Search for less, or look at all of them.</p>
        </EmptyState>
      )}
    </div>
  );
}

/** A service with those of its servers in which every word is found; without pools where there is none. */
function narrowed(service: Service, words: string, isOnlyProblems: boolean): Service {
  const wanted = words.toLowerCase().split(/\s+/);
  const pools = service.pools.map((pool) => ({
    ...pool,
    servers: pool.servers.filter((server) => {
      const shown = serverShown(server);
      if (isOnlyProblems && shown.tone === 'good') return false;
      const text = [service.name, service.preset, server.label, server.address, shown.word, server.why]
        .join(' ')
        .toLowerCase();
      return wanted.every((word) => text.includes(word));
    }),
  }));
  return { ...service, pools: pools.filter(({ servers }) => servers.length > 0) };
}

const serversIn = (services: readonly Service[]): number =>
  services.reduce((sum, { pools }) => sum + pools.reduce((most, { servers }) => most + servers.length, 0), 0);
