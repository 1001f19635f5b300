import { resolve as absolute } from 'node:path';
import type { PartlyTelemetry } from '../language.ts';
import type { TelemetryType } from '../schema/telemetry.ts';
import type { JsonShare, Path, SecretReference, Telemetry, TelemetrySource } from '../types.ts';
import type { Layer } from './check.ts';

type HttpTls = Extract<TelemetrySource, { readonly tls: unknown }>['tls'];

/** What is said of telemetry in a map; every field may be unsaid. */
export type WrittenTelemetry = Exclude<PartlyTelemetry, 'none' | undefined>;

/** What telemetry is written for one server: by its service, its pool and itself, the most particular last. */
export type EffectiveTelemetry = {
  readonly type: TelemetryType | undefined;
  readonly fields: Partial<WrittenTelemetry>;
  readonly path: Path;
  readonly timing: Timing;
};

type Timing = { readonly interval: number; readonly timeout: number; readonly stale: number };

const DEFAULTS: Readonly<Record<TelemetryType, { readonly port: number | undefined; readonly interval: number }>> = {
  'feedback-agent': { port: 3333, interval: 1_000 },
  prometheus: { port: 9100, interval: 1_000 },
  'http-json': { port: undefined, interval: 1_000 },
  // Agents count what they tell each five seconds anew.
  snmp: { port: 161, interval: 5_000 },
};

/** A time-out of its own is at most this part of the interval. */
const LONGEST_SHARE = 0.8;

/** After so many intervals without an answer the last one counts for nothing. */
const PATIENCE = 3;

const TIMING = ['interval', 'timeout', 'stale'] as const;

/** The layers that are written at these places, of which each is laid over those before it. */
export const telemetryLayers = (
  ...places: readonly (readonly [written: PartlyTelemetry | undefined, path: Path])[]
): Layer<PartlyTelemetry>[] =>
  places.flatMap(([written, path]) => (written === undefined ? [] : [{ written, path: [...path, 'telemetry'] }]));

/**
 * Lays what is written over each other. `none` forgets what is below; another type takes over only the timing: a port or a
 * path belongs to the source it was written for. Undefined where there is none.
 */
export function effectiveTelemetry(layers: readonly Layer<PartlyTelemetry>[]): EffectiveTelemetry | undefined {
  let fields: Partial<WrittenTelemetry> | undefined;
  let path: Path = [];
  for (const { written, path: place } of layers) {
    if (written === undefined || written === 'none') {
      fields = undefined;
      continue;
    }
    const given = Object.fromEntries(
      Object.entries(written).filter(([, value]) => value !== undefined),
    ) as Partial<WrittenTelemetry>;
    const changed = given.type !== undefined && fields?.type !== undefined && given.type !== fields.type;
    fields = { ...(changed ? timingOf(fields) : fields), ...given };
    path = place;
  }
  if (fields === undefined) return undefined;
  const interval = fields.interval ?? DEFAULTS[fields.type ?? 'feedback-agent'].interval;
  const timeout = fields.timeout ?? Math.max(1, Math.floor(interval * LONGEST_SHARE));
  return { type: fields.type, fields, path, timing: { interval, timeout, stale: fields.stale ?? PATIENCE * interval } };
}

const timingOf = (fields: Partial<WrittenTelemetry> = {}): Partial<WrittenTelemetry> =>
  Object.fromEntries(
    TIMING.filter((field) => fields[field] !== undefined).map((field) => [field, fields[field]]),
  ) as Partial<WrittenTelemetry>;

/** The port that a source has where none is written; undefined: the server's own. */
export const defaultPort = (type: TelemetryType): number | undefined => DEFAULTS[type].port;

/** Telemetry of which the rules found nothing wrong, with everything filled in. */
export function resolveTelemetry(effective: EffectiveTelemetry | undefined, directory: string): Telemetry | undefined {
  if (effective?.type === undefined) return undefined;
  const { type, fields, path, timing } = effective;
  return { path, port: fields.port ?? defaultPort(type), ...timing, ...sourceOf(type, fields, directory) };
}

function sourceOf(type: TelemetryType, fields: Partial<WrittenTelemetry>, directory: string): TelemetrySource {
  if (type === 'feedback-agent') return { type };
  if (type === 'snmp') return snmpOf(fields);
  const http = { tls: tlsOf(fields.tls, directory), authorization: reference(fields.authorization) };
  if (type === 'prometheus') return { type, uri: fields.path ?? '/metrics', ...http };
  return {
    type,
    uri: fields.path ?? '/',
    ...http,
    cpu: shareOf(fields.cpu),
    memory: shareOf(fields.memory),
    connections: fields.connections,
  };
}

/** Whether TLS that is written like this finds out who the server is. */
export const isVerified = (written: WrittenTelemetry['tls']): boolean =>
  typeof written === 'object' && written.verify !== 'none';

function tlsOf(written: WrittenTelemetry['tls'], directory: string): HttpTls {
  if (typeof written !== 'object') return written ?? false;
  const { verify = 'none', serverName } = written;
  return isVerified(written) ? { verify: absolute(directory, verify), serverName } : true;
}

function snmpOf({ version, community, user, auth, privacy }: Partial<WrittenTelemetry>): TelemetrySource {
  if (version !== '3') return { type: 'snmp', version: '2c', community: { secret: community?.secret ?? '' } };
  return {
    type: 'snmp',
    version,
    user: user ?? '',
    auth: auth && { protocol: auth.protocol ?? 'sha256', password: { secret: auth.password?.secret ?? '' } },
    privacy: privacy && { protocol: privacy.protocol ?? 'aes', password: { secret: privacy.password?.secret ?? '' } },
  };
}

const reference = (written: { readonly secret: string | undefined } | undefined): SecretReference | undefined =>
  written?.secret === undefined ? undefined : { secret: written.secret };

function shareOf(written: WrittenTelemetry['cpu']): JsonShare | undefined {
  if (written === undefined) return undefined;
  if (typeof written === 'string') return { at: written, of: 1 };
  return { at: written.at ?? '', of: written.of ?? written.scale ?? 1 };
}
