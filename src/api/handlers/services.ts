import { err, nearest, ok, type Result } from '#lib';
import { certificatesIn, type Health } from '#observe';
import type { Desired } from '#plan';
import { overrides } from '#store';

import { fault } from '../errors.ts';
import type { Context, Handlers } from '../handler.ts';
import type { Refused } from '../problem.ts';
import { queuesIn, withHolders } from '../relay.ts';
import { byServer, steeredPools } from '../steering.ts';

type HealthyService = Health['services'][number];
type HealthyPool = HealthyService['pools'][number];

export const serviceHandlers = {
  async services(_, { ports, may }) {
    const { desired } = ports.changes.inForce();
    const now = await ports.health(only(desired, may));
    if (!now.ok) return now;
    const told = await withOurs(ports, now.value.services);
    if (!told.ok) return told;
    const { site, oldWorkers } = now.value;
    const look = await ports.relay.look();
    const left = look.ok ? queuesIn(look.value, may).filter(({ served }) => !served) : [];
    return ok({ site, oldWorkers, services: told.value, ...(left.length > 0 && { leftQueues: left }) });
  },
  service: ({ params }, context) => serviceNow(context, params.service),
  async pool({ params }, context) {
    const service = await serviceNow(context, params.service);
    return service.ok ? poolIn(service.value, params.pool) : service;
  },
  async server({ params }, context) {
    const service = await serviceNow(context, params.service);
    if (!service.ok) return service;
    const pool = poolIn(service.value, params.pool);
    if (!pool.ok) return pool;
    const server = pool.value.servers.find(({ name }) => name === params.server);
    return server === undefined ? missing('server', params.server, pool.value.servers) : ok(server);
  },
  async checks(_, { ports, may }) {
    const now = await ports.health(only(ports.changes.inForce().desired, may));
    if (!now.ok) return now;
    return ok(
      now.value.services.flatMap((service) =>
        service.pools.flatMap((pool) =>
          pool.servers.map(({ name, state, why, since }) => ({
            service: service.name,
            pool: pool.name,
            server: name,
            state,
            words: why,
            since,
          })),
        ),
      ),
    );
  },
  certificates: (_, { ports }) => ok(certificatesIn(ports.changes.inForce().desired)),
} satisfies Partial<Handlers>;

/** The part of a plan that is about some services. */
const only = (desired: Desired, wanted: (service: string) => boolean): Desired => ({
  ...desired,
  frontends: desired.frontends.filter(({ name }) => wanted(name)),
  backends: desired.backends.filter(({ service }) => wanted(service)),
});

/** A service as it is now, if the asker may see it. */
export async function serviceNow({ ports, may }: Context, name: string) {
  const { desired } = ports.changes.inForce();
  const visible = desired.frontends.filter((frontend) => may(frontend.name));
  if (!visible.some((frontend) => frontend.name === name)) return missing('service', name, visible);
  const now = await ports.health(only(desired, (service) => service === name));
  if (!now.ok) return now;
  const told = await withOurs(ports, now.value.services);
  if (!told.ok) return told;
  const [service] = told.value;
  return service === undefined ? missing('service', name, visible) : ok(service);
}

/** What HAProxy says, what people and steering have made of it, and what the relay has stored. */
async function withOurs(ports: Context['ports'], services: readonly HealthyService[]) {
  const noted = overrides(ports.store);
  if (!noted.ok) return noted;
  const byLabel = new Map(
    noted.value.map(({ label, state, by, why, since, deadline }) => [label, { state, by, why, since, deadline }]),
  );
  const wanted = new Set(services.map(({ name }) => name));
  const steered = byServer(steeredPools(ports, (service) => wanted.has(service)));
  const relayOf = await relays(ports);
  const told = services.map((service) => ({
    ...service,
    relay: relayOf(service.name),
    pools: service.pools.map((pool) => ({
      ...pool,
      servers: pool.servers.map((server) => ({
        ...server,
        steering: steered.get(`${service.name}/${pool.name}/${server.name}`),
        override: byLabel.get(server.label),
      })),
    })),
  }));
  return ok(told);
}

/** What is stored for a service; undefined where it is not relayed. */
async function relays({ changes, relay, store }: Context['ports']) {
  const names = new Set(changes.inForce().desired.relays.map(({ name }) => name));
  const look = names.size === 0 ? undefined : await relay.look();
  return (service: string) => {
    if (look === undefined || !names.has(service)) return undefined;
    if (!look.ok) return { trouble: look.error.message, queues: [] };
    return {
      queues: withHolders(
        store,
        queuesIn(look.value, (name) => name === service).filter(({ served }) => served),
      ),
    };
  };
}

function poolIn<Pool extends HealthyPool>(
  { name: service, pools }: { readonly name: string; readonly pools: readonly Pool[] },
  name: string,
): Result<Pool, Refused> {
  const pool = pools.find((candidate) => candidate.name === name);
  return pool === undefined ? missing(`pool of ${service}`, name, pools) : ok(pool);
}

/** There is nothing of that name; the hint names only what the asker may see. */
export function missing(
  what: string,
  name: string,
  known: readonly { readonly name: string }[],
): Result<never, Refused> {
  const near = nearest(
    name,
    known.map((one) => one.name),
  );
  return err(fault('api-not-found', `there is no such ${what}${near === undefined ? '' : `; did you mean ${near}?`}`));
}
