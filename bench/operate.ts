import { readFileSync } from 'node:fs';

import type { State } from '#apply';
import { processes } from '#engines/haproxy';
import { presets } from '#spec';
import { exchange, pause, poll } from '#system';

import { ownCpuSeconds } from './cpus.ts';
import { wholeFileWay } from './dataplane.ts';
import { SERVERS, SERVICES } from './large-spec.ts';
import { spread } from './measure.ts';
import { must } from './must.ts';
import { type Figure, sized } from './report.ts';
import { call, startSite } from './site.ts';
import type { Suite } from './suite.ts';
import { haproxy } from './vagus.ts';

/** How many changes of each kind are made in a round, live. */
const A_ROUND = 6;

/** How long changes are made one after another, and how long nothing is done, ms. */
const SUSTAINED = 10_000;
const IDLE = 30_000;

/** How many ask at a time. */
const CALLERS = 8;

/** What a change through the API costs on the largest site, beside writing the whole file and reloading; and what the controller costs that does nothing. */
export const operateSuite: Suite = {
  name: 'operate',
  rounds: 7,
  async measure(rig, { rounds, say }) {
    const { pid, state, serverPort } = await startSite(rig, say);
    const worker = await workerOf(state);
    const otherWay = await wholeFileWay(rig, await haproxy(), state.haproxy, 's0/server1');
    say('both serve');
    const times = new Map<string, { readonly milliseconds: number }[]>();
    const note = (kind: string, milliseconds: number): void => {
      times.set(kind, [...(times.get(kind) ?? []), { milliseconds }]);
    };
    let late = 0;
    for (let round = 0; round <= rounds; round += 1) {
      for (let count = 0; count < A_ROUND; count += 1) {
        for (const change of changes(round * A_ROUND + count, serverPort)) {
          const done = await timed(() => put(state, change));
          if (!done.value) late += 1;
          if (round > 0) note(change.kind, done.milliseconds);
        }
      }
      const other = await timed(() => otherWay(10 + round));
      if (round > 0) note(WHOLE_FILE, other.milliseconds);
      say(round === 0 ? 'warmed up' : `round ${round} of ${rounds}`);
    }
    const [alone, together] = [await sustained(state, 1), await sustained(state, CALLERS)];
    if ((await workerOf(state)) !== worker) throw new Error('HAProxy was reloaded: not every change was live');
    say('waiting until nothing is watched any more');
    await settled(state);
    const before = ownCpuSeconds(pid);
    await pause(IDLE);
    const share = (100 * (ownCpuSeconds(pid) - before)) / (IDLE / 1_000);
    const memory = memoryOf(pid);
    const what = `${SERVICES} services, ${SERVICES * SERVERS} servers`;
    const milliseconds = (kind: string) => (times.get(kind) ?? []).map((sample) => sample.milliseconds);
    const other = milliseconds(WHOLE_FILE);
    const one = (value: number) => spread([value]);
    const figures: Figure[] = [
      ...KINDS.map((kind) => ({
        name: `${what}: ${kind}, from the call until it is in force`,
        spread: spread(milliseconds(kind)),
        unit: 'ms' as const,
        target: { below: 50 },
        note: `${milliseconds(kind).length} times; the slowest ${sized(Math.max(...milliseconds(kind)))} ms`,
      })),
      {
        name: `${what}: not yet in force when the answer came`,
        spread: one(late),
        target: { below: 1 },
        note: `of ${KINDS.reduce((sum, kind) => sum + milliseconds(kind).length, 0)}`,
      },
      {
        name: `${what}: the whole file, checked and reloaded`,
        spread: spread(other),
        unit: 'ms',
        note: 'haproxy.cfg written, haproxy -c, reload, until the new worker serves',
      },
      {
        name: `${what}: the whole file ÷ a live weight`,
        spread: spread(other.map((value) => value / spread(milliseconds(KINDS[0])).median)),
        note: `${sized(spread(other).median)} ms ÷ ${sized(spread(milliseconds(KINDS[0])).median)} ms`,
      },
      {
        name: `${what}: live changes, one after another`,
        spread: one(alone),
        unit: '/s',
        note: `for ${SUSTAINED / 1_000} s`,
      },
      {
        name: `${what}: live changes, ${CALLERS} callers`,
        spread: one(together),
        unit: '/s',
        note: `for ${SUSTAINED / 1_000} s`,
      },
      {
        name: `${what}: controller that has nothing to do, share of a processor`,
        spread: one(share),
        unit: '%',
        target: { below: 2 },
        note: `over ${IDLE / 1_000} s`,
      },
      {
        name: `${what}: controller, memory (RSS)`,
        spread: one(memory.now),
        unit: 'MB',
        target: { below: 400 },
        note: `${sized(memory.most)} MB at the most`,
      },
    ];
    return { figures, samples: { operate: times } };
  },
};

const WHOLE_FILE = 'the whole file';
const KINDS = [
  'weight of a server',
  'state of a server',
  'address of a server',
  'a server added',
  'a server removed',
] as const;

type Change = {
  readonly kind: (typeof KINDS)[number];
  readonly method: 'PATCH' | 'PUT' | 'DELETE';
  /** Under the service, which has one pool. */
  readonly path: string;
  readonly service: string;
  readonly server: string;
  readonly body: object | undefined;
  /** Whether HAProxy has it, by the server's line in `show servers state`: undefined where there is none. */
  readonly isDone: (columns: ReadonlyMap<string, string> | undefined) => boolean;
};

/** One change of each kind, to another service each time. */
function changes(turn: number, serverPort: number): readonly Change[] {
  const first = serviceWithOnePool(turn);
  const of = (server: string, path = '', service = `s${first}`) => ({
    service,
    server,
    path: `/services/${service}/pools/default/servers/${server}${path}`,
  });
  const weight = 1 + (turn % 200);
  const host = `127.99.0.${1 + (turn % 250)}`;
  return [
    {
      kind: 'weight of a server',
      method: 'PATCH',
      ...of('server1'),
      body: { weight },
      isDone: (row) => row?.get('srv_uweight') === String(weight),
    },
    {
      kind: 'state of a server',
      method: 'PUT',
      ...of('server2', '/state'),
      body: { state: 'drain' },
      isDone: (row) => (Number(row?.get('srv_admin_state')) & 0x09) !== 0,
    },
    {
      kind: 'address of a server',
      method: 'PATCH',
      // Of the second preset, `tcp`: on HAProxy 2.6 the address of a web server takes a reload.
      ...of('server3', '', `s${first + 1}`),
      body: { address: `${host}:${serverPort}` },
      isDone: (row) => row?.get('srv_addr') === host,
    },
    {
      kind: 'a server added',
      method: 'PUT',
      ...of('added'),
      body: { address: `${host}:${serverPort}`, weight: 7 },
      isDone: (row) => row?.get('srv_admin_state') === '0',
    },
    {
      kind: 'a server removed',
      method: 'DELETE',
      ...of('added'),
      body: undefined,
      isDone: (row) => row === undefined || row.get('srv_admin_state') !== '0',
    },
  ];
}

/** The services of the first preset: all presets are had in turn. It has one pool and no cookie. */
const serviceWithOnePool = (turn: number): number => (turn * presets.length) % (SERVICES - (SERVICES % presets.length));

/** Has a change made, and looks for it. Returns false where it came only after the answer. */
async function put(state: State, { method, path, service, server, body, isDone }: Change): Promise<boolean> {
  await call(state, method, path, body);
  const look = async (): Promise<boolean> => {
    const rows = must(await exchange(state.haproxy.statsSocket, `show servers state ${service}\n`)).split('\n');
    const names = (rows[1] ?? '').replace('# ', '').split(' ');
    const values = rows.map((row) => row.split(' ')).find((row) => row[3] === server);
    return isDone(values && new Map(names.map((name, index) => [name, values[index] ?? ''])));
  };
  if (await look()) return true;
  const came = await poll(async () => ((await look()) ? true : undefined), { every: 1, within: 5_000 });
  if (!came) throw new Error(`${method} ${path}: HAProxy does not have it`);
  return false;
}

/** Changes in a second, weights of servers all over the site. */
async function sustained(state: State, callers: number): Promise<number> {
  const until = performance.now() + SUSTAINED;
  let done = 0;
  const keepCalling = async (): Promise<void> => {
    while (performance.now() < until) {
      done += 1;
      const path = `/services/s${serviceWithOnePool(done)}/pools/default/servers/server${5 + (done % 5)}`;
      await call(state, 'PATCH', path, { weight: 1 + (done % 250) });
    }
  };
  await Promise.all(Array.from({ length: callers }, keepCalling));
  return done / (SUSTAINED / 1_000);
}

/** Waits until the last change is known to be good and on disk. */
async function settled(state: State): Promise<void> {
  const done = await poll(
    async () => ((await call(state, 'GET', '/controller'))['state'] === 'applied' ? true : undefined),
    { every: 500, within: 180_000 },
  );
  if (!done) throw new Error('the last change is watched still');
}

async function workerOf(state: State): Promise<number | undefined> {
  return must(await processes(state.haproxy)).worker;
}

function memoryOf(pid: number): { readonly now: number; readonly most: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const megabytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1024;
  return { now: megabytes('VmRSS'), most: megabytes('VmHWM') };
}

async function timed<T>(work: () => Promise<T>): Promise<{ readonly value: T; readonly milliseconds: number }> {
  const begin = performance.now();
  const value = await work();
  return { value, milliseconds: performance.now() - begin };
}
