import { createHash } from 'node:crypto';

import type { Fault, Result } from '#lib';
import { isName, Secret } from '#lib';
import type { Location, Path, Pool, Problem, Server, Service, Spec } from '#spec';

import type { Backend, BackendServer, Desired, DesiredFile, Frontend } from './desired.ts';
import { backendName, relayBackendName } from './desired.ts';
import { problemKinds } from './errors.ts';
import type { Facts, FileReference } from './facts.ts';
import {
  certificateFileName,
  clientsFileName,
  fileReferences,
  hasRsaKey,
  pemTrouble,
  serverAuthoritiesFileName,
} from './facts.ts';
import { relaysOf } from './relay.ts';

export type Compiled = {
  /** Undefined where a problem is an error. */
  readonly desired: Desired | undefined;
  readonly problems: readonly Problem[];
};

/** Compiles a spec and the facts it depends on into what must be true of the engines. */
export function compile(spec: Spec, facts: Facts, locate: (path: Path) => Location): Compiled {
  const references = fileReferences(spec);
  const problems = references.flatMap((reference) => problemsOf(reference, facts, locate));
  if (problems.some((problem) => problem.severity === 'error')) return { desired: undefined, problems };
  const backends = spec.services.flatMap((service) => backendsOf(service, spec, facts));
  const files = references.flatMap((reference) => fileOf(reference, facts));
  const desired = {
    site: spec.site,
    dns: spec.dns.servers,
    frontends: spec.services.map((service) => frontendOf(service, spec, facts)),
    backends,
    files,
    relays: relaysOf(spec, { backends, files }),
  };
  return { desired, problems };
}

function problemsOf(reference: FileReference, facts: Facts, locate: (path: Path) => Location): readonly Problem[] {
  const content = contentOf(reference, facts);
  const trouble = content.ok
    ? pemTrouble(content.value, reference.use, facts.now)
    : ({ code: 'file-unreadable', message: 'cannot be read' } as const);
  if (!trouble) return [];
  const { code, message } = trouble;
  const { severity } = problemKinds[code];
  return [
    { severity, code, message: `${reference.file} ${message}`, path: reference.path, location: locate(reference.path) },
  ];
}

function fileOf(reference: FileReference, facts: Facts): readonly DesiredFile[] {
  const content = contentOf(reference, facts);
  if (!content.ok || reference.name === undefined) return [];
  const digest = createHash('sha256').update(content.value).digest('hex');
  return [{ name: reference.name, path: reference.path, content: new Secret(content.value), digest }];
}

function contentOf(reference: FileReference, facts: Facts): Result<string, Fault | undefined> {
  return facts.files.get(reference.file) ?? { ok: false, error: undefined };
}

function frontendOf(service: Service, spec: Spec, facts: Facts): Frontend {
  return {
    name: service.name,
    path: service.path,
    preset: service.preset,
    protocol: service.protocol,
    answers: service.answers,
    listen: service.listen,
    behind: service.behind,
    tls: service.tls && {
      path: service.tls.path,
      profile: service.tls.profile,
      certificates: service.tls.certificates.flatMap((name) => rsaFirst(name, spec, facts)),
      clients: service.tls.clients && { caFile: clientsFileName(service.name), verify: service.tls.clients.verify },
      redirectFrom: service.tls.redirectFrom,
    },
    clientTimeout: service.timeouts.client,
    tunnelTimeout: service.timeouts.tunnel,
    maxConnections: service.limits.connections,
    allow: service.allow,
    priority: service.priority,
    routes: service.routes.map(({ path, when, pool }) => ({ path, when, backend: backendName(service, pool) })),
    defaultBackend: defaultBackendOf(service),
  };
}

function defaultBackendOf(service: Service): string | undefined {
  if (service.relay !== undefined) return relayBackendName(service);
  return service.defaultPool === undefined ? undefined : backendName(service, service.defaultPool);
}

/** The pools of one service, as they are in the whole desired state. */
export const backendsOf = (service: Service, spec: Spec, facts: Pick<Facts, 'hosts'>): readonly Backend[] =>
  service.pools.map((pool) => backendOf(service, pool, spec, facts));

function backendOf(service: Service, pool: Pool, spec: Spec, facts: Pick<Facts, 'hosts'>): Backend {
  const { check } = pool;
  const { relay } = service;
  return {
    name: backendName(service, pool.name),
    path: pool.path,
    service: service.name,
    pool: pool.name,
    protocol: service.protocol,
    answers: service.answers,
    // No client of the engine's comes to a relayed pool.
    balance: relay === undefined ? pool.balance : 'roundrobin',
    persistence: relay === undefined ? pool.persistence : { kind: 'none' },
    overTls: service.tls !== undefined,
    check: check.type === 'follow' ? { type: 'follow', path: check.path } : check,
    retry: service.retry,
    timeouts: service.timeouts,
    drainTimeout: service.drain.timeout,
    relayed: relay === undefined ? undefined : true,
    measured: isMeasured(service) ? true : undefined,
    steering: pool.steering,
    servers: pool.servers.map((server) => serverOf(service, pool, server, spec, facts)),
  };
}

/** One frontend tells of all pools of a service. */
const isMeasured = ({ protocol, pools }: Service): boolean =>
  protocol === 'http' && pools.some(({ steering }) => steering !== undefined);

function serverOf(
  service: Service,
  pool: Pool,
  server: Server,
  spec: Spec,
  facts: Pick<Facts, 'hosts'>,
): BackendServer {
  const { name, path, address, weight, backup, tls, proxyProtocol, telemetry } = server;
  return {
    name,
    path,
    address,
    weight,
    backup,
    telemetry,
    resolved: isName(address.host) && !facts.hosts.has(address.host.toLowerCase()),
    maxConnections: service.relay === undefined ? server.limits.connections : undefined,
    tls: tls && {
      path: tls.path,
      caFile: tls.verify === 'none' ? undefined : serverAuthoritiesFileName(service.name, pool.name, name),
      serverName: tls.serverName,
      certificate: tls.certificate === undefined ? undefined : certificateFiles(tls.certificate, spec)[0],
    },
    proxyProtocol: proxyProtocol === 'none' ? undefined : proxyProtocol,
    follows: pool.check.type === 'follow' ? followed(pool.check.service, name, spec) : undefined,
  };
}

/** The server of the same name in the followed service, in the first of its pools that has one. */
function followed(serviceName: string, serverName: string, spec: Spec): string | undefined {
  const service = spec.services.find(({ name }) => name === serviceName);
  const pool = service?.pools.find(({ servers }) => servers.some(({ name }) => name === serverName));
  return service && pool && `${backendName(service, pool.name)}/${serverName}`;
}

function certificateFiles(name: string, spec: Spec): readonly string[] {
  const certificate = spec.certificates.find((candidate) => candidate.name === name);
  return certificate?.files.map((_, index) => certificateFileName(name, index)) ?? [];
}

/**
 * The files of a certificate, RSA before ECDSA. A client that names its host is given ECDSA where it can; one that does
 * not (most DICOM and HL7 software) is given the first file, and RSA is what all of them understand.
 */
function rsaFirst(name: string, spec: Spec, facts: Facts): readonly string[] {
  const files = spec.certificates.find((candidate) => candidate.name === name)?.files ?? [];
  const isRsa = (file: string) => {
    const content = facts.files.get(file);
    return content?.ok === true && hasRsaKey(content.value);
  };
  const names = files.map((file, index) => ({ name: certificateFileName(name, index), rsa: isRsa(file) }));
  return [...names.filter(({ rsa }) => rsa), ...names.filter(({ rsa }) => !rsa)].map((file) => file.name);
}
