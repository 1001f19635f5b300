import { createServer, type Server } from 'node:http';

import { type State, stateIn, stopEngines } from '#apply';
import { ask, poll } from '#system';

import { certificate } from './certificates.ts';
import { largeSpec } from './large-spec.ts';
import { must } from './must.ts';
import { sized } from './report.ts';
import type { Rig } from './rig.ts';

/** A large site that a controller serves, on loopback. */
export type Site = {
  /** The controller's. */
  readonly pid: number;
  readonly state: State;
  /** Where every server is, whatever its address. */
  readonly serverPort: number;
};

type Asked = {
  /** All of the largest site unless told. */
  readonly services?: number;
  /** Where the API listens beside its socket. */
  readonly api?: string;
};

/** Starts a controller on the largest site, or a part of it, as people do. */
export async function startSite(
  rig: Rig,
  say: (text: string) => void,
  { services, api = 'off' }: Asked = {},
): Promise<Site> {
  const serverPort = await rig.port();
  const servers = await startServers(serverPort);
  rig.atEnd(() => {
    servers.close();
    servers.closeAllConnections();
  });
  const state = stateIn(rig.path('state'));
  rig.atEnd(async () => void (await stopEngines(state, 0)));
  const loopback = { serverPort, ...(services !== undefined && { services }) };
  const spec = rig.write('large.yaml', largeSpec(await certificate(rig, 'ecdsa'), loopback));
  const program = `${import.meta.dirname}/../bin/vagus`;
  const begin = performance.now();
  const pid = await rig.serve([program, 'run', spec, '--state', state.directory, '--api', api], []);
  const answers = await poll(
    async () => ((await call(state, 'GET', '/controller').catch(() => undefined)) === undefined ? undefined : true),
    { every: 50, within: 120_000 },
  );
  if (!answers) throw new Error('the controller does not serve');
  say(`a serving site after ${sized((performance.now() - begin) / 1_000)} s`);
  return { pid, state, serverPort };
}

/** Asks the controller of a site over its socket. Throws where it refuses, and where a change takes a reload. */
export async function call(
  state: State,
  method: string,
  path: string,
  body?: object,
): Promise<Readonly<Record<string, unknown>>> {
  const headers = { 'X-Vagus-Actor': 'bench', ...(body && { 'Content-Type': 'application/json' }) };
  const question = { method, path: `/api/v1${path}`, headers, body: body && JSON.stringify(body) };
  const answer = must(await ask({ socket: state.controllerSocket }, question));
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.body.slice(0, 500)}`);
  const told = JSON.parse(answer.body) as Readonly<Record<string, unknown>>;
  if ('how' in told && told['how'] !== 'live' && told['how'] !== 'nothing')
    throw new Error(`${method} ${path}: by a ${String(told['how'])}`);
  return told;
}

/** Answers every request, and ends what is none. */
async function startServers(port: number): Promise<Server> {
  const servers = createServer((_, response) => response.end('here'));
  servers.on('clientError', (_, socket) => socket.destroy());
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  servers.once('error', reject).listen(port, '0.0.0.0', resolve);
  await promise;
  return servers;
}
