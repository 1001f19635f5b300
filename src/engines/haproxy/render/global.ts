import { formatAddress, formatDuration } from '#lib';
import type { Desired } from '#plan';

import { RUN_FILES } from '../layout.ts';
import { type Line, lines, section } from './line.ts';
import { needsTable, PEERS } from './persistence.ts';

/** Where a configuration keeps what outlives it, and as whom it runs. */
export type RenderOptions = {
  /** Absolute: the sockets and the server states lie here, outside any one configuration. */
  readonly runDirectory: string;
  /** Absolute: here lie the sockets between HAProxy and the relay. */
  readonly relayDirectory: string;
  /** The user and group that the workers become after binding; undefined where HAProxy is not started by root. */
  readonly user: string | undefined;
};

/** The ring that holds events (refusals, failures, servers going up and down) until somebody reads them. */
export const EVENTS = 'events';

/** The ring that holds how long servers took, until somebody reads it. What nobody reads in time is lost, and no harm. */
export const LOADS = 'loads';

export const RESOLVERS = 'names';

const HOUR = 3_600_000;

/** The sections that belong to no service. */
export function globalSections(desired: Desired, options: RenderOptions, needsLua: boolean): readonly Line[] {
  const { runDirectory, user } = options;
  return [
    ...section(
      `Site ${desired.site}. Paths are relative to this file.`,
      'global',
      [],
      [
        ...lines(undefined, [
          'default-path config',
          'localpeer vagus',
          `stats socket ${runDirectory}/${RUN_FILES.statsSocket} mode 600 level admin expose-fd listeners`,
          'stats timeout 24h',
          `server-state-file ${runDirectory}/${RUN_FILES.serverStates}`,
          // After a reload the old worker keeps its associations and sessions until they end, or this long.
          `hard-stop-after ${formatDuration(24 * HOUR)}`,
          // Some systems allow a thousand million open files, and HAProxy would reserve memory for each of them.
          'fd-hard-limit 500000',
          'tune.ssl.default-dh-param 2048',
          needsLua && 'lua-load refusals.lua',
          user !== undefined && `user ${user}`,
          user !== undefined && `group ${user}`,
        ]),
      ],
    ),
    ...section(
      'Events for the controller: no path, query, header or payload is ever in them',
      `ring ${EVENTS}`,
      undefined,
      [...lines(undefined, ['format raw', 'maxlen 1024', 'size 1048576'])],
    ),
    ...(desired.backends.some(({ measured }) => measured)
      ? section(
          'How long servers took, for the controller: times and names, no path, query, header or payload',
          `ring ${LOADS}`,
          undefined,
          [...lines(undefined, ['format raw', 'maxlen 512', 'size 65536'])],
        )
      : []),
    ...(desired.backends.some(needsTable)
      ? section('Hands persistence tables to the next worker on a reload', `peers ${PEERS}`, undefined, [
          ...lines(undefined, [`bind abns@vagus${peersName(runDirectory)}`, 'server vagus']),
        ])
      : []),
    ...section(
      'Follows server names when they change',
      `resolvers ${RESOLVERS}`,
      ['dns'],
      [
        ...lines(
          ['dns'],
          [
            ...desired.dns.map((server, index) => `nameserver dns${index + 1} ${formatAddress(server)}`),
            desired.dns.length === 0 && 'parse-resolv-conf',
            'resolve_retries 3',
            'timeout resolve 1s',
            'timeout retry 1s',
            'hold valid 10s',
            // A name server that is away or wrong for a while must not take healthy servers down. An address that is
            // no longer among the answers must go at once, though (no `hold obsolete`), or the new one would wait for it.
            'hold nx 1h',
            'hold refused 1h',
            'hold timeout 1h',
            'hold other 1h',
          ],
        ),
      ],
    ),
    ...defaults(),
  ];
}

function defaults(): readonly Line[] {
  const common = [
    `log ring@${EVENTS} format raw local0`,
    'option dontlog-normal',
    'option log-health-checks',
    // A failed connection is tried on another server at once, not a second later on the same one.
    'option redispatch 1',
    'load-server-state-from-file global',
  ];
  return [
    ...section('HTTP', 'defaults http', undefined, [
      ...lines(undefined, [
        'mode http',
        ...common,
        'option dontlognull',
        'http-reuse always',
        'timeout http-request 10s',
        'timeout http-keep-alive 60s',
      ]),
    ]),
    ...section(
      'TCP, DICOM, HL7: dead peers are found by keepalive, quiet ones are left alone',
      'defaults tcp',
      undefined,
      [
        ...lines(undefined, [
          'mode tcp',
          ...common,
          'option clitcpka',
          'option srvtcpka',
          'clitcpka-idle 2m',
          'clitcpka-intvl 30s',
          'srvtcpka-idle 2m',
          'srvtcpka-intvl 30s',
        ]),
      ],
    ),
  ];
}

/** Abstract sockets have one name space per machine: two controllers with two state directories must not meet in it. */
const peersName = (runDirectory: string): string => runDirectory.replace(/[^A-Za-z0-9]+/g, '-').slice(-60);
