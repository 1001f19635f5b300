import type { PartlyCheck, Probe } from '../language.ts';
import type { Defaults } from './defaults.ts';
import type { CheckType } from '../schema/check.ts';
import { valuesOf } from '../schema/forms.ts';
import type { Check, CheckProbe, Path } from '../types.ts';

/** A check as it is written at one place. */
export type Layer<Written> = { readonly written: Written; readonly path: Path };

/** The checks that are written for a pool, the most particular last. */
export function checkLayers(
  ofService: PartlyCheck | undefined,
  servicePath: Path,
  ofPool: PartlyCheck | undefined,
  poolPath: Path,
): Layer<PartlyCheck>[] {
  return [
    ...(ofService ? [{ written: ofService, path: [...servicePath, 'check'] }] : []),
    ...(ofPool ? [{ written: ofPool, path: [...poolPath, 'check'] }] : []),
  ];
}

/** The check of a pool: what its service and itself say, with what the preset says below. */
export type EffectiveCheck =
  | { readonly kind: 'follow'; readonly service: string; readonly path: Path }
  | {
      readonly kind: 'probe';
      readonly type: CheckType;
      readonly probe: Partial<Probe>;
      readonly path: Path;
      readonly timing: Timing;
    };

type Timing = { readonly interval: number; readonly timeout: number };

/** A check that has an interval but no time-out of its own lasts at most this part of the interval. */
const LONGEST_SHARE = 0.6;

const TIMING = ['interval', 'timeout', 'rise', 'fall'] as const;

/**
 * Lays the checks over each other, the most particular last. A layer that changes the type takes over only the timing
 * of those below: a port, a path or an AE title belongs to the question it was written for.
 */
export function effectiveCheck(
  layers: readonly Layer<PartlyCheck>[],
  defaults: Defaults,
  fallbackPath: Path,
): EffectiveCheck {
  let type: CheckType = defaults.check.type;
  let probe: Partial<Probe> = {};
  let path = fallbackPath;
  let following: { service: string; path: Path } | undefined;
  for (const layer of layers) {
    path = layer.path;
    if ('follow' in layer.written) {
      following = { service: layer.written.follow ?? '', path };
      continue;
    }
    following = undefined;
    const written = defined(layer.written);
    const changed = written.type !== undefined && written.type !== type;
    type = written.type ?? type;
    probe = { ...(changed ? pick(probe, TIMING) : probe), ...written };
  }
  if (following) return { kind: 'follow', ...following };
  const { path: uri, calledAeTitle, callingAeTitle } = defaults.check;
  const inherited = type === defaults.check.type ? { path: uri, calledAeTitle, callingAeTitle } : {};
  const interval = probe.interval ?? defaults.check.interval;
  const timeout = probe.timeout ?? Math.min(defaults.check.timeout, Math.floor(interval * LONGEST_SHARE));
  return { kind: 'probe', type, probe: { ...inherited, ...probe }, path, timing: { interval, timeout } };
}

/** The check with everything filled in. `port`: where servers have none of their own. */
export function resolveCheck(check: EffectiveCheck, defaults: Defaults, port: number | undefined): Check {
  if (check.kind === 'follow') return { type: 'follow', path: check.path, service: check.service };
  const { probe, path, timing } = check;
  return {
    path,
    ...timing,
    rise: probe.rise ?? defaults.check.rise,
    fall: probe.fall ?? defaults.check.fall,
    port: probe.port ?? port,
    tls: probe.tls === undefined ? 'as-server' : probe.tls ? 'unverified' : 'never',
    ...question(check.type, probe),
  };
}

function question(type: CheckType, probe: Partial<Probe>): CheckProbe {
  if (type === 'tcp') return { type };
  if (type === 'hl7') {
    const acknowledgement = probe.expect?.acknowledgement ?? 'positive';
    return { type, messageType: probe.messageType ?? 'NMQ^N01', acknowledgement };
  }
  if (type === 'dicom-echo' || type === 'dicom-find') {
    return { type, calledAeTitle: probe.calledAeTitle ?? 'ANY-SCP', callingAeTitle: probe.callingAeTitle ?? 'VAGUS' };
  }
  const status = valuesOf(probe.expect?.status);
  return {
    type,
    method: probe.method ?? 'GET',
    uri: probe.path ?? (type === 'fhir' ? '/metadata' : '/'),
    host: probe.host,
    expect: { status: status.length > 0 ? status : [200], body: probe.expect?.body },
  };
}

const defined = (probe: Probe): Partial<Probe> =>
  Object.fromEntries(Object.entries(probe).filter(([, value]) => value !== undefined)) as Partial<Probe>;

const pick = (probe: Partial<Probe>, fields: readonly (keyof Probe)[]): Partial<Probe> =>
  Object.fromEntries(fields.filter((field) => probe[field] !== undefined).map((field) => [field, probe[field]]));
