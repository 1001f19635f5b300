import { expect, test } from 'vitest';
import { readSamples } from '../../src/engines/haproxy/read.ts';
import { relayNotice } from '../../src/observe/relay-events.ts';
import { joined } from '../../src/observe/relay.ts';
import { serverCounters } from '../../src/relay/counters.ts';
import { LATENCY_BOUNDS, serviceCounters } from '../../src/relay/counters.ts';
import type { RelayEvent, RelayStatus, ServerStatus } from '#relay';
import { desired } from '../plan/support.ts';

const wanted = desired(`version: 1
site: relayed
services:
  adt:
    preset: hl7-mllp
    listen: 10.0.0.1:2575
    relay: { delivery: stored, destinations: { all: { pool: default }, urgent: { pool: default }, lab: {} } }
    pools:
      default: { servers: { engine1: 10.0.2.1:2575, engine2: 10.0.2.2:2575 } }
      lab: { servers: { lab1: 10.0.2.3:2575 } }
`);

/** What HAProxy sees: checks, and nothing else. */
const samples = readSamples(
  [
    '# pxname,svname,type,status,scur,stot,qcur,rtime,econ,eresp',
    'adt,engine1,2,UP,0,0,0,0,0,0',
    'adt,engine2,2,DOWN,0,0,0,0,0,0',
    'adt,BACKEND,1,UP,0,0,0,0,0,0',
    'portal,ehr1,2,UP,5,50,0,12,1,2',
    'portal,BACKEND,1,UP,5,50,1,12,1,2',
  ].join('\n'),
);

const server = (name: string, outstanding: number, sent: number, took: number): ServerStatus => ({
  name,
  state: 'up',
  outstanding,
  connections: 1,
  counters: { ...serverCounters(), sent, unknown: 1, unreachable: 2, latency: { buckets: [sent - 1], sum: took } },
});

const destination = (name: string, waiting: number, servers: readonly ServerStatus[]) => ({
  name,
  waiting,
  queue: undefined,
  servers,
});

const told: RelayStatus = {
  pid: 1,
  since: 0,
  memory: 0,
  latencyBounds: LATENCY_BOUNDS,
  left: [],
  services: [
    {
      name: 'adt',
      delivery: 'stored',
      counters: serviceCounters(),
      underWay: 0,
      destinations: [
        destination('all', 2, [server('engine1', 1, 11, 100), server('engine2', 0, 5, 40)]),
        destination('urgent', 1, [server('engine1', 2, 11, 200)]),
        destination('gone', 9, [server('engine1', 9, 99, 900)]),
      ],
    },
  ],
};

test('of relayed servers what the relay does is seen, over all destinations; of others what HAProxy does', () => {
  const seen = joined(samples, wanted.relays, told);
  expect(seen.servers).toMatchObject([
    // 20 acknowledgements in 300 ms.
    {
      server: 'engine1',
      status: 'UP',
      sessions: 3,
      totalSessions: 25,
      responseTime: 15,
      answerTimes: { bounds: LATENCY_BOUNDS, buckets: [20, ...LATENCY_BOUNDS.map(() => 0)], sum: 300 },
      connectErrors: 4,
      responseErrors: 2,
    },
    { server: 'engine2', status: 'DOWN', sessions: 0, totalSessions: 5, responseTime: 10 },
    { server: 'ehr1', sessions: 5, totalSessions: 50, responseTime: 12, connectErrors: 1, responseErrors: 2 },
  ]);
  expect(seen.backends).toMatchObject([
    { backend: 'adt', queued: 3, sessions: 3, totalSessions: 30, responseErrors: 3 },
    { backend: 'portal', queued: 1, sessions: 5, totalSessions: 50 },
  ]);
});

test.each<[Partial<RelayEvent>, string]>([
  [
    { code: 'relay-server-unreachable', server: 'lab1', text: 'connection refused' },
    'adt/lab/lab1 could not be reached: connection refused; its message goes to another server, or waits',
  ],
  [
    { code: 'relay-no-server', sender: '10.1.2.3', text: 'no server was free in time' },
    'adt: a message from 10.1.2.3 was refused: no server was free in time; its sender was told',
  ],
  [
    { code: 'relay-message-dead', text: 'AE, after 1 attempt' },
    'adt: a stored message was given up: AE, after 1 attempt; it is kept, see: vagus queue list',
  ],
])('what the relay tells is said in words: %o', (event, text) => {
  const whole = { id: 1, at: 1, code: 'relay-no-server', service: 'adt', text: '', ...event } as const;
  expect(relayNotice(whole, wanted)).toMatchObject({ text });
});
