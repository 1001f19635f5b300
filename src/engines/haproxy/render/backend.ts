import { formatAddress, formatDuration, isName } from '#lib';
import { type Backend, type BackendServer, inOrder } from '#plan';
import type { Balance, ProbingCheck, RetryCondition } from '#spec';

import { checkLines } from './checks.ts';
import { RESOLVERS } from './global.ts';
import { type Line, line, lines, section } from './line.ts';
import { persistence } from './persistence.ts';
import { httpErrors } from './refusals.ts';
import { serverTls } from './tls.ts';

const RETRY_ON: Readonly<Record<RetryCondition, string>> = {
  connect: 'conn-failure',
  'empty-response': 'empty-response',
  'response-timeout': 'response-timeout',
  '500': '500',
  '502': '502',
  '503': '503',
  '504': '504',
};

const PROXY = { v1: 'send-proxy', v2: 'send-proxy-v2' } as const;

/** `failover` needs no balancing of its own: the other servers are backups, tried in their order. */
const BALANCE: Readonly<Record<Balance, readonly string[]>> = {
  roundrobin: ['balance roundrobin'],
  leastconn: ['balance leastconn'],
  random: ['balance random(2)'],
  source: ['balance source', 'hash-type consistent'],
  failover: ['balance roundrobin'],
};

export function backend(wanted: Backend): readonly Line[] {
  if (wanted.relayed) return relayed(wanted);
  const { path, retry, timeouts } = wanted;
  const isHttp = wanted.protocol === 'http';
  return section(
    `Pool ${wanted.service}/${wanted.pool}`,
    `backend ${wanted.name} from ${isHttp ? 'http' : 'tcp'}`,
    path,
    [
      ...lines([...path, 'balance'], BALANCE[wanted.balance]),
      ...lines([...path, 'persistence'], persistence(wanted)),
      ...lines(
        [...path, 'retry'],
        [
          `retries ${retry.attempts}`,
          isHttp && retry.on.length > 0 && `retry-on ${retry.on.map((condition) => RETRY_ON[condition]).join(' ')}`,
          isHttp && retriedOnce(retry.methods),
        ],
      ),
      ...lines(
        [...path, 'timeouts'],
        [
          `timeout connect ${formatDuration(timeouts.connect)}`,
          `timeout server ${formatDuration(timeouts.server)}`,
          `timeout queue ${formatDuration(timeouts.queue)}`,
          `timeout tunnel ${formatDuration(isHttp ? timeouts.tunnel : Math.max(timeouts.client, timeouts.server))}`,
        ],
      ),
      ...lines(path, isHttp ? httpErrors(wanted.answers) : []),
      ...checkAndServers(wanted),
    ],
  );
}

/** No client comes here: HAProxy checks the servers, and is asked by the relay how they are. */
function relayed(wanted: Backend): readonly Line[] {
  const { path, timeouts } = wanted;
  return section(
    `Pool ${wanted.service}/${wanted.pool}: checked here, and given messages by the relay`,
    `backend ${wanted.name} from tcp`,
    path,
    [
      ...lines(path, [
        `timeout connect ${formatDuration(timeouts.connect)}`,
        `timeout server ${formatDuration(timeouts.server)}`,
      ]),
      ...checkAndServers(wanted),
    ],
  );
}

const checkAndServers = (wanted: Backend): readonly Line[] => [
  ...(wanted.check.type === 'follow'
    ? []
    : lines(wanted.check.path, checkLines(wanted.check, allBeginWithHeader(wanted, wanted.check)))),
  ...inOrder(wanted).map((server) => line(`  ${serverLine(wanted, server)}`, server.path)),
];

/** A request is sent to a second server only where doing it twice is doing it once (RFC 9110 §9.2.2). */
function retriedOnce(methods: readonly string[]): string {
  return methods.length === 0
    ? 'http-request disable-l7-retry'
    : `http-request disable-l7-retry if !{ method ${methods.join(' ')} }`;
}

function serverLine(wanted: Backend, server: BackendServer): string {
  const { before, after } = serverWords(wanted, server);
  const words = [`server ${server.name} ${formatAddress(server.address)}`, ...before, addressWords(server), ...after];
  return words.filter(Boolean).join(' ');
}

/** The words of a server's line after its address, but for those that say where an address comes from. */
export function serverWords(
  wanted: Backend,
  server: BackendServer,
): { readonly before: readonly string[]; readonly after: readonly string[] } {
  const before = [
    wanted.persistence.kind === 'cookie' && `cookie ${server.name}`,
    `weight ${server.weight}`,
    server.maxConnections !== undefined && `maxconn ${server.maxConnections}`,
    server.tls
      ? serverTls(server.tls)
      : wanted.check.type !== 'follow' && wanted.check.tls === 'unverified' && 'verify none',
    server.proxyProtocol && PROXY[server.proxyProtocol],
    wanted.check.type === 'follow'
      ? server.follows && `track ${server.follows}`
      : checkWords(wanted, wanted.check, server),
  ];
  return { before: before.filter((word) => typeof word === 'string'), after: server.backup ? ['backup'] : [] };
}

/**
 * Where the address behind a name comes from. Name servers are asked by HAProxy as it runs and never while it starts: a
 * name server that is silent would hold up every start and reload by 20 s a server. A name of the machine's own hosts
 * file is known only to the C library, which has it at once.
 */
export function addressWords(server: BackendServer): string | false {
  if (server.resolved) return `resolvers ${RESOLVERS} init-addr last,none`;
  return isName(server.address.host) && 'init-addr last,libc,none';
}

/** Whether a check begins with a PROXY header: where it asks at the port that is served. HAProxy leaves it out as soon as a port is said. */
const beginsWithHeader = ({ address, proxyProtocol }: BackendServer, { port }: ProbingCheck): boolean =>
  proxyProtocol !== undefined && (port === undefined || address.port === undefined || port === address.port);

const allBeginWithHeader = ({ servers }: Backend, check: ProbingCheck): boolean =>
  servers.every((server) => beginsWithHeader(server, check));

/**
 * How fast a state changes. A first doubtful result is followed up at a fifth of the interval; a server that is down is
 * asked at least every 5 s. `observe`: three failed answers in a row bring the next check forward, and checks alone
 * decide: if traffic could take a server out, one poisonous request sent again and again would take them all.
 *
 * HAProxy counts `inter` from the end of a check, and waits as long for the connection of one. It is shorter than the
 * interval by the follow-up, so that a server whose packets vanish is out within three intervals too.
 */
function checkWords(wanted: Backend, timing: ProbingCheck, server: BackendServer): string {
  const { interval, rise, fall } = timing;
  const fast = Math.min(1_000, Math.max(100, Math.round(interval / 5)));
  const inter = Math.max(fast, interval - fast);
  const observe = wanted.protocol === 'http' ? 'layer7' : 'layer4';
  const port = timing.port === undefined ? '' : ` port ${timing.port}`;
  const proxy = beginsWithHeader(server, timing) ? ' check-send-proxy' : '';
  return [
    `check${port}${proxy} inter ${formatDuration(inter)} fastinter ${formatDuration(fast)}`,
    `downinter ${formatDuration(Math.min(interval, 5_000))} rise ${rise} fall ${fall}`,
    `observe ${observe} error-limit 3 on-error fastinter`,
  ].join(' ');
}
