import { approximate } from '#lib';

import { count } from './commands/check.ts';
import { columns, oneLine, type Paint } from './paint.ts';
import { deadInWords, queueInWords, type ShownQueue } from './queues.ts';
import { isPlain, sentence, type ShownSteering } from './steering.ts';

/** A server as it is now, by whoever looked: the controller, or this command at HAProxy itself. */
export type ShownServer = {
  readonly name: string;
  readonly label: string;
  readonly address: string;
  readonly state: 'up' | 'failing' | 'down' | 'rising' | 'drain' | 'maint' | 'unresolved';
  readonly backup: boolean;
  readonly why: string;
  /** Seconds. */
  readonly since: number;
  readonly weight: number;
  readonly connections: number;
  readonly connectionsBeforeReload: number;
  readonly queued: number;
  readonly responseTime: number;
  readonly errors: number;
  /** What it says of itself. */
  readonly telemetry?:
    | {
        readonly cpu?: number | undefined;
        readonly memory?: number | undefined;
        readonly connections?: number | undefined;
        readonly wish?: number | undefined;
        readonly says?: 'up' | 'drain' | 'maint' | 'down' | undefined;
        readonly stale: boolean;
        readonly trouble?: string | undefined;
      }
    | undefined;
  /** What steering does to it, or would do. */
  readonly steering?: ShownSteering | undefined;
  /** Who took it out of work, and why. */
  readonly override?: { readonly by: string; readonly why?: string | undefined } | undefined;
};

export type ShownService = {
  readonly name: string;
  readonly preset: string;
  readonly listen: readonly string[];
  readonly verdict: 'up' | 'degraded' | 'down';
  readonly connections: number;
  readonly refused: number;
  readonly pools: readonly {
    readonly name: string;
    readonly queued: number;
    readonly servers: readonly ShownServer[];
  }[];
  /** What is stored, where its messages are relayed. */
  readonly relay?: { readonly trouble?: string | undefined; readonly queues: readonly ShownQueue[] } | undefined;
};

const VERDICT = { up: '● up', degraded: '◐ degraded', down: '○ DOWN' } as const;
const STATE: Readonly<Record<ShownServer['state'], string>> = {
  up: 'up',
  failing: 'up, failing',
  down: 'DOWN',
  rising: 'down, recovering',
  drain: 'drain',
  maint: 'maint',
  unresolved: 'no address',
};

/** One line for a service, and one for each queue and server; below these, why one is steered. `now`: ms since 1970. */
export function serviceInWords(service: ShownService, style: Paint, now: number): readonly string[] {
  const colour = { up: style.good, degraded: style.doubtful, down: style.bad }[service.verdict];
  const waiting = service.pools.reduce((sum, { queued }) => sum + queued, 0);
  const queue = waiting === 0 ? '' : ` · ${waiting} queued`;
  const refused = service.refused === 0 ? '' : ` · ${service.refused} refused`;
  const head = `${style.strong(service.name)}  ${colour(VERDICT[service.verdict])}  ${style.faint(
    `${service.preset} on ${service.listen.join(', ')} · ${count(service.connections, 'connection')}${queue}${refused}`,
  )}`;
  const servers = service.pools.flatMap((pool) => pool.servers.map((server) => ({ pool: pool.name, server })));
  const rows = columns(servers.map(({ pool, server }) => serverRow(pool, server)));
  return [
    head,
    ...relayInWords(service, style, now),
    ...rows.flatMap((row, index) => {
      const server = servers[index]?.server;
      return [`  ${colourOf(server, style)(row)}`, ...steeringLine(server).map((line) => `    ${style.faint(line)}`)];
    }),
  ];
}

/** Nothing of a queue where nothing waits, nothing is held and nothing was given up. */
function relayInWords({ relay }: ShownService, style: Paint, now: number): readonly string[] {
  if (relay === undefined) return [];
  if (relay.trouble !== undefined) return [`  ${style.bad(oneLine(relay.trouble))}`];
  return relay.queues.flatMap((queue) => {
    const place = relay.queues.length === 1 ? '' : `${queue.destination}: `;
    const waiting =
      queue.depth === 0 && !queue.held ? [] : [style.doubtful(oneLine(`${place}${queueInWords(queue, now)}`))];
    const command = `vagus queue show ${queue.label}`;
    const dead = queue.dead === 0 ? [] : [style.bad(`${place}${deadInWords(queue)}; see: ${command}`)];
    return [...waiting, ...dead].map((line) => `  ${line}`);
  });
}

function serverRow(pool: string, server: ShownServer): readonly string[] {
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
    telemetryInWords(server),
    `for ${approximate(server.since * 1_000)}`,
    `${server.why}${overrideInWords(server)}`,
  ];
}

/** `CPU 91 %, memory 40 %`, or why nothing is known. What is stale is not shown: it counts for nothing. */
function telemetryInWords({ telemetry }: ShownServer): string {
  if (telemetry === undefined) return '';
  const { cpu, memory, wish, says, stale, trouble } = telemetry;
  if (stale) return trouble === undefined ? 'telemetry stale' : `telemetry stale: ${trouble}`;
  const percent = (share: number): string => `${Math.round(share * 100)} %`;
  const words = [
    ...(cpu === undefined ? [] : [`CPU ${percent(cpu)}`]),
    ...(memory === undefined ? [] : [`memory ${percent(memory)}`]),
    ...(wish === undefined ? [] : [`asks for ${percent(wish)}`]),
    ...(says === undefined || says === 'up' ? [] : [`says ${says}`]),
  ];
  return words.join(', ');
}

function overrideInWords({ override }: ShownServer): string {
  if (override === undefined) return '';
  return `; by ${override.by}${override.why === undefined ? '' : `: ${override.why}`}`;
}

/** Nothing for a server that gets what is configured; that one is down is said already. */
function steeringLine(server: ShownServer | undefined): readonly string[] {
  const steering = server?.steering;
  if (steering === undefined || isPlain(steering) || steering.treatment === 'down') return [];
  return [oneLine(sentence(steering))];
}

function colourOf(server: ShownServer | undefined, style: Paint): (text: string) => string {
  if (server?.state === 'up') return style.good;
  return server?.state === 'down' ? style.bad : style.doubtful;
}
