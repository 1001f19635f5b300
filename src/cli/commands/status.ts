import { controllerPid, readRecord, stateIn } from '#apply';
import { approximate } from '#lib';
import { type Health, health, type ServerHealth, type ServiceHealth } from '#observe';

import { columns, paint, type Paint } from '../paint.ts';
import { EXIT, type World } from '../world.ts';
import { count } from './check.ts';

/** `vagus status`: every service, pool and server: state, why, since when, and what is on it. */
export async function status(
  world: World,
  options: { readonly state: string; readonly json?: boolean },
): Promise<number> {
  const state = stateIn(options.state);
  const record = readRecord(state);
  if (!record.ok || record.value === undefined) {
    world.complain(record.ok ? `nothing runs on ${options.state}; start with: vagus run FILE` : record.error.message);
    return EXIT.unreachable;
  }
  const now = await health(state.haproxy, record.value.desired);
  if (!now.ok) {
    world.complain(`HAProxy does not run on ${options.state}; start it with: vagus run ${record.value.file}`);
    return EXIT.unreachable;
  }
  const controller = await controllerPid(state);
  if (options.json) world.print(JSON.stringify({ ...now.value, controller: controller ?? null }, undefined, 2));
  else world.print(statusInWords(now.value, record.value.engine, controller, paint(world.colour)));
  return EXIT.done;
}

const VERDICT = { up: '● up', degraded: '◐ degraded', down: '○ DOWN' } as const;
const STATE: Readonly<Record<ServerHealth['state'], string>> = {
  up: 'up',
  failing: 'up, failing',
  down: 'DOWN',
  rising: 'down, recovering',
  drain: 'drain',
  maint: 'maint',
  unresolved: 'no address',
};

function statusInWords(now: Health, engine: string, controller: number | undefined, style: Paint): string {
  const head = [
    style.strong(now.site),
    `HAProxy ${engine}`,
    controller === undefined
      ? style.doubtful('no controller: traffic goes on, nobody watches')
      : style.faint(`controller ${controller}`),
    ...(now.oldWorkers === 0 ? [] : [`${count(now.oldWorkers, 'worker')} finishing what began before a reload`]),
  ].join(' · ');
  return [head, ...now.services.flatMap((service) => ['', ...serviceInWords(service, style)])].join('\n');
}

export function serviceInWords(service: ServiceHealth, style: Paint): readonly string[] {
  const colour = { up: style.good, degraded: style.doubtful, down: style.bad }[service.verdict];
  const waiting = service.pools.reduce((sum, { queued }) => sum + queued, 0);
  const queue = waiting === 0 ? '' : ` · ${waiting} queued`;
  const refused = service.refused === 0 ? '' : ` · ${service.refused} refused`;
  const head = `${style.strong(service.name)}  ${colour(VERDICT[service.verdict])}  ${style.faint(
    `${service.preset} on ${service.listen.join(', ')} · ${count(service.connections, 'connection')}${queue}${refused}`,
  )}`;
  const servers = service.pools.flatMap((pool) => pool.servers.map((server) => ({ pool: pool.name, server })));
  const rows = columns(servers.map(({ pool, server }) => serverRow(pool, server)));
  return [head, ...rows.map((row, index) => `  ${colourOf(servers[index]?.server, style)(row)}`)];
}

function serverRow(pool: string, server: ServerHealth): readonly string[] {
  const held = server.connectionsBeforeReload > 0 ? ` (${server.connectionsBeforeReload} from before a reload)` : '';
  return [
    pool === 'default' ? server.name : `${pool}/${server.name}`,
    `${STATE[server.state]}${server.backup ? ' (backup)' : ''}`,
    server.address,
    `weight ${server.weight}`,
    `${server.connections} in use${held}`,
    server.queued === 0 ? '' : `${server.queued} queued`,
    server.responseTime === 0 ? '' : `${server.responseTime} ms`,
    server.errors === 0 ? '' : count(server.errors, 'error'),
    `for ${approximate(server.since * 1_000)}`,
    server.why,
  ];
}

function colourOf(server: ServerHealth | undefined, style: Paint): (text: string) => string {
  if (server?.state === 'up') return style.good;
  return server?.state === 'down' ? style.bad : style.doubtful;
}
