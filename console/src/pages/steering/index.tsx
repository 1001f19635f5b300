import type { ReactNode } from 'react';

import { useAnswer } from '../../api/answer.ts';
import type { Service } from '../../design/states.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ErrorNotice } from '../../parts/error-notice.tsx';
import { Notices } from './notices.tsx';
import { SteeredService } from './steered-service.tsx';
import './steering.css';

/** How often to ask which services are steered, ms. */
const EVERY = 2_000;

/** Up to so many services are open from the beginning; of more, each is asked about when it is opened. */
const OPEN = 3;

export function SteeringPage(): ReactNode {
  const site = useAnswer('/api/v1/services', undefined, { every: EVERY });
  return (
    <div className="page steering-page">
      <header className="steering-head">
        <h1>Steering</h1>
        <p className="quiet">
          Ten times a second servers get more or less of the new work, by what they do. Nothing of it is written: when
          it ends, every server has again what the spec says.
        </p>
      </header>
      {site.data === undefined ? (
        site.error ? (
          <ErrorNotice error={site.error} />
        ) : (
          <p className="quiet">Asking…</p>
        )
      ) : (
        <Steered services={site.data.services.filter(isSteered)} />
      )}
    </div>
  );
}

function Steered({ services }: { readonly services: readonly Service[] }): ReactNode {
  if (services.length === 0) return <NothingSteered />;
  return (
    <>
      {services.map((service) => (
        <SteeredService key={service.name} service={service} isOpen={services.length <= OPEN} />
      ))}
      <Notices />
    </>
  );
}

const isSteered = ({ pools }: Service): boolean =>
  pools.some(({ servers }) => servers.some(({ steering }) => steering !== undefined));

const NothingSteered = (): ReactNode => (
  <EmptyState title="No service is steered or watched">
    <p>
      <code>steering: observe</code> in a service of the spec shows here what would be done, and does nothing.{' '}
      <code>steering: on</code> does it. It is for services that speak HTTP.
    </p>
  </EmptyState>
);
