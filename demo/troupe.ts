import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Fault, Result } from '#lib';
import { err, ok } from '#lib';
import { poll } from '#system';
import { fault } from './errors.ts';
import { orthanc } from './orthanc.ts';
import { isListening } from './ports.ts';
import { type Process, type Program, startProcess } from './process.ts';
import type { Faults } from './servers/stand-in.ts';
import { CALLED_AE_TITLE, type Places, serviceNames, SERVICES, SLOWER, type ServiceName } from './site.ts';

/** One server of the hospital: a process that can be started again. */
export type Server = {
  readonly name: string;
  readonly service: ServiceName;
  readonly port: number;
  /** A stand-in takes orders about its faults; Orthanc does not. */
  readonly takesFaults: boolean;
  pid(): number | undefined;
  running(): boolean;
  /** Starts it, where it does not run; resolves once it takes connections. */
  start(): Promise<Result<void, Fault>>;
  stop(): Promise<void>;
  kill(): Promise<void>;
  /** Hung, its connections are still taken by the kernel, and nothing is ever answered. */
  setHung(hung: boolean): void;
  setFaults(faults: Faults): void;
};

const TO_START = 15_000;

/** The servers of the whole hospital, none of them started. `directory`: for their logs, and what Orthanc stores. */
export function castServers(
  places: Places,
  options: { readonly orthanc: boolean; readonly directory: string },
): Result<readonly Server[], Fault> {
  const servers: Server[] = [];
  for (const service of serviceNames) {
    for (const name of Object.keys(SERVICES[service].servers)) {
      const port = places.servers.get(name) ?? 0;
      const isOrthanc = service === 'pacs' && options.orthanc;
      const directory = join(options.directory, name);
      const program = isOrthanc
        ? orthanc({ name, port, aeTitle: CALLED_AE_TITLE, directory })
        : ok(standInProgram(service, name, port, join(options.directory, 'compiled')));
      if (!program.ok) return program;
      const log = join(options.directory, `${name}.log`);
      servers.push(server({ name, service, port, takesFaults: !isOrthanc, program: program.value, log }));
    }
  }
  return ok(servers);
}

const STAND_INS = {
  portal: 'portal',
  fhir: 'fhir',
  pacs: 'archive',
  adt: 'engine',
  results: 'engine',
} as const satisfies Record<ServiceName, string>;

function standInProgram(service: ServiceName, name: string, port: number, compiled: string): Program {
  const file = fileURLToPath(new URL(`servers/${STAND_INS[service]}.ts`, import.meta.url));
  const args = [file, '--name', name, '--port', String(port)];
  if (service === 'pacs') args.push('--ae', CALLED_AE_TITLE, '--strict');
  if (name === SLOWER.server) args.push('--delay', String(SLOWER.milliseconds));
  return { file: process.execPath, args, environment: { NODE_COMPILE_CACHE: compiled } };
}

function server(
  role: Pick<Server, 'name' | 'service' | 'port' | 'takesFaults'> & { readonly program: Program; readonly log: string },
): Server {
  const { name, service, port, takesFaults, program, log } = role;
  let actor: Process | undefined;

  const running = (): boolean => actor?.running() ?? false;
  return {
    name,
    service,
    port,
    takesFaults,
    running,
    pid: () => (running() ? actor?.pid : undefined),
    async start() {
      if (running()) return ok(undefined);
      actor = startProcess(program, log);
      const ready = await poll(async () => ((await isListening(port)) || !running() ? true : undefined), {
        every: 25,
        within: TO_START,
      });
      if (ready && running()) return ok(undefined);
      await actor.stop();
      return err(fault('demo-server-not-started', `${name} did not start; its own words are in ${log}`));
    },
    stop: async () => actor?.stop(),
    async kill() {
      actor?.signal('SIGKILL');
      await actor?.stop();
    },
    setHung: (hung) => actor?.signal(hung ? 'SIGSTOP' : 'SIGCONT'),
    setFaults: (faults) => actor?.tell(faults),
  };
}
