import type { Fault, Result } from '#lib';
import { ok } from '#lib';
import { follow, poll } from '#system';

import type { Layout } from './layout.ts';
import { processes } from './processes.ts';
import { EVENTS } from './render/index.ts';
import { readRows } from './rows.ts';
import { command } from './socket.ts';

/** What HAProxy knows of one server at one moment. */
export type ServerSample = {
  readonly backend: string;
  readonly server: string;
  /** HAProxy's number for the server in its backend. */
  readonly id: string;
  /** HAProxy's own word: `UP`, `DOWN`, `DRAIN`, `MAINT`, `NOLB`, `UP 1/2` on the way down, `no check`. */
  readonly status: string;
  readonly weight: number;
  /** The most it is given at one time; undefined where it has no limit. */
  readonly limit: number | undefined;
  readonly backup: boolean;
  /** Requests or connections in use now. */
  readonly sessions: number;
  /** Waiting for this server. */
  readonly queued: number;
  readonly totalSessions: number;
  /** Averages over the last 1024 requests, ms. */
  readonly connectTime: number;
  readonly responseTime: number;
  /** Of each answer since the engine started. HAProxy does not say: known where another engine does the work. */
  readonly answerTimes?: AnswerTimes;
  /** HTTP: its answers with a status of 500 or more. */
  readonly serverErrors: number;
  readonly connectErrors: number;
  readonly responseErrors: number;
  readonly retries: number;
  readonly redispatches: number;
  /** Seconds since the status last changed. */
  readonly changed: number;
  readonly check: CheckResult;
};

/** How many answers took so long. */
export type AnswerTimes = {
  /** Where each bucket ends, ms; there is one more for what took longer. */
  readonly bounds: readonly number[];
  readonly buckets: readonly number[];
  /** What all took together, ms. */
  readonly sum: number;
};

export type CheckResult = {
  /** The next check is under way: what the last one said is gone, only its code is left. */
  readonly pending: boolean;
  /** HAProxy's code: `L4OK`, `L4CON`, `L7TOUT`, `L7STS` …; empty where there was none yet. */
  readonly status: string;
  /** The HTTP status, where there is one. */
  readonly code: number | undefined;
  /** The step of the conversation at which it failed, and what was found there. */
  readonly detail: string;
  /** Milliseconds. */
  readonly duration: number | undefined;
};

/** What HAProxy knows of a frontend at one moment. */
export type FrontendSample = {
  readonly frontend: string;
  readonly connections: number;
  readonly totalConnections: number;
  readonly deniedRequests: number;
};

/** What HAProxy knows of a backend at one moment. */
export type BackendSample = {
  readonly backend: string;
  /** Waiting for whichever server is free first. */
  readonly queued: number;
  /** In use now. */
  readonly sessions: number;
  readonly totalSessions: number;
  /** HTTP: answers with a status of 500 or more, HAProxy's own among them. */
  readonly serverErrors: number;
  readonly connectErrors: number;
  readonly responseErrors: number;
};

export type Samples = {
  readonly servers: readonly ServerSample[];
  readonly frontends: readonly FrontendSample[];
  readonly backends: readonly BackendSample[];
};

/**
 * The statistics of the worker that takes connections. Where `pools` are given, by their names in the engine, of these
 * and their servers alone: on a large site that takes a hundredth of the time.
 */
export const samples = (layout: Layout, pools?: ReadonlySet<string>): Promise<Result<Samples, Fault>> =>
  statisticsOf((text) => command(layout.statsSocket, text), pools);

/** Up to how many pools are asked for one by one. */
const FEW = 50;

type Tell = (text: string) => Promise<Result<string, Fault>>;

async function statisticsOf(tell: Tell, pools: ReadonlySet<string> | undefined): Promise<Result<Samples, Fault>> {
  if (pools === undefined || pools.size > FEW) {
    const answer = await tell('show stat');
    return answer.ok ? ok(readSamples(answer.value)) : answer;
  }
  const all: Samples[] = [];
  for (const pool of pools) {
    // By its name one gets the frontend that is called the same.
    const known = await tell(`show servers state ${pool}`);
    if (!known.ok) return known;
    const id = readRows(known.value).rows[0]?.get('be_id');
    if (id === undefined) continue;
    const answer = await tell(`show stat ${id} ${POOL_AND_SERVERS} -1`);
    if (!answer.ok) return answer;
    all.push(readSamples(answer.value));
  }
  return ok({
    servers: all.flatMap(({ servers }) => servers),
    frontends: [],
    backends: all.flatMap(({ backends }) => backends),
  });
}

/** The kinds of rows that `show stat` is asked for, as flags: 2 for the pool, 4 for its servers. */
const POOL_AND_SERVERS = 6;

/** How long to wait for the words of checks that are under way, and how often to look, ms. */
const WORDS = { every: 20, within: 200 };

/** The same, read again for a moment where a check under way hides why the last one failed. */
export async function samplesWithWords(layout: Layout): Promise<Result<Samples, Fault>> {
  const isWordless = ({ check }: ServerSample) =>
    check.pending && check.detail === '' && /^L7(STS|RSP)$/.test(check.status);
  const complete = await poll(async () => {
    const now = await samples(layout);
    return now.ok && now.value.servers.some(isWordless) ? undefined : now;
  }, WORDS);
  return complete ?? samples(layout);
}

/** How many sessions old workers still hold, by `backend/server`; of some pools alone where `pools` are given. */
export async function oldSessions(layout: Layout, pools?: ReadonlySet<string>): Promise<ReadonlyMap<string, number>> {
  const running = await processes(layout);
  const held = new Map<string, number>();
  for (const { pid } of running.ok ? running.value.oldWorkers : []) {
    const now = await statisticsOf((text) => command(layout.masterSocket, `@!${pid} ${text}`), pools);
    for (const { backend, server, sessions } of now.ok ? now.value.servers : []) {
      const name = `${backend}/${server}`;
      held.set(name, (held.get(name) ?? 0) + sessions);
    }
  }
  return held;
}

/** Reads `show stat`: CSV with a header. */
export function readSamples(csv: string): Samples {
  const [header = '', ...rows] = csv.split('\n').filter((line) => line !== '');
  const columns = new Map(
    header
      .replace(/^# /, '')
      .split(',')
      .map((name, index) => [name, index]),
  );
  const servers: ServerSample[] = [];
  const frontends: FrontendSample[] = [];
  const backends: BackendSample[] = [];
  for (const row of rows) {
    const values = splitCsv(row);
    const text = (name: string) => values[columns.get(name) ?? -1] ?? '';
    const number = (name: string) => Number(text(name) || 0);
    if (text('type') === '0') {
      frontends.push({
        frontend: text('pxname'),
        connections: number('scur'),
        totalConnections: number('conn_tot'),
        deniedRequests: number('dreq') + number('dcon') + number('dses'),
      });
    }
    if (text('type') === '1') backends.push(backendSample(text, number));
    if (text('type') === '2') servers.push(serverSample(text, number));
  }
  return { servers, frontends, backends };
}

const backendSample = (text: (name: string) => string, number: (name: string) => number): BackendSample => ({
  backend: text('pxname'),
  queued: number('qcur'),
  sessions: number('scur'),
  totalSessions: number('stot'),
  serverErrors: number('hrsp_5xx'),
  connectErrors: number('econ'),
  responseErrors: number('eresp'),
});

const serverSample = (text: (name: string) => string, number: (name: string) => number): ServerSample => ({
  backend: text('pxname'),
  server: text('svname'),
  id: text('sid'),
  status: text('status'),
  weight: number('weight'),
  limit: text('slim') === '' ? undefined : number('slim'),
  backup: text('bck') === '1',
  sessions: number('scur'),
  queued: number('qcur'),
  totalSessions: number('stot'),
  connectTime: number('ctime'),
  responseTime: number('rtime'),
  serverErrors: number('hrsp_5xx'),
  connectErrors: number('econ'),
  responseErrors: number('eresp'),
  retries: number('wretr'),
  redispatches: number('wredis'),
  changed: number('lastchg'),
  check: {
    pending: text('check_status').startsWith('* '),
    status: text('check_status').replace(/^\* /, ''),
    code: text('check_code') === '' ? undefined : number('check_code'),
    detail: text('last_chk'),
    duration: text('check_duration') === '' ? undefined : number('check_duration'),
  },
});

/** Fields may be quoted; a quote inside is doubled (RFC 4180 §2). On a large site there are thousands of rows a second. */
function splitCsv(row: string): readonly string[] {
  const pieces = row.split(',');
  if (!row.includes('"')) return pieces;
  const values: string[] = [];
  for (let index = 0; index < pieces.length; index += 1) {
    let value = pieces[index] ?? '';
    if (value.startsWith('"')) {
      // A comma inside is no end.
      while (!/^"(?:[^"]|"")*"$/.test(value) && index + 1 < pieces.length) {
        index += 1;
        value += `,${pieces[index]}`;
      }
      value = value.slice(1, -1).replaceAll('""', '"');
    }
    values.push(value);
  }
  return values;
}

/** Something that happened in HAProxy. */
export type EngineEvent =
  | { readonly event: 'server'; readonly backend: string; readonly server: string; readonly up: boolean }
  /** The name of a server has another address. */
  | {
      readonly event: 'moved';
      readonly backend: string;
      readonly server: string;
      readonly from: string;
      readonly to: string;
    }
  | {
      readonly event: 'request' | 'connection' | 'association';
      readonly service: string;
      readonly pool: string;
      readonly server: string;
      readonly from: string;
      /** HAProxy's session state at disconnection, two letters. */
      readonly end: string;
      readonly status?: number;
      readonly called?: string;
      readonly calling?: string;
      readonly refused?: string;
    }
  | { readonly event: 'handshake'; readonly from: string; readonly service: string };

/**
 * Calls `onEvent` for each event as it happens, those first that the ring still holds if `fromStart`. `onClose`: the
 * worker has gone, or a new one has taken its place.
 */
export const followEvents = (
  layout: Layout,
  fromStart: boolean,
  onEvent: (event: EngineEvent) => void,
  onClose: () => void,
): { close(): void } =>
  follow(
    layout.statsSocket,
    `show events ${EVENTS} -w${fromStart ? '' : ' -n'}\n`,
    (text) => {
      const event = readEvent(text);
      if (event) onEvent(event);
    },
    onClose,
  );

/** Reads a line of the ring. Undefined for what is no event of ours (a check that failed once, a notice). */
export function readEvent(text: string): EngineEvent | undefined {
  const server = /^(?:Backup )?Server ([\w.-]+)\/([\w.-]+) is (UP|DOWN)(?:\/(\w+))?/.exec(text);
  if (server) {
    const [, backend = '', name = '', state, administrative = 'READY'] = server;
    // `UP/DRAIN`, `DOWN/MAINT`: somebody's doing, not something that befell the server.
    if (administrative !== 'READY') return undefined;
    return { event: 'server', backend, server: name, up: state === 'UP' };
  }
  // What is told on the socket is somebody's doing; the first address of all is no move.
  const moved =
    /^([\w.-]+)\/([\w.-]+)(?: changed its IP|: IP changed) from '?([\da-f.:]+)'? to '?([\da-f.:]+)'? by/i.exec(text);
  if (moved && !text.includes('stats socket')) {
    const [, backend = '', name = '', from = '', to = ''] = moved;
    return { event: 'moved', backend, server: name, from, to };
  }
  const handshake = /^(\S+):\d+ \[[^\]]*\] ([\w.-]+)\/\S*: .*(?:SSL|handshake)/.exec(text);
  if (handshake) return { event: 'handshake', from: handshake[1] ?? '', service: handshake[2] ?? '' };
  if (!text.startsWith('{')) return undefined;
  try {
    return JSON.parse(text) as EngineEvent;
  } catch {
    return undefined;
  }
}
