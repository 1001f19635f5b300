import { type InjectOptions, type LightMyRequestResponse } from 'fastify';
import { join } from 'node:path';
import { err, Fault, ok, type Result, Secret } from '#lib';
import { createToken, createUser, type Grant, localPrincipal, logIn } from '#access';
import { type Api, type ApiPorts, type ConsoleFiles, createApi } from '#api';
import type { Changes, Maintenance, Outcome, Refusal } from '#apply';
import { createFeed, type Health, historyOver, type Numbers } from '#observe';
import type { Desired } from '#plan';
import { closeStore, openStore, type Store } from '#store';

import { desired } from '../plan/support.ts';
import { temporaryDirectory } from '../support/programs.ts';

/** What a change or an answer must never show again. */
export const CANARY = 'canary-7f3a';
export const PASSWORD = `${CANARY}-horse-battery-staple`;

export const SPEC = `version: 1
site: harbour
services:
  pacs:
    preset: dicom
    listen: 10.0.0.1:104
    routes: [{ when: { calledAeTitle: VNA }, pool: vna }]
    pools:
      default: { servers: { pacs1: 10.0.2.1:104, pacs2: 10.0.2.2:104 } }
      vna: { servers: { vna1: 10.0.2.3:104 } }
  portal:
    preset: http
    listen: 10.0.0.1:80
    servers: { web1: 10.0.2.4:80 }
`;

/** One call of a fake: which function, and with what. */
export type Call = readonly [string, ...unknown[]];

export type Rig = {
  readonly api: Api;
  readonly store: Store;
  readonly ports: ApiPorts;
  /** What the fakes were asked to do. Reading what is in force is no call. */
  readonly calls: Call[];
  /** What the next change answers, instead of being made. */
  refuse(fault: Fault): void;
  /** The clock: add to it to let time pass. */
  readonly clock: { now: number };
  /** A token's secret with these grants. */
  token(...grants: readonly Grant[]): string;
  /** A user with a session; returns the cookie's header. */
  session(name: string, ...grants: readonly Grant[]): Promise<string>;
  ask(request: InjectOptions): Promise<LightMyRequestResponse>;
  close(): Promise<void>;
};

export const ALL: Grant = { role: 'administrator', services: 'all' };

export const anything = (code: string, message = 'no'): Fault =>
  new Fault(code, { blame: 'client', unit: 'nothing was changed', retry: 'after-change' }, message);

/** An API over a real store, with changes and maintenance that only note what they are asked to do. */
export async function startApi(
  change: Partial<ApiPorts> = {},
  spec: Desired = desired(SPEC),
  files?: ConsoleFiles,
): Promise<Rig> {
  const opened = openStore(join(temporaryDirectory('api'), 'vagus.db'));
  if (!opened.ok) throw opened.error;
  const store = opened.value;
  const clock = { now: 1_800_000_000_000 };
  const calls: Call[] = [];
  const refusals: Fault[] = [];
  const told = <T>(name: string, args: readonly unknown[], value: T): Result<T, Fault> => {
    calls.push([name, ...args]);
    const refusal = refusals.shift();
    return refusal === undefined ? ok(value) : err(refusal);
  };
  const refusable = <T>(answer: Result<T, Fault>): Result<T, Refusal> =>
    answer.ok
      ? answer
      : err({
          fault: answer.error,
          problems: [
            {
              code: 'engine-complaint',
              severity: 'error',
              message: 'HAProxy: no',
              path: ['site'],
              location: { file: 'site.yaml', line: 2, column: 1 },
            },
          ],
        });
  const outcome: Outcome = { revision: 4, state: 'applied', how: 'live', steps: [], warnings: [] };
  const changes: Changes = {
    inForce: () => ({
      revision: 3,
      state: 'applied',
      confirmBy: undefined,
      desired: spec,
      file: '/etc/vagus/site.yaml',
    }),
    apply: async (...args) => refusable(told('apply', args, outcome)),
    patch: async (...args) => refusable(told('patch', args, outcome)),
    rollback: async (...args) => refusable(told('rollback', args, outcome)),
    confirm: async (...args) => refusable(told('confirm', args, { ...REVISION, number: 3 })),
    propose: async (...args) => refusable(told('propose', args, { steps: [], warnings: [] })),
    textOf: (number) => ok(`${SPEC}# revision ${number}\n`),
  };
  const window = {
    id: 1,
    servers: ['pacs/pacs1', 'portal/web1'],
    from: 1,
    until: 2,
    by: 'anna',
    why: undefined,
    state: 'planned',
  } as const;
  const maintenance: Maintenance = {
    set: async (...args) => told('set', args, { servers: [], capacity: [] }),
    drains: async () => ok([drain('pacs/pacs1', 'pacs'), drain('portal/web1', 'portal')]),
    windows: () => ok([window]),
    plan: async (...args) => told('planWindow', args, window),
    cancel: async (...args) => told('cancel', args, window),
  };
  const ports: ApiPorts = {
    changes,
    maintenance,
    store,
    feed: createFeed(store, () => clock.now),
    health: async (wanted) => ok(healthOf(wanted)),
    numbers: async (wanted) => ok(numbersOf(wanted)),
    workers: async () => ({ reloads: 2, oldWorkers: 1 }),
    steering: () => [],
    relay: noRelay,
    history: (_, range) => ok(historyOver(range, clock.now, new Map(), [])),
    controller: () => ({ pid: 42, version: '9.9.9', engine: 'HAProxy 3.0.8', startedAt: 1_000, edited: false }),
    serversPath(service, pool) {
      if (!spec.backends.some((backend) => backend.service === service && backend.pool === pool)) return undefined;
      return service === 'pacs' ? ['services', service, 'pools', pool, 'servers'] : ['services', service, 'servers'];
    },
    now: () => clock.now,
    onThrow: (route, thrown) => void calls.push(['thrown', route, thrown]),
    ...change,
  };
  const api = await createApi(ports, files);
  let tokens = 0;
  return {
    api,
    store,
    ports,
    calls,
    clock,
    refuse: (fault) => void refusals.push(fault),
    token(...grants) {
      tokens += 1;
      const expiresAt = clock.now + 86_400_000;
      const made = createToken(store, localPrincipal('root'), { name: `t${tokens}`, grants, expiresAt }, clock.now);
      if (!made.ok) throw made.error;
      return made.value.secret.reveal();
    },
    async session(name, ...grants) {
      const password = new Secret(PASSWORD);
      const made = await createUser(store, { name, password, grants, by: 'test' }, clock.now, CHEAP);
      if (!made.ok) throw made.error;
      const begun = await logIn(store, { name, password, address: '10.9.9.9' }, clock.now);
      if (!begun.ok) throw begun.error;
      return `__Host-vagus=${begun.value.id.reveal()}`;
    },
    ask: (request) => api.inject(request),
    async close() {
      await api.close();
      closeStore(store);
    },
  };
}

const gone = async () => err(anything('relay-gone', 'the relay does not answer'));
const noRelay: ApiPorts['relay'] = {
  look: gone,
  hold: gone,
  dead: gone,
  deadMessage: gone,
  resend: gone,
  discard: gone,
};

/** Passwords of tests are worth no guessing. */
const CHEAP = { memory: 8, passes: 1 };

const REVISION = {
  number: 1,
  parent: undefined,
  at: 1,
  by: 'anna',
  why: undefined,
  origin: 'api',
  file: undefined,
  fileDigest: undefined,
  state: 'applied',
  how: 'live',
  detail: undefined,
  configuration: undefined,
  confirmBy: undefined,
  reason: undefined,
  whole: true,
  text: SPEC,
  patch: undefined,
} as const;

const drain = (label: string, service: string) =>
  ({
    label,
    service,
    state: 'drain',
    by: 'anna',
    why: undefined,
    since: 1,
    deadline: undefined,
    left: 2,
    unit: 'association',
    window: undefined,
  }) as const;

export const healthOf = ({ site, frontends, backends }: Desired): Health => ({
  site,
  oldWorkers: 0,
  services: frontends.map(({ name, preset }) => ({
    name,
    preset,
    listen: [],
    verdict: 'up',
    connections: 1,
    refused: 0,
    pools: backends
      .filter(({ service }) => service === name)
      .map(({ pool, servers }) => ({
        name: pool,
        queued: 0,
        servers: servers.map((server) => ({
          name: server.name,
          label: pool === 'default' ? `${name}/${server.name}` : `${name}/${pool}/${server.name}`,
          address: '10.0.2.1:104',
          state: 'up',
          backup: false,
          why: 'C-ECHO ok',
          since: 3,
          weight: 100,
          configuredWeight: 100,
          connections: 0,
          connectionsBeforeReload: 0,
          queued: 0,
          served: 7,
          responseTime: 1.5,
          errors: 0,
          telemetry: undefined,
        })),
      })),
  })),
});

export const numbersOf = ({ frontends, backends }: Desired): Numbers => ({
  reloads: 2,
  oldWorkers: 1,
  services: frontends.map(({ name }) => ({
    service: name,
    verdict: 'up',
    connections: 1,
    connectionsTotal: 10,
    refusedTotal: 0,
  })),
  pools: backends.map(({ service, pool }) => ({ service, pool, queued: 0 })),
  servers: backends.flatMap(({ service, pool, servers }) =>
    servers.map(({ name, weight }) => ({
      service,
      pool,
      server: name,
      state: 'up',
      serves: true,
      weight,
      sessions: 0,
      queued: 0,
      connectSeconds: 0.001,
      responseSeconds: 0.012,
      sessionsTotal: 7,
      connectErrors: 1,
      responseErrors: 2,
      retries: 3,
      redispatches: 4,
      telemetry: { cpu: 0.91, memory: 0.4, stale: false },
    })),
  ),
});
