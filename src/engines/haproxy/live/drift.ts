import type { Fault, Result } from '#lib';
import { ok } from '#lib';
import type { Desired } from '#plan';

import type { Layout } from '../layout.ts';
import { isInMaint, nameOf, readRows, type Row } from '../rows.ts';
import { command, together } from '../socket.ts';
import { isAt } from '../states.ts';

/**
 * Servers (`backend/server`) whose presence, address or weight in the running worker is not what `desired` says. Servers
 * that were removed and finish what they have do not count, nor do weights that may be nudged.
 */
export async function drift(layout: Layout, desired: Desired): Promise<Result<readonly string[], Fault>> {
  const rows = await rowsOf(layout);
  return rows.ok ? ok(driftIn(rows.value, desired)) : rows;
}

function driftIn(rows: readonly Row[], { backends }: Desired): readonly string[] {
  const running = new Map(rows.filter((row) => !isOfRelay(row)).map((row) => [nameOf(row), row]));
  const other = backends.flatMap((backend) =>
    backend.servers.flatMap((server) => {
      const name = `${backend.name}/${server.name}`;
      const row = running.get(name);
      running.delete(name);
      if (row === undefined || !isAt(row, server)) return [name];
      const mayBeNudged = backend.steering?.mode === 'on';
      return mayBeNudged || row.get('srv_uweight') === String(server.weight) ? [] : [name];
    }),
  );
  return [...other, ...[...running].filter(([, row]) => !isInMaint(row)).map(([name]) => name)];
}

/** The ways between clients, relay and servers are in no pool: pools have no colon in their names. */
const isOfRelay = (row: Row): boolean => nameOf(row).includes(':');

/** How many servers are deleted at a time: for each of them all of HAProxy's threads stand still for a moment. */
const AT_A_TIME = 50;

/**
 * Deletes servers that were removed from their pools and have finished what they had; where `pools` are given, from these
 * alone. Returns how many have not.
 */
export async function removeLeftovers(
  layout: Layout,
  desired: Desired,
  pools?: ReadonlySet<string>,
): Promise<Result<number, Fault>> {
  const rows = await (pools ? rowsOfPools(layout, pools) : rowsOf(layout));
  if (!rows.ok) return rows;
  const wanted = new Set(
    desired.backends.flatMap((backend) => backend.servers.map((server) => `${backend.name}/${server.name}`)),
  );
  const left = rows.value.filter((row) => isInMaint(row) && !wanted.has(nameOf(row))).map(nameOf);
  let deleted = 0;
  for (let index = 0; index < left.length; index += AT_A_TIME) {
    const names = left.slice(index, index + AT_A_TIME);
    const answer = await together(
      layout.statsSocket,
      names.map((name) => `del server ${name}`),
    );
    if (!answer.ok) return answer;
    deleted += answer.value.split('\n').filter((line) => line.startsWith('Server deleted')).length;
  }
  return ok(left.length - deleted);
}

async function rowsOf(layout: Layout): Promise<Result<readonly Row[], Fault>> {
  const answer = await command(layout.statsSocket, 'show servers state');
  return answer.ok ? ok(readRows(answer.value).rows) : answer;
}

async function rowsOfPools(layout: Layout, pools: ReadonlySet<string>): Promise<Result<readonly Row[], Fault>> {
  const all: Row[] = [];
  for (const pool of pools) {
    const answer = await command(layout.statsSocket, `show servers state ${pool}`);
    if (!answer.ok) return answer;
    all.push(...readRows(answer.value).rows);
  }
  return ok(all);
}
