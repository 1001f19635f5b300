import { entriesOf } from '../schema/forms.ts';
import type { ProblemCode } from '../errors.ts';
import type { Path } from '../types.ts';
import { didYouMean, enumerate, quote } from '../words.ts';
import { lost, type PoolContext, type ServiceContext } from './context.ts';

/** Every certificate, pool and service that is named exists. */
export function checkReferences(context: ServiceContext): void {
  checkCertificates(context);
  checkRoutes(context);
}

function checkCertificates({ service, path, pools, site, problems }: ServiceContext): void {
  if (lost(site.certificates, ['certificates'], problems)) return;
  const known = [...(site.certificates?.keys() ?? [])];
  const check = (name: string, place: Path): void => {
    if (!site.certificates?.has(name))
      problems.report('unknown-certificate', place, unknown('certificate', name, known));
  };
  if (typeof service.tls === 'object') {
    for (const { value, steps } of entriesOf(service.tls.certificate))
      check(value, [...path, 'tls', 'certificate', ...steps]);
  }
  for (const { pool, path: place } of pools) {
    for (const [name, server] of pool.servers ?? []) {
      const certificate = server && 'tls' in server ? server.tls?.certificate : undefined;
      if (certificate !== undefined) check(certificate, [...place, 'servers', name, 'tls', 'certificate']);
    }
  }
}

function checkRoutes({ service, path, pools, problems }: ServiceContext): void {
  if (lost(service.servers ?? service.pools, [...path, 'pools'], problems)) return;
  if (!service.servers && !service.pools) return;
  const names = service.servers ? pools.map(({ name }) => name) : [...(service.pools?.keys() ?? [])];
  for (const [index, route] of (service.routes ?? []).entries()) {
    const place = [...path, 'routes', index, 'pool'];
    if (route?.pool === undefined || names.includes(route.pool)) continue;
    problems.report('unknown-pool', place, unknown('pool', route.pool, names));
  }
  const relay = [...path, 'relay', 'destinations'];
  const destinations = typeof service.relay === 'object' ? service.relay.destinations : undefined;
  for (const [name, destination] of destinations ?? []) {
    const pool = destination?.pool;
    if (destination === undefined || names.includes(pool ?? name) || problems.damaged([...relay, name, 'pool']))
      continue;
    const place = pool === undefined ? [...relay, name] : [...relay, name, 'pool'];
    problems.report('unknown-pool', place, unknown('pool', pool ?? name, names), pool === undefined ? 'key' : 'value');
  }
}

const unknown = (kind: string, name: string, known: readonly string[]): string => {
  const guess = didYouMean(name, known);
  const all = known.length === 0 ? `; none is defined` : `; there are ${enumerate(known.slice(0, 10))}`;
  return `there is no ${kind} ${quote(name)}${guess === '' ? all : guess}`;
};

/** Every check that follows leads to a service, to a server of the same name there, and in the end to a real check. */
export function checkFollowing(contexts: readonly ServiceContext[]): void {
  const services = new Map(contexts.map((context) => [context.name, context]));
  const inLoop = new Set<string>();
  for (const context of contexts) {
    for (const pool of context.pools) {
      const { check } = pool;
      if (check?.kind !== 'follow') continue;
      const place = [...check.path, 'follow'];
      if (!context.site.services?.has(check.service)) {
        reportOnce(context, 'unknown-service', place, unknown('service', check.service, [...services.keys()]));
        continue;
      }
      const followed = services.get(check.service);
      if (!followed || context.problems.damaged(place)) continue;
      const loop = loopFrom(context, pool, services);
      if (loop === undefined) {
        checkServers(context, pool, followed);
      } else if (!loop.some((name) => inLoop.has(name))) {
        for (const name of loop) inLoop.add(name);
        const round = [...loop, loop[0] ?? ''].map(quote).join(' follows ');
        reportOnce(context, 'follow-loop', place, `this check leads back to itself: ${round}`);
      }
    }
  }
}

/** A check of the service is the check of each of its pools, and wrong only once. */
function reportOnce({ problems }: ServiceContext, code: ProblemCode, place: Path, message: string): void {
  if (!problems.damaged(place)) problems.report(code, place, message);
}

function checkServers({ problems }: ServiceContext, { pool, path }: PoolContext, followed: ServiceContext): void {
  if (!serversAreKnown(followed)) return;
  const names = followed.pools.flatMap((other) => [...(other.pool.servers?.keys() ?? [])]);
  const known = new Set(names);
  for (const name of pool.servers?.keys() ?? []) {
    if (known.has(name) || problems.damaged([...path, 'servers', name])) continue;
    const message = `the check follows ${quote(followed.name)}, which has no server ${quote(name)}`;
    problems.report('follow-server-missing', [...path, 'servers', name], message + didYouMean(name, names), 'key');
  }
}

const serversAreKnown = ({ service, path, pools, problems }: ServiceContext): boolean =>
  pools.length > 0 &&
  !lost(service.servers ?? service.pools, path, problems) &&
  pools.every(({ pool, path: place }) => !lost(pool.servers, [...place, 'servers'], problems));

/** The services on the way from a pool back to itself, if its check goes in a circle. */
function loopFrom(
  start: ServiceContext,
  pool: PoolContext,
  services: ReadonlyMap<string, ServiceContext>,
): string[] | undefined {
  for (const server of pool.pool.servers?.keys() ?? ['']) {
    const way = [start.name];
    let check = pool.check;
    while (check?.kind === 'follow') {
      const next = services.get(check.service);
      const met = way.indexOf(check.service);
      if (met === 0) return way;
      if (!next || met > 0) break;
      way.push(next.name);
      check = (next.pools.find((other) => other.pool.servers?.has(server)) ?? next.pools[0])?.check;
    }
  }
  return undefined;
}
