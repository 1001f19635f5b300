import type { Fault, Result } from '#lib';
import { formatAddress, ok } from '#lib';
import {
  checkInWords,
  type FrontendSample,
  oldSessions,
  processes,
  type Samples,
  samplesWithWords,
  type ServerSample,
} from '#engines/haproxy';
import { type Backend, type Desired, serverLabel } from '#plan';

import { type Engines, withRelay } from './relay.ts';
import type { TelemetryReading } from './telemetry/types.ts';

/** `failing` and `rising`: on the way down and up; a check or two will tell. */
export type ServerState = 'up' | 'failing' | 'down' | 'rising' | 'drain' | 'maint' | 'unresolved';

export type ServerHealth = {
  readonly name: string;
  /** `pacs/pacs1`, or `pacs/vna/vna1`. */
  readonly label: string;
  readonly address: string;
  readonly state: ServerState;
  readonly backup: boolean;
  /** In words, for a person. */
  readonly why: string;
  /** Seconds in this state. */
  readonly since: number;
  /** As HAProxy has it now: drained or steered, another one than the spec says. */
  readonly weight: number;
  readonly configuredWeight: number;
  /** What is under way on it: requests or connections, of a relayed server messages. */
  readonly connections: number;
  /** Of `connections`: held by workers that finish what they began before a reload. */
  readonly connectionsBeforeReload: number;
  readonly queued: number;
  /** Requests or connections given to it since HAProxy's worker began: the difference of two is what it got between. */
  readonly served: number;
  /** Milliseconds, averaged over the last 1024 requests; 0 where the protocol has no responses. */
  readonly responseTime: number;
  readonly errors: number;
  /** What it says of itself; undefined where it has no telemetry, or nobody reads it. */
  readonly telemetry: TelemetryHealth | undefined;
};

/** What a server said last, as it is shown. Shares are 0–1; what it does not say is undefined. */
export type TelemetryHealth = {
  readonly cpu: number | undefined;
  readonly memory: number | undefined;
  readonly connections: number | undefined;
  readonly wish: number | undefined;
  readonly says: 'up' | 'drain' | 'maint' | 'down' | undefined;
  /** When it was measured, ms since 1970. */
  readonly at: number | undefined;
  readonly stale: boolean;
  readonly trouble: string | undefined;
};

/** What is known of a server's telemetry, by `backend/server`. */
export type TelemetryOf = (key: string) => TelemetryReading | undefined;

export type PoolHealth = {
  readonly name: string;
  /** Waiting for whichever server is free first, beside those that wait for one server. */
  readonly queued: number;
  readonly servers: readonly ServerHealth[];
};

/** `degraded`: it serves, with fewer servers than it could. */
export type Verdict = 'up' | 'degraded' | 'down';

export type ServiceHealth = {
  readonly name: string;
  readonly preset: string;
  readonly listen: readonly string[];
  readonly verdict: Verdict;
  readonly connections: number;
  readonly refused: number;
  readonly pools: readonly PoolHealth[];
};

export type Health = {
  readonly site: string;
  readonly services: readonly ServiceHealth[];
  /** Workers that finish what they began before a reload. */
  readonly oldWorkers: number;
};

/** What is true of every service now, by what the engines say of what was applied. */
export async function health(
  engines: Engines,
  desired: Desired,
  telemetryOf?: TelemetryOf,
): Promise<Result<Health, Fault>> {
  const now = await samplesWithWords(engines.haproxy);
  if (!now.ok) return now;
  const running = await processes(engines.haproxy);
  const held = await oldSessions(engines.haproxy);
  const seen = await withRelay(now.value, engines, desired);
  return ok({
    site: desired.site,
    services: servicesOf(desired, seen, held, telemetryOf),
    oldWorkers: running.ok ? running.value.oldWorkers.length : 0,
  });
}

/** The pure part of `health`: a plan's names beside an engine's numbers. */
export function servicesOf(
  desired: Desired,
  now: Samples,
  heldBeforeReload: ReadonlyMap<string, number>,
  telemetryOf: TelemetryOf = () => undefined,
): readonly ServiceHealth[] {
  const servers = new Map(now.servers.map((sample) => [`${sample.backend}/${sample.server}`, sample]));
  const frontends = new Map(now.frontends.map((sample): [string, FrontendSample] => [sample.frontend, sample]));
  const samples = new Map(now.backends.map((sample) => [sample.backend, sample]));
  const pools = Map.groupBy(desired.backends, ({ service }) => service);
  return desired.frontends.map((frontend) => {
    const own = (pools.get(frontend.name) ?? []).map((backend) => ({
      name: backend.pool,
      queued: samples.get(backend.name)?.queued ?? 0,
      servers: serversOf(backend, servers, heldBeforeReload, telemetryOf),
    }));
    const sample = frontends.get(frontend.name);
    return {
      name: frontend.name,
      preset: frontend.preset,
      listen: frontend.listen.map(formatAddress),
      verdict: verdictOf(own),
      connections: sample?.connections ?? 0,
      refused: sample?.deniedRequests ?? 0,
      pools: own,
    };
  });
}

function serversOf(
  backend: Backend,
  servers: ReadonlyMap<string, ServerSample>,
  held: ReadonlyMap<string, number>,
  telemetryOf: TelemetryOf,
): readonly ServerHealth[] {
  return backend.servers.map((server) => {
    const name = `${backend.name}/${server.name}`;
    const sample = servers.get(name);
    const old = held.get(name) ?? 0;
    return {
      name: server.name,
      label: serverLabel(backend, server.name),
      address: formatAddress(server.address),
      state: sample === undefined ? 'down' : stateOf(sample),
      backup: sample?.backup ?? server.backup,
      why: sample === undefined ? 'not known to HAProxy' : whyOf(sample, backend),
      since: sample?.changed ?? 0,
      weight: sample?.weight ?? server.weight,
      configuredWeight: server.weight,
      connections: (sample?.sessions ?? 0) + old,
      connectionsBeforeReload: old,
      queued: sample?.queued ?? 0,
      served: sample?.totalSessions ?? 0,
      responseTime: sample?.responseTime ?? 0,
      errors: (sample?.connectErrors ?? 0) + (sample?.responseErrors ?? 0),
      telemetry: telemetryHealth(telemetryOf(name)),
    };
  });
}

function telemetryHealth(reading: TelemetryReading | undefined): TelemetryHealth | undefined {
  if (reading === undefined) return undefined;
  const { last, stale, trouble } = reading;
  return {
    cpu: last?.cpu,
    memory: last?.memory,
    connections: last?.connections,
    wish: last?.wish,
    says: last?.says,
    at: last?.at,
    stale,
    trouble,
  };
}

/** HAProxy's status, e.g. `UP`, `UP 1/2`, `DOWN 1/2`, `DRAIN`, `MAINT (via ccw/ccw1)`, `MAINT (resolution)`, `NOLB`. */
function stateOf({ status }: ServerSample): ServerState {
  if (status.startsWith('MAINT')) return /resol/i.test(status) ? 'unresolved' : 'maint';
  if (status.startsWith('DRAIN') || status.startsWith('NOLB')) return 'drain';
  if (status.startsWith('DOWN')) return status.includes('/') ? 'rising' : 'down';
  return status.includes('/') ? 'failing' : 'up';
}

function whyOf(sample: ServerSample, backend: Backend): string {
  const state = stateOf(sample);
  if (state === 'maint') return 'in maintenance';
  if (state === 'unresolved') return 'its name cannot be resolved';
  if (backend.check.type === 'follow') {
    const follows = backend.servers.find(({ name }) => name === sample.server)?.follows;
    return `follows ${follows}`;
  }
  // Another address was given to it, or somebody called it well: what its last check said was of before.
  if (state === 'up' && isFailed(sample)) return 'begins anew, not checked yet';
  const words = checkInWords(sample.check);
  return state === 'drain' ? `draining; ${words}` : words;
}

/** The last check failed: one that counts would have left the server failing, at least. */
const isFailed = ({ check }: ServerSample): boolean => check.status !== '' && !/OK|^INI/.test(check.status);

function verdictOf(pools: readonly PoolHealth[]): Verdict {
  const serves = ({ state }: ServerHealth) => state === 'up' || state === 'failing';
  if (!pools.some(({ servers }) => servers.some(serves))) return 'down';
  return pools.every(({ servers }) => servers.every(serves)) ? 'up' : 'degraded';
}
