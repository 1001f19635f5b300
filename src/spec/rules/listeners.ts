import { formatAddress, type Address } from '#lib';
import { entriesOf } from '../schema/forms.ts';
import type { Path } from '../types.ts';
import { quote } from '../words.ts';
import type { ServiceContext } from './context.ts';

type Listener = {
  readonly host: string;
  readonly address: Address;
  readonly path: Path;
  readonly context: ServiceContext;
};

/** No two listeners on the same address and port; a warning where one of them listens on every address. */
export function checkListeners(contexts: readonly ServiceContext[]): void {
  const byPort = new Map<number, Listener[]>();
  for (const listener of contexts.flatMap(listenersOf)) {
    const { port } = listener.address;
    const others = byPort.get(port);
    if (others) others.push(listener);
    else byPort.set(port, [listener]);
  }
  for (const listeners of byPort.values()) checkPort(listeners);
}

function listenersOf(context: ServiceContext): Listener[] {
  const { service, path } = context;
  const redirects = typeof service.tls === 'object' ? entriesOf(service.tls.redirectFrom) : [];
  const places = [
    ...entriesOf(service.listen).map(({ value, steps }) => ({ value, place: [...path, 'listen', ...steps] })),
    ...redirects.map(({ value, steps }) => ({ value, place: [...path, 'tls', 'redirectFrom', ...steps] })),
  ];
  return places.map(({ value, place }) => ({ host: canonical(value.host), address: value, path: place, context }));
}

function checkPort(listeners: readonly Listener[]): void {
  const first = new Map<string, Listener>();
  for (const listener of listeners) {
    const taken = first.get(listener.host);
    if (taken) report(listener, taken, 'listen-taken', 'is taken already by');
    else first.set(listener.host, listener);
  }
  const everywhere = [...first.values()].filter(({ host }) => host === '0.0.0.0' || host === '::');
  for (const wildcard of everywhere) {
    const other = [...first.values()].find(
      (candidate) => candidate !== wildcard && overlap(wildcard.host, candidate.host),
    );
    if (other) report(wildcard, other, 'listen-overlaps', 'includes the address of');
  }
}

function report(listener: Listener, other: Listener, code: 'listen-taken' | 'listen-overlaps', what: string): void {
  const owner = other.context === listener.context ? 'this service itself' : `the service ${quote(other.context.name)}`;
  const detail = code === 'listen-overlaps' ? ` (${quote(formatAddress(other.address))})` : '';
  listener.context.problems.report(
    code,
    listener.path,
    `${quote(formatAddress(listener.address))} ${what} ${owner}${detail}`,
  );
}

/** `::` takes IPv4 as well on most machines; `0.0.0.0` never takes IPv6. */
const overlap = (wildcard: string, host: string): boolean => wildcard === '::' || !host.includes(':');

/** One spelling for each address. */
function canonical(host: string): string {
  if (!host.includes(':')) return host.toLowerCase().replace(/\.$/, '');
  return new URL(`http://[${host}]`).hostname.slice(1, -1);
}
