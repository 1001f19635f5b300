import type { Fault, Result } from '#lib';
import { ok } from '#lib';
import { isRoot, pause, run } from '#system';

import type { Layout } from './layout.ts';
import { processes } from './processes.ts';
import { command } from './socket.ts';
import type { Version } from './version.ts';

/** One stream of HAProxy's that has a connection to a server. */
export type Session = {
  /** HAProxy's pointer: good for as long as the session lives. */
  readonly id: string;
  readonly backend: string;
  readonly server: string;
  /** The port our end of the server connection has, where there is one. */
  readonly localPort: number | undefined;
  /** False while the connection is still being made: such a session finds another server by itself. */
  readonly established: boolean;
  /** All bytes that went through, both ways: a session on which this stands still is waiting for somebody. */
  readonly bytes: number;
};

/** How long nothing may move on a session to a server that is down before it counts as stuck, ms. */
const MOMENT = 300;

/** A server that was marked down. */
export type DownServer = { readonly backend: string; readonly server: string; readonly http: boolean };

/**
 * Ends the sessions that are stuck on servers that were marked down: those on which nothing moves. A long store to an
 * archive whose check ran out of time goes on. Requests that may be sent twice go to another server; everything else is
 * closed, and its sender decides. Returns how many were ended.
 *
 * Newer versions answer a killed request instead of retrying it. There the kernel ends the server connection, which is a
 * network error and is retried like one; that takes root. Without root requests wait for their own time-out and are
 * retried then.
 */
export async function endStuckSessions(
  layout: Layout,
  version: Version,
  servers: readonly DownServer[],
): Promise<Result<number, Fault>> {
  if (servers.length === 0) return ok(0);
  const isHttp = new Map(servers.map(({ http, ...server }) => [nameOf(server), http]));
  const workers = await processes(layout);
  if (!workers.ok) return workers;
  const pids = [workers.value.worker, ...workers.value.oldWorkers.map(({ pid }) => pid)].filter(
    (pid) => pid !== undefined,
  );
  const before = await sessionsOn(layout, pids, isHttp);
  if (before.size === 0) return ok(0);
  await pause(MOMENT);
  const after = await sessionsOn(layout, pids, isHttp);
  const stuck = [...after.values()].filter(({ id, bytes, pid }) => bytes === before.get(`${pid} ${id}`)?.bytes);
  const isForKernel = (session: Session) => isHttp.get(nameOf(session)) === true && !version.can.retryEndedRequests;
  const ended = stuck.filter((session) => !isForKernel(session));
  for (const { id, pid } of ended) await command(layout.masterSocket, `@!${pid} shutdown session ${id}`);
  const ports = isRoot()
    ? stuck.filter(isForKernel).flatMap(({ localPort }) => (localPort === undefined ? [] : [localPort]))
    : [];
  for (let index = 0; index < ports.length; index += 100) {
    const filter = ports
      .slice(index, index + 100)
      .flatMap((port, at) => [...(at === 0 ? [] : ['or']), 'sport', '=', `:${port}`]);
    const ran = await run('ss', ['-K', 'state', 'established', '(', ...filter, ')']);
    if (!ran.ok) return ran;
  }
  return ok(ended.length + ports.length);
}

const nameOf = ({ backend, server }: Pick<Session, 'backend' | 'server'>): string => `${backend}/${server}`;

type Held = Session & { readonly pid: number };

async function sessionsOn(
  layout: Layout,
  pids: readonly number[],
  servers: ReadonlyMap<string, unknown>,
): Promise<ReadonlyMap<string, Held>> {
  const held = new Map<string, Held>();
  for (const pid of pids) {
    const answer = await command(layout.masterSocket, `@!${pid} show sess all`);
    for (const session of answer.ok ? readSessions(answer.value) : []) {
      if (session.established && servers.has(nameOf(session))) held.set(`${pid} ${session.id}`, { ...session, pid });
    }
  }
  return held;
}

/** Reads `show sess all`: a block for each session, of which we need five things. */
export function readSessions(text: string): readonly Session[] {
  return text.split(/\n(?=0x[0-9a-f]+: \[)/).flatMap((block) => {
    const id = /^(0x[0-9a-f]+): \[/.exec(block)?.[1];
    const [, backend, local] = /^ {2}backend=(\S+) \(id=\d+[^)]*\)(?: addr=\S*:(\d+))?/m.exec(block) ?? [];
    const server = /^ {2}server=(\S+) \(id=\d+\)/m.exec(block)?.[1];
    if (id === undefined || backend === undefined || server === undefined) return [];
    const totals = [...block.matchAll(/^ {2}re[qs]=.* total=(\d+)\)/gm)].map(([, total]) => Number(total));
    return [
      {
        id,
        backend,
        server,
        localPort: local === undefined ? undefined : Number(local),
        established: /^ {2}scb=.* state=EST /m.test(block),
        bytes: totals.reduce((sum, total) => sum + total, 0),
      },
    ];
  });
}
