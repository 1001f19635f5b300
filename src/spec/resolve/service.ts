import { resolve as absolute } from 'node:path';
import { DEFAULT_POOL, poolsOf, type WholeService } from '../language.ts';
import { findPreset } from '../presets/index.ts';
import type { Preset } from '../presets/preset.ts';
import { valuesOf } from '../schema/forms.ts';
import type { Condition, ListenerTls, Path, Service } from '../types.ts';
import { defaultsOf, type Defaults } from './defaults.ts';
import { resolvePool } from './pool.ts';
import { resolveRelay } from './relay.ts';

export function resolveService(
  name: string,
  service: WholeService,
  certificates: readonly string[],
  directory: string,
): Service {
  const path: Path = ['services', name];
  const preset = findPreset(service.preset) as Preset;
  const defaults = defaultsOf(preset);
  const pools = poolsOf(service, path).map((placed) => resolvePool(placed, service, path, defaults, directory));
  return {
    name,
    path,
    preset: preset.name,
    protocol: preset.protocol,
    answers: preset.answers,
    listen: valuesOf(service.listen),
    behind: service.behind && {
      path: [...path, 'behind'],
      sources: valuesOf(service.behind.sources),
      clientAddress: service.behind.clientAddress ?? 'proxy-protocol',
    },
    tls: resolveTls(service, preset, defaults, certificates, path, directory),
    retry: {
      attempts: service.retry?.attempts ?? defaults.retry.attempts,
      on: service.retry?.on === undefined ? defaults.retry.on : valuesOf(service.retry.on),
      methods: service.retry?.methods === undefined ? defaults.retry.methods : valuesOf(service.retry.methods),
    },
    timeouts: {
      connect: service.timeouts?.connect ?? defaults.timeouts.connect,
      client: service.timeouts?.client ?? defaults.timeouts.client,
      server: service.timeouts?.server ?? defaults.timeouts.server,
      queue: service.timeouts?.queue ?? defaults.timeouts.queue,
      tunnel: service.timeouts?.tunnel ?? defaults.timeouts.tunnel,
    },
    limits: { connections: service.limits?.connections },
    allow: {
      sources: valuesOf(service.allow?.sources),
      callingAeTitles: valuesOf(service.allow?.callingAeTitles),
    },
    priority: (service.priority ?? []).map((rule, index) => ({
      path: [...path, 'priority', index],
      when: resolveCondition(rule.when),
      class: rule.class,
    })),
    routes: (service.routes ?? []).map((route, index) => ({
      path: [...path, 'routes', index],
      when: resolveCondition(route.when),
      pool: route.pool,
    })),
    defaultPool: pools.some((pool) => pool.name === DEFAULT_POOL) ? DEFAULT_POOL : undefined,
    pools,
    relay: resolveRelay(service.relay, path),
    drain: { timeout: service.drain?.timeout ?? defaults.drain.timeout },
  };
}

function resolveTls(
  { tls }: WholeService,
  preset: Preset,
  defaults: Defaults,
  certificates: readonly string[],
  path: Path,
  directory: string,
): ListenerTls | undefined {
  if (tls === 'none' || (tls === undefined && !preset.speaksTls)) return undefined;
  return {
    path: [...path, 'tls'],
    certificates: tls?.certificate === undefined ? certificates : valuesOf(tls.certificate),
    profile: tls?.profile ?? defaults.profile,
    clients: tls?.clients && { ca: absolute(directory, tls.clients.ca), verify: tls.clients.verify ?? 'required' },
    redirectFrom: valuesOf(tls?.redirectFrom),
  };
}

type WrittenCondition = NonNullable<WholeService['routes']>[number]['when'];

const given = <T>(written: T | readonly (T | undefined)[] | undefined): readonly T[] | undefined =>
  written === undefined ? undefined : valuesOf(written);

function resolveCondition(when: WrittenCondition): Condition {
  return {
    calledAeTitle: given(when.calledAeTitle),
    callingAeTitle: given(when.callingAeTitle),
    sources: given(when.sources),
    host: given(when.host),
    pathPrefix: given(when.path),
  };
}
