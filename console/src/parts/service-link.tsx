import { useRouter } from '@tanstack/react-router';
import type { ReactNode } from 'react';

type Props = { readonly service: string; readonly children: ReactNode };

/**
 * The way to a service from where many stand: what the browser does with an address behind the # is enough, and costs a tenth of
 * a link that watches where the console is.
 */
export function ServiceLink({ service, children }: Props): ReactNode {
  const router = useRouter();
  const prepare = (): void => void router.preloadRoute({ to: '/services/$service', params: { service } });
  return (
    <a href={`#/services/${encodeURIComponent(service)}`} onPointerEnter={prepare} onFocus={prepare}>
      {children}
    </a>
  );
}
