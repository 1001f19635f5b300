import type { Fault, Result } from '#lib';
import { err, nearest, ok } from '#lib';
import { fault } from './errors.ts';
import type { Server } from './troupe.ts';

/** Ways to break a server, and the way to mend it. */
export const actions = ['kill', 'hang', 'slow', 'heal'] as const;

export type Action = (typeof actions)[number];

const SLOW = 2_000;

/**
 * Breaks one server, or heals one or, without a name, all of them. Returns a sentence on what is now so. Errors:
 * `demo-unknown-server`, `demo-not-possible`, `demo-server-not-started`.
 */
export async function act(
  servers: readonly Server[],
  action: Action,
  name: string | undefined,
): Promise<Result<string, Fault>> {
  if (name === undefined) {
    if (action === 'heal') return healAll(servers);
    return err(fault('demo-unknown-server', `say which server to ${action}: ${namesOf(servers)}`));
  }
  const server = servers.find((candidate) => candidate.name === name);
  if (server === undefined) return err(unknown(servers, name));
  if (action === 'heal') {
    const healed = await heal(server);
    return healed.ok ? ok(`${name} is well again`) : healed;
  }
  if (!server.running()) {
    return err(fault('demo-not-possible', `${name} does not run: \`vagus demo heal ${name}\` starts it again`));
  }
  switch (action) {
    case 'kill':
      await server.kill();
      return ok(`${name} is killed: its process is gone`);
    case 'hang':
      server.setHung(true);
      return ok(`${name} hangs: it takes connections and never answers`);
    default:
      if (!server.takesFaults) {
        return err(
          fault('demo-not-possible', `${name} is a real Orthanc, which can be killed and hung but not slowed`),
        );
      }
      server.setFaults({ slow: SLOW });
      return ok(`${name} is slow: it takes ${SLOW / 1_000} s longer for everything but health checks`);
  }
}

async function healAll(servers: readonly Server[]): Promise<Result<string, Fault>> {
  const outcomes = await Promise.all(servers.map(heal));
  return outcomes.find((outcome) => !outcome.ok) ?? ok('all servers are well again');
}

async function heal(server: Server): Promise<Result<void, Fault>> {
  server.setHung(false);
  const started = await server.start();
  if (started.ok && server.takesFaults) server.setFaults({});
  return started;
}

function unknown(servers: readonly Server[], name: string): Fault {
  const meant = nearest(
    name,
    servers.map((server) => server.name),
  );
  const hint = meant === undefined ? `there are ${namesOf(servers)}` : `did you mean ${meant}?`;
  return fault('demo-unknown-server', `no server is called "${name}"; ${hint}`);
}

const namesOf = (servers: readonly Server[]): string => servers.map(({ name }) => name).join(', ');
