import { formatDuration } from '#lib';
import { addressOf, type PartlyTelemetry } from '../language.ts';
import type { Layer } from '../resolve/check.ts';
import {
  defaultPort,
  type EffectiveTelemetry,
  effectiveTelemetry,
  isVerified,
  telemetryLayers,
} from '../resolve/telemetry.ts';
import { valuesOf } from '../schema/forms.ts';
import type { TelemetryType } from '../schema/telemetry.ts';
import type { Path } from '../types.ts';
import { enumerate, quote } from '../words.ts';
import { lost, type ServiceContext } from './context.ts';

const HTTP_FIELDS = ['path', 'tls', 'authorization'] as const;
const JSON_FIELDS = ['cpu', 'memory', 'connections'] as const;
const COMMUNITY_FIELDS = ['community'] as const;
const USER_FIELDS = ['user', 'auth', 'privacy'] as const;
const SOURCE_FIELDS = [...HTTP_FIELDS, ...JSON_FIELDS, 'version', ...COMMUNITY_FIELDS, ...USER_FIELDS] as const;

/** What each type of telemetry takes beside `port` and the timing. */
const FIELDS: Readonly<Record<TelemetryType, readonly string[]>> = {
  'feedback-agent': [],
  prometheus: HTTP_FIELDS,
  'http-json': [...HTTP_FIELDS, ...JSON_FIELDS],
  snmp: ['version', ...COMMUNITY_FIELDS, ...USER_FIELDS],
};

type Report = (place: Path, say: () => void) => void;

/** Every server whose telemetry is asked for can be asked, and each mistake is told once, where it is written. */
export function checkTelemetry(context: ServiceContext): void {
  const { problems } = context;
  const told = new Set<string>();
  const once: Report = (place, say) => {
    const key = JSON.stringify(place);
    if (told.has(key) || problems.damaged(place)) return;
    told.add(key);
    say();
  };
  // All are read before any is judged: of what was broken already nothing follows.
  for (const { layers, effective, server } of asked(context)) {
    const writtenAt = (field: string): Path =>
      layers.findLast(
        ({ written }) => typeof written === 'object' && written[field as keyof typeof written] !== undefined,
      )?.path ?? effective.path;
    checkSource(context, effective, writtenAt, once);
    checkTiming(context, effective, writtenAt, once);
    checkPort(context, effective, server, once);
    checkSecret(context, effective, writtenAt, once);
  }
}

type Asked = {
  readonly layers: readonly Layer<PartlyTelemetry>[];
  readonly effective: EffectiveTelemetry;
  readonly server: { readonly name: string; readonly address: { readonly port?: number | undefined } | undefined };
};

function asked({ service, path, pools, problems }: ServiceContext): readonly Asked[] {
  return pools.flatMap(({ pool, path: place }) =>
    [...(pool.servers ?? [])].flatMap(([name, server]): Asked[] => {
      // A service with `servers` is its own pool: what is written there is one layer.
      const ofPool = place === path ? undefined : pool.telemetry;
      const ofServer = server && 'address' in server ? server.telemetry : undefined;
      const serverPath = [...place, 'servers', name];
      if ([path, place, serverPath].some((at) => problems.damaged([...at, 'telemetry']))) return [];
      const layers = telemetryLayers([service.telemetry, path], [ofPool, place], [ofServer, serverPath]);
      const effective = effectiveTelemetry(layers);
      return effective && server ? [{ layers, effective, server: { name, address: addressOf(server) } }] : [];
    }),
  );
}

function checkSource(
  { problems }: ServiceContext,
  { type, fields, path }: EffectiveTelemetry,
  writtenAt: (field: string) => Path,
  once: Report,
): void {
  if (problems.damaged([...path, 'type'])) return;
  const missing = (field: string, wanted: string): void =>
    once([...path, field], () =>
      problems.report('missing-field', path, `${quote(field)} is missing here: expected ${wanted}`, 'key'),
    );
  if (type === undefined) return missing('type', 'one of feedback-agent, prometheus, snmp, http-json');
  for (const field of SOURCE_FIELDS.filter((one) => fields[one] !== undefined && !FIELDS[type].includes(one))) {
    refuse(field, `telemetry of type ${quote(type)}`);
  }
  if (type === 'http-json' && JSON_FIELDS.every((field) => fields[field] === undefined)) {
    if (JSON_FIELDS.every((field) => !problems.damaged([...path, field])))
      once([...path, 'cpu'], () =>
        problems.report('missing-field', path, `one of ${enumerate(JSON_FIELDS, 'or')} is missing here`, 'key'),
      );
  }
  for (const field of ['cpu', 'memory'] as const) {
    const share = fields[field];
    if (typeof share !== 'object' || share.scale === undefined || share.of === undefined) continue;
    const place = [...writtenAt(field), field, 'of'];
    once(place, () => problems.report('conflicting-fields', place, '`of` cannot stand beside `scale`', 'key'));
  }
  if (type !== 'snmp' || problems.damaged([...writtenAt('version'), 'version'])) return;
  const isUser = fields.version === '3';
  for (const field of (isUser ? COMMUNITY_FIELDS : USER_FIELDS).filter((one) => fields[one] !== undefined)) {
    refuse(field, `snmp of version ${quote(isUser ? '3' : '2c')}`);
  }
  if (isUser && fields.user === undefined) missing('user', 'a name');
  if (!isUser && fields.community === undefined) missing('community', '`{ secret: NAME }`');
  if (isUser && fields.privacy !== undefined && fields.auth === undefined)
    missing('auth', 'a map: what is not authenticated cannot be encrypted');

  function refuse(field: string, what: string): void {
    const place = [...writtenAt(field), field];
    once(place, () =>
      problems.report('field-not-for-telemetry', place, `${quote(field)} means nothing for ${what}`, 'key'),
    );
  }
}

function checkTiming(
  { problems }: ServiceContext,
  { timing: { interval, timeout, stale } }: EffectiveTelemetry,
  writtenAt: (field: string) => Path,
  once: Report,
): void {
  const every = formatDuration(interval);
  const later = (field: 'timeout' | 'stale'): Path => {
    const [at, intervalAt] = [writtenAt(field), writtenAt('interval')];
    return at.length >= intervalAt.length ? [...at, field] : [...intervalAt, 'interval'];
  };
  if (timeout > interval) {
    const place = later('timeout');
    const figures = `the time-out (${formatDuration(timeout)}) is longer than the interval (${every})`;
    once(place, () =>
      problems.report('timeout-over-interval', place, `${figures}: a server would be asked again before it answered`),
    );
  }
  if (stale < interval) {
    const place = later('stale');
    const figures = `an answer is stale after ${formatDuration(stale)}, and the next is asked for after ${every}`;
    once(place, () => problems.report('stale-under-interval', place, `${figures}: \`stale\` must not be shorter`));
  }
}

/** A secret goes to whoever answers, unless TLS finds out who that is. */
function checkSecret(
  { problems }: ServiceContext,
  { type, fields }: EffectiveTelemetry,
  writtenAt: (field: string) => Path,
  once: Report,
): void {
  if (fields.authorization === undefined || type === undefined || !FIELDS[type].includes('authorization')) return;
  if (isVerified(fields.tls)) return;
  const place = [...writtenAt('authorization'), 'authorization'];
  const how = fields.tls === undefined || fields.tls === false ? 'in the clear' : 'in TLS that verifies nobody';
  const message = `this is sent ${how}, to whoever answers at the server's address: say \`tls: { verify: CA-FILE }\`, or use one that opens nothing else`;
  once(place, () => problems.report('telemetry-unprotected', place, message, 'key'));
}

/** A server without a port of its own has the one that its service listens on, if that is one. */
function checkPort(
  { service, path, problems }: ServiceContext,
  { type, fields, path: place }: EffectiveTelemetry,
  server: Asked['server'],
  once: Report,
): void {
  if (type === undefined || fields.port !== undefined || defaultPort(type) !== undefined) return;
  if (server.address === undefined || server.address.port !== undefined) return;
  if (lost(service.listen, [...path, 'listen'], problems)) return;
  if (new Set(valuesOf(service.listen).map(({ port }) => port)).size < 2) return;
  const message = `the server ${quote(server.name)} has no port and the service listens on several: say which one to ask, \`telemetry: { port: … }\``;
  once([...place, 'port'], () => problems.report('telemetry-port-missing', place, message, 'key'));
}
