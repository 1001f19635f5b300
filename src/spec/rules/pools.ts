import { DEFAULT_POOL, type PartlyServer } from '../language.ts';
import { quote } from '../words.ts';
import { valuesOf } from '../schema/forms.ts';
import type { ServiceContext } from './context.ts';
import { findsLimits } from './steering.ts';

/** Every service has servers, every pool is reached, and every rule can come into force. */
export function checkPools(context: ServiceContext): void {
  const { service, path, problems } = context;
  if (service.servers && service.pools) {
    problems.report('conflicting-fields', [...path, 'pools'], '`pools` cannot stand beside `servers`', 'key');
    return;
  }
  if (!service.servers && !service.pools) {
    if (problems.damaged([...path, 'servers']) || problems.damaged([...path, 'pools'])) return;
    problems.report('no-servers', path, 'this service has no servers: give it `servers`, or `pools` of them', 'key');
    return;
  }
  if (service.pools?.size === 0) {
    problems.report('no-servers', [...path, 'pools'], 'this service has no pools', 'key');
    return;
  }
  checkServers(context);
  checkReach(context);
  checkConditions(context);
  checkPriority(context);
  checkRetry(context);
}

function checkServers({ pools, problems }: ServiceContext): void {
  for (const { pool, path } of pools) {
    const place = [...path, 'servers'];
    if (!pool.servers || (pool.servers.size === 0 && problems.damaged(place))) continue;
    if (pool.servers.size === 0) problems.report('no-servers', place, 'there is no server here', 'key');
    else if ([...pool.servers.values()].every(isBackup)) {
      problems.report(
        'all-backup',
        place,
        'every server here is a backup: at least one must serve all the time',
        'key',
      );
    }
  }
}

const isBackup = (server: PartlyServer | undefined): boolean =>
  server !== undefined && 'backup' in server && server.backup === true;

function checkReach({ service, path, problems }: ServiceContext): void {
  const { pools, routes } = service;
  if (!pools || problems.damaged([...path, 'routes']) || problems.damaged([...path, 'relay'])) return;
  const destinations = typeof service.relay === 'object' ? service.relay.destinations : undefined;
  const reached = new Set(
    destinations
      ? [...destinations].map(([name, destination]) => destination?.pool ?? name)
      : [DEFAULT_POOL, ...(routes ?? []).map((route) => route?.pool)],
  );
  if (!routes && !destinations && !pools.has(DEFAULT_POOL)) {
    const lacking = service.relay === undefined ? 'routes' : 'destinations';
    const message = `no pool is named ${quote(DEFAULT_POOL)} and there are no ${lacking}: no client would reach a server`;
    problems.report('no-default-pool', [...path, 'pools'], message, 'key');
    return;
  }
  for (const name of pools.keys()) {
    if (!reached.has(name))
      problems.report(
        'unused-pool',
        [...path, 'pools', name],
        `no ${destinations ? 'destination' : 'route'} leads to the pool ${quote(name)}`,
        'key',
      );
  }
}

function checkConditions({ service, path, problems }: ServiceContext): void {
  for (const list of ['routes', 'priority'] as const) {
    for (const [index, entry] of (service[list] ?? []).entries()) {
      const place = [...path, list, index, 'when'];
      if (!entry?.when || problems.damaged(place)) continue;
      if (Object.values(entry.when).every((value) => value === undefined)) {
        problems.report('empty-condition', place, 'a condition is missing here: this would match every client', 'key');
      }
    }
  }
}

function checkPriority(context: ServiceContext): void {
  const { service, path, pools, problems } = context;
  if (!service.priority || problems.damaged([...path, 'servers']) || problems.damaged([...path, 'pools'])) return;
  const servers = pools.flatMap(({ pool }) => [...(pool.servers?.values() ?? [])]);
  if (servers.some((server) => server && 'limits' in server && server.limits?.connections !== undefined)) return;
  if (pools.some((pool) => findsLimits(context, pool))) return;
  const message = 'nothing ever queues, because no server has `limits: { connections: … }`: these rules have no effect';
  problems.report('priority-without-queue', [...path, 'priority'], message, 'key');
}

/** Before the connection stands nothing was sent, so that repeating is harmless whatever the method. */
function checkRetry({ service, path, preset, problems }: ServiceContext): void {
  const unsafe = valuesOf(service.retry?.methods).filter((method) => method === 'POST' || method === 'PATCH');
  if (preset?.protocol !== 'http' || unsafe.length === 0 || service.retry?.attempts === 0) return;
  const conditions = valuesOf(service.retry?.on);
  if (conditions.length > 0 && conditions.every((condition) => condition === 'connect')) return;
  const message = `a ${unsafe.join(' or ')} that is sent twice may be done twice`;
  problems.report('unsafe-retry', [...path, 'retry', 'methods'], message, 'key');
}
