import { join, relative } from 'node:path';
import type { Fault, Result } from '#lib';
import { ok } from '#lib';
import { makeDirectory, readText, writeAtomically } from '#system';
import { act, type Action } from './breakage.ts';
import { certificatesIn } from './certificates.ts';
import { freePort } from './ports.ts';
import { answerQuestions } from './remote.ts';
import { type Places, REDIRECT_PORT, type ServiceName, serviceNames, SERVICES } from './site.ts';
import { hospitalYaml } from './spec.ts';
import { type Traffic, startTraffic, type TrafficReport } from './traffic.ts';
import { castServers, type Server } from './troupe.ts';
import { welcomeText } from './welcome.ts';

/** A hospital at work: its servers run, and wait for somebody to put Vagus in front of them. */
export type Hospital = {
  /** The spec to apply. */
  readonly specFile: string;
  /** Where clients find the services once the spec is applied: URLs of the HTTPS ones, `host:port` of the others. */
  readonly services: Readonly<Record<ServiceName, string>>;
  /** The PEM file of the authority behind the HTTPS services. */
  readonly ca: string;
  readonly servers: readonly HospitalServer[];
  /** The text that greets a newcomer. `vagus` writes a command the way it has to be typed; default `bin/vagus …`. */
  welcome(vagus?: (words: string) => string): string;
  /** Starts the trickle of traffic through the services, and reports on it once a second. */
  startTraffic(report: (traffic: TrafficReport) => void): { stop(): Promise<TrafficReport> };
  /** Breaks or heals a server; without a name `heal` heals all. Returns a sentence on what is now so. */
  act(action: Action, server: string | undefined): Promise<Result<string, Fault>>;
  /** Stops traffic and servers. */
  stop(): Promise<void>;
};

export type HospitalServer = {
  readonly name: string;
  readonly service: ServiceName;
  readonly port: number;
  /** Undefined while it does not run. */
  pid(): number | undefined;
};

const REPORT_EVERY = 1_000;

/**
 * Starts the servers of a demonstration hospital on loopback, and writes its spec, certificates, logs and control socket
 * into the state directory. With `orthanc` the archives are real Orthanc servers. All of it ends when this process does.
 * Errors: `demo-running-already`, `demo-program-missing`, `demo-certificate`, `demo-server-not-started`, and those of the
 * machine.
 */
export async function startHospital(options: Options): Promise<Result<Hospital, Fault>> {
  const made = makeDirectory(join(options.stateDirectory, 'demo'));
  if (!made.ok) return made;
  let servers: readonly Server[] = [];
  // The socket comes first: whoever has it may touch the rest of the directory.
  const questions = await answerQuestions(options.stateDirectory, (action, name) => act(servers, action, name));
  if (!questions.ok) return questions;

  const close = async (): Promise<void> => {
    questions.value.close();
    await Promise.all(servers.map((server) => server.stop()));
  };
  const built = await build(options);
  if (!built.ok) {
    await close();
    return built;
  }
  servers = built.value.servers;
  const started = await Promise.all(servers.map((server) => server.start()));
  const failure = started.find((outcome) => !outcome.ok);
  if (failure) {
    await close();
    return failure;
  }
  return ok(hospital(built.value, close));
}

type Options = { readonly stateDirectory: string; readonly orthanc: boolean };

/** A hospital that is ready to be opened. */
type Building = {
  readonly specFile: string;
  readonly places: Places;
  readonly moved: readonly string[];
  readonly caFile: string;
  readonly ca: string;
  readonly orthanc: boolean;
  readonly servers: readonly Server[];
};

async function build({ stateDirectory, orthanc }: Options): Promise<Result<Building, Fault>> {
  const directory = join(stateDirectory, 'demo');
  const certificates = await certificatesIn(directory);
  if (!certificates.ok) return certificates;
  const { ca: caFile, ecdsa, rsa } = certificates.value;
  const ca = readText(caFile);
  if (!ca.ok) return ca;

  const { places, moved } = await choosePlaces();
  const certificateFiles = [ecdsa, rsa].map((file) => relative(stateDirectory, file));
  const specFile = join(stateDirectory, 'hospital.yaml');
  const written = writeAtomically(specFile, hospitalYaml(places, certificateFiles));
  if (!written.ok) return written;

  const servers = castServers(places, { orthanc, directory });
  return servers.ok ? ok({ specFile, places, moved, caFile, ca: ca.value, orthanc, servers: servers.value }) : servers;
}

function hospital(building: Building, close: () => Promise<void>): Hospital {
  const { specFile, places, moved, caFile, ca, orthanc, servers } = building;
  const host = (service: ServiceName): string => `127.0.0.1:${places.services[service]}`;
  const services = {
    portal: `https://${host('portal')}`,
    fhir: `https://${host('fhir')}`,
    pacs: host('pacs'),
    adt: host('adt'),
    results: host('results'),
  };
  let traffic: { stop(): Promise<TrafficReport> } | undefined;
  return {
    specFile,
    services,
    ca: caFile,
    servers,
    welcome: (vagus = (words) => `bin/vagus ${words}`) =>
      welcomeText({ addresses: services, ca: caFile, orthanc, moved }, vagus),
    startTraffic(report) {
      const { pacs, adt, results } = places.services;
      const entrances = { ...services, pacs, adt, results, ca };
      traffic = reportedEach(REPORT_EVERY, startTraffic(entrances), report);
      return traffic;
    },
    act: (action, name) => act(servers, action, name),
    async stop() {
      await traffic?.stop();
      await close();
    },
  };
}

/** Every server and service where one would like to find it, or on another port where somebody else is there. */
async function choosePlaces(): Promise<{ readonly places: Places; readonly moved: readonly string[] }> {
  const moved: string[] = [];
  const place = async (what: string, preferred: number): Promise<number> => {
    const port = await freePort(preferred);
    if (port !== preferred) moved.push(`port ${preferred} is taken, so ${what} is on ${port}`);
    return port;
  };
  const services = { portal: 0, fhir: 0, pacs: 0, adt: 0, results: 0 };
  const servers = new Map<string, number>();
  for (const service of serviceNames) {
    services[service] = await place(service, SERVICES[service].port);
    for (const [name, port] of Object.entries(SERVICES[service].servers)) servers.set(name, await freePort(port));
  }
  const redirect = await place('the way from HTTP to HTTPS', REDIRECT_PORT);
  return { places: { redirect, services, servers }, moved };
}

function reportedEach(
  milliseconds: number,
  traffic: Traffic,
  report: (traffic: TrafficReport) => void,
): { stop(): Promise<TrafficReport> } {
  const timer = setInterval(() => report(traffic.report()), milliseconds);
  return {
    async stop() {
      clearInterval(timer);
      return traffic.stop();
    },
  };
}
