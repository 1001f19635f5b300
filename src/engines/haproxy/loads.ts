import type { Fault, Result } from '#lib';
import { ok } from '#lib';
import { tap } from '#system';

import type { Layout } from './layout.ts';
import { LOADS } from './render/index.ts';
import { command, together } from './socket.ts';

/** What HAProxy says of one request that has ended. */
export type RequestTimes = {
  readonly backend: string;
  readonly server: string;
  readonly status: number;
  /** From dispatch to the response headers, ms: without the time in our own queue. Undefined where there were none. */
  readonly service: number | undefined;
};

const REQUEST =
  /"pool":"([^"]+)","server":"([^"]+)".*"status":(-?\d+),.*"wait":-?\d+,"connect":(-?\d+),"response":(-?\d+)\}$/;

/** Reads a line of the ring. Undefined for what is none of ours, or was never given to a server. */
export function readRequest(line: string): RequestTimes | undefined {
  const [, backend, server, status, connect, response] = REQUEST.exec(line) ?? [];
  if (backend === undefined || server === undefined || server.startsWith('<')) return undefined;
  const [connected, answered] = [Number(connect), Number(response)];
  return {
    backend,
    server,
    status: Number(status),
    service: connected < 0 || answered < 0 ? undefined : connected + answered,
  };
}

/**
 * Requests as they end, of services that are measured, from now on. They are read when `gather` is called; of more than
 * fits into buffers of a quarter of a megabyte in between, the later ones are lost. `onClose`: the worker has gone.
 */
export const tapRequests = (
  layout: Layout,
  onRequest: (request: RequestTimes) => void,
  onClose: () => void,
): { gather(): void; close(): void } =>
  tap(
    layout.statsSocket,
    `show events ${LOADS} -w -n\n`,
    (line) => {
      const request = readRequest(line);
      if (request) onRequest(request);
    },
    onClose,
  );

/** What HAProxy has counted of one server, since its worker began where it says "total". */
export type ServerCounts = {
  readonly backend: string;
  readonly server: string;
  readonly status: string;
  readonly weight: number;
  readonly limit: number | undefined;
  readonly inFlight: number;
  readonly queued: number;
  readonly endedTotal: number;
  readonly failedTotal: number;
  readonly retriesTotal: number;
};

export type Counts = {
  readonly servers: readonly ServerCounts[];
  /** Waiting for whichever server is free first, by backend. */
  readonly queued: ReadonlyMap<string, number>;
};

/** Up to how many pools are asked for by their numbers, in one exchange. */
const FEW = 200;

/** The kinds of rows that `show stat` is asked for, as flags: 2 for pools, 4 for servers. */
const POOLS_AND_SERVERS = 6;

/** Reads what HAProxy counts of some pools again and again, as cheaply as it can be had. */
export function countsReader(layout: Layout): (pools: ReadonlySet<string>) => Promise<Result<Counts, Fault>> {
  /** HAProxy's numbers of pools, which are others after a reload. */
  let ids = new Map<string, string>();
  const readAll = async (pools: ReadonlySet<string>): Promise<Result<Counts, Fault>> => {
    const answer = await command(layout.statsSocket, `show stat -1 ${POOLS_AND_SERVERS} -1`);
    if (!answer.ok) return answer;
    const { counts, found } = readCounts(answer.value, pools);
    ids = found;
    return ok(counts);
  };
  return async (pools) => {
    const known = [...pools].map((name) => ids.get(name));
    if (pools.size > FEW || known.includes(undefined)) return readAll(pools);
    const answer = await together(
      layout.statsSocket,
      known.map((id) => `show stat ${id} ${POOLS_AND_SERVERS} -1`),
    );
    if (!answer.ok) return answer;
    const { counts, found } = readCounts(answer.value, pools);
    return [...pools].every((name) => found.has(name)) ? ok(counts) : readAll(pools);
  };
}

/** The columns that are read. Those behind the last of them are not looked at: there are fifty more. */
// oxfmt-ignore
const READ = [
  'svname', 'qcur', 'scur', 'slim', 'stot', 'econ', 'eresp', 'wretr', 'wredis', 'status', 'weight', 'iid', 'type', 'hrsp_5xx',
];

/** The numbers in one or several answers to `show stat` about these pools. */
export function readCounts(
  csv: string,
  pools: ReadonlySet<string>,
): { readonly counts: Counts; readonly found: Map<string, string> } {
  const servers: ServerCounts[] = [];
  const queued = new Map<string, number>();
  const found = new Map<string, string>();
  let columns = new Map<string, number>();
  let most = 0;
  for (const line of csv.split('\n')) {
    if (line.startsWith('# ')) {
      if (columns.size === 0)
        columns = new Map(
          line
            .slice(2)
            .split(',')
            .map((name, index) => [name, index]),
        );
      most = 1 + Math.max(...READ.map((name) => columns.get(name) ?? 0));
      continue;
    }
    const backend = line.slice(0, line.indexOf(','));
    if (!pools.has(backend)) continue;
    // What people and checks wrote may be quoted and hold commas; it stands behind all that is read here.
    const values = line.split(',', most);
    const text = (name: string): string => values[columns.get(name) ?? -1] ?? '';
    const number = (name: string): number => Number(text(name) || 0);
    if (text('type') === '1') {
      queued.set(backend, number('qcur'));
      found.set(backend, text('iid'));
    } else if (text('type') === '2') {
      servers.push({
        backend,
        server: text('svname'),
        status: text('status'),
        weight: number('weight'),
        limit: text('slim') === '' ? undefined : number('slim'),
        inFlight: number('scur'),
        queued: number('qcur'),
        endedTotal: number('stot') - number('scur'),
        failedTotal: number('hrsp_5xx') + number('econ') + number('eresp'),
        retriesTotal: number('wretr') + number('wredis'),
      });
    }
  }
  return { counts: { servers, queued }, found };
}
