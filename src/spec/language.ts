import type { Partly, Whole } from './read.ts';
import type { checkSchema } from './schema/check.ts';
import type { poolSchema, serversSchema } from './schema/pool.ts';
import type { relaySchema } from './schema/relay.ts';
import type { serviceSchema } from './schema/service.ts';
import type { siteSchema } from './schema/site.ts';
import type { steeringSchema } from './schema/steering.ts';
import type { telemetrySchema } from './schema/telemetry.ts';
import type { Path } from './types.ts';

/*
 * The document as people wrote it, value by value. `Partly…`: as far as it is right, while rules look for more mistakes.
 * `Whole…`: without errors, before presets and defaults are filled in.
 */

export type PartlySite = Partly<typeof siteSchema>;
export type PartlyService = Partly<typeof serviceSchema>;
export type PartlyPool = Partly<typeof poolSchema>;
export type PartlyServer =
  Partly<typeof serversSchema> extends ReadonlyMap<string, infer Server> ? NonNullable<Server> : never;
export type PartlyCheck = Partly<typeof checkSchema>;
export type PartlyTelemetry = Partly<typeof telemetrySchema>;
export type PartlySteering = Partly<typeof steeringSchema>;
export type PartlyRelay = Partly<typeof relaySchema>;

export type WholeSite = Whole<typeof siteSchema>;
export type WholeService = Whole<typeof serviceSchema>;
export type WholePool = Whole<typeof poolSchema>;
export type WholeRelay = Whole<typeof relaySchema>;
export type WholeServer = Whole<typeof serversSchema> extends ReadonlyMap<string, infer Server> ? Server : never;

type CheckOptions = (typeof checkSchema)['options'];

/** What a check says that does its own probing; every field may be unsaid. */
export type Probe = Partly<CheckOptions[1]>;

/** A pool and where it stands. A service with `servers` has one pool, which is the service itself. */
export type Placed<Pool> = { readonly name: string; readonly path: Path; readonly pool: Pool };

export const DEFAULT_POOL = 'default';

/** The pools of a service, in the order they are written. */
export function poolsOf(service: WholeService, path: Path): Placed<WholePool>[];
export function poolsOf(service: PartlyService, path: Path): Placed<PartlyPool>[];
export function poolsOf(service: PartlyService, path: Path): Placed<PartlyPool>[] {
  if (service.servers) {
    const pool = {
      servers: service.servers,
      check: undefined,
      balance: undefined,
      persistence: undefined,
      proxyProtocol: undefined,
      telemetry: undefined,
      steering: undefined,
    };
    return [{ name: DEFAULT_POOL, path, pool }];
  }
  return [...(service.pools ?? [])].flatMap(([name, pool]) =>
    pool ? [{ name, path: [...path, 'pools', name], pool }] : [],
  );
}

/** The address of a server and the rest of it, whether it is written short or long. */
export const addressOf = <Address>(server: Address | { readonly address: Address }): Address =>
  typeof server === 'object' && server !== null && 'address' in server ? server.address : server;
