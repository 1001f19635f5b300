import { resolve as absolute } from 'node:path';
import type { PartlyTelemetry, Placed, WholePool, WholeServer, WholeService } from '../language.ts';
import { valuesOf } from '../schema/forms.ts';
import type { Path, Persistence, Pool, ProxyProtocol, Server, ServerTls, Telemetry } from '../types.ts';
import { checkLayers, effectiveCheck, resolveCheck } from './check.ts';
import type { Defaults } from './defaults.ts';
import { effectiveSteering, resolveSteering } from './steering.ts';
import { effectiveTelemetry, resolveTelemetry, telemetryLayers } from './telemetry.ts';

const NEUTRAL_WEIGHT = 100;
const REMEMBERED = 30 * 60_000;

export function resolvePool(
  { name, path, pool }: Placed<WholePool>,
  service: WholeService,
  servicePath: Path,
  defaults: Defaults,
  directory: string,
): Pool {
  const servers = [...pool.servers].map(([server, written]) =>
    resolveServer(server, written, [...path, 'servers', server], directory, {
      proxyProtocol: pool.proxyProtocol ?? service.proxyProtocol ?? 'none',
      telemetry: (own, place) =>
        resolveTelemetry(
          effectiveTelemetry(telemetryLayers([service.telemetry, servicePath], [pool.telemetry, path], [own, place])),
          directory,
        ),
    }),
  );
  const check = effectiveCheck(checkLayers(service.check, servicePath, pool.check, path), defaults, path);
  const persistence = resolvePersistence(pool.persistence ?? service.persistence) ?? defaults.persistence;
  const { port, placed } = portsOf(servers, service);
  return {
    name,
    path,
    balance: pool.balance ?? service.balance ?? defaults.balance,
    persistence,
    check: resolveCheck(check, defaults, port),
    steering: resolveSteering(effectiveSteering([service.steering, servicePath], [pool.steering, path]), persistence),
    servers: placed,
  };
}

/**
 * Behind a single listening port "the port the client asked for" is that port. Where no server has one the check is told;
 * beside servers that have theirs, and behind a relay, which asks nobody, the others get it as their own.
 */
function portsOf(
  servers: readonly Server[],
  service: WholeService,
): { port: number | undefined; placed: readonly Server[] } {
  const ports = new Set(valuesOf(service.listen).map((address) => address.port));
  const [only] = ports.size === 1 ? ports : [];
  if (service.relay === undefined && servers.every(({ address }) => address.port === undefined))
    return { port: only, placed: servers };
  const placed = servers.map((server) => ({
    ...server,
    address: { ...server.address, port: server.address.port ?? only },
  }));
  return { port: undefined, placed };
}

function resolveServer(
  name: string,
  written: WholeServer,
  path: Path,
  directory: string,
  ofPool: {
    readonly proxyProtocol: ProxyProtocol;
    readonly telemetry: (own: PartlyTelemetry | undefined, path: Path) => Telemetry | undefined;
  },
): Server {
  const server = 'address' in written ? written : undefined;
  return {
    name,
    path,
    address: 'address' in written ? written.address : written,
    weight: server?.weight ?? NEUTRAL_WEIGHT,
    backup: server?.backup ?? false,
    limits: { connections: server?.limits?.connections },
    tls: server?.tls && resolveServerTls(server.tls, [...path, 'tls'], directory),
    proxyProtocol: server?.proxyProtocol ?? ofPool.proxyProtocol,
    telemetry: ofPool.telemetry(server?.telemetry, path),
  };
}

type WrittenTls = { verify: string; serverName: string | undefined; certificate: string | undefined };

function resolveServerTls({ verify, serverName, certificate }: WrittenTls, path: Path, directory: string): ServerTls {
  return { path, verify: verify === 'none' ? verify : absolute(directory, verify), serverName, certificate };
}

function resolvePersistence(written: WholeService['persistence']): Persistence | undefined {
  if (written === undefined) return undefined;
  if (written === 'none') return { kind: 'none' };
  if ('cookie' in written) return { kind: 'cookie', name: written.cookie };
  if ('source' in written) return { kind: 'source', for: written.source };
  if ('header' in written) return { kind: 'header', name: written.header, for: written.for ?? REMEMBERED };
  return { kind: 'path', part: written.path, for: written.for ?? REMEMBERED };
}
