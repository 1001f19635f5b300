import { rmSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { act, drift, removeLeftovers, samples, setServerState } from '#engines/haproxy';
import { type Desired, inverse, type LiveAction, type Step, stepsBetween } from '#plan';
import { endPrograms } from '../../support/programs.ts';
import { freePorts } from '../../support/stand-ins.ts';
import { waitFor } from '../../support/wait.ts';
import { type Certificates, makeCertificates, type Pem } from './certificates.ts';
import { ask, type Responder, startResponder, tally } from './responders.ts';
import { good, type Rig, startRig } from './rig.ts';
import { desiredFrom } from './support.ts';

type Servers = Readonly<Record<string, unknown>>;
type Services = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

const check = { interval: '500ms', timeout: '300ms' };
let [a, b, c]: Responder[] = [];
let secure: Responder;
let ports: readonly number[];
let authority: Pem;
let rig: Rig;

const at = (responder: Responder | undefined): string => `127.0.0.1:${responder?.port}`;
const service = (index: number, servers: Servers, more: Servers = {}): Readonly<Record<string, unknown>> => ({
  preset: 'http',
  listen: `127.0.0.1:${ports[index]}`,
  check,
  servers,
  ...more,
});

/** What every test begins with, with other services in some places. */
const wanted = (other: Services = {}): Desired =>
  desiredFrom({
    web: service(0, { a: at(a), b: at(b) }),
    hot: service(1, { a: at(a), b: at(b) }, { balance: 'failover' }),
    shared: service(2, { a: at(a) }, { check: { follow: 'web' } }),
    sticky: service(3, { a: at(a) }, { persistence: { cookie: 'SRV' } }),
    ...other,
  });

let before: Desired;

let certificates: Certificates;

beforeAll(async () => {
  certificates = makeCertificates();
  authority = certificates.authority();
  [a, b, c] = await Promise.all(['a', 'b', 'c'].map((name) => startResponder(name)));
  secure = await startResponder('secure', certificates.issue('secure'));
  ports = await freePorts(4);
  before = wanted();
  rig = await startRig(before);
}, 20_000);

beforeEach(() => rig.reload(before), 20_000);

afterAll(async () => {
  await rig.stop();
  for (const responder of [a, b, c, secure]) await responder?.close();
  await endPrograms();
  rmSync(certificates.directory, { recursive: true });
});

/** What the engine does is shown on HTTP, also where requests would not follow a server at once (`leaveOldAddress`). */
const steps = (from: Desired, to: Desired): readonly Step[] =>
  stepsBetween(from, to, { ...rig.version.can, leaveOldAddress: true });

function actions(from: Desired, to: Desired): readonly LiveAction[] {
  const all = steps(from, to);
  expect(all.map(({ how, because, subject }) => [subject, how, because])).toEqual(
    all.map(({ subject }) => [subject, 'live', undefined]),
  );
  return all.flatMap(({ action }) => (action === undefined ? [] : [action]));
}

async function actAll(all: readonly LiveAction[]): Promise<void> {
  for (const action of all) good(await act(rig.layout, rig.version, action));
}

const SHOWN = ['pxname', 'svname', 'slim', 'uweight', 'bck', 'check_rise', 'check_fall', 'addr', 'cookie', 'mode'];

/** All that the configuration decides about servers, as HAProxy shows it. */
async function shown(): Promise<readonly string[]> {
  const [header = '', ...rows] = (await rig.ask('show stat')).replace(/^# /, '').split('\n');
  const columns = header.split(',');
  const values = (row: string) => SHOWN.map((name) => row.split(',')[columns.indexOf(name)]).join(' ');
  return rows
    .filter((row) => !/,(FRONTEND|BACKEND),/.test(row))
    .map(values)
    .toSorted();
}

const status = async (name: string): Promise<string | undefined> =>
  good(await samples(rig.layout)).servers.find(({ backend, server }) => `${backend}/${server}` === name)?.status;

const isUp = (name: string): Promise<true> =>
  waitFor(`${name} is up`, async () => {
    const found = good(await samples(rig.layout)).servers.find((row) => `${row.backend}/${row.server}` === name);
    return found?.status === 'UP' && found.check.status.endsWith('OK');
  });

test.each<[string, () => Services]>([
  ['a weight', () => ({ web: service(0, { a: { address: at(a), weight: 30 }, b: at(b) }) })],
  ['an address', () => ({ web: service(0, { a: at(c), b: at(b) }) })],
  ['a limit', () => ({ web: service(0, { a: { address: at(a), limits: { connections: 7 } }, b: at(b) }) })],
  [
    'all three of two servers',
    () => ({
      web: service(0, {
        a: { address: at(c), weight: 0, limits: { connections: 7 } },
        b: { address: '127.0.0.2:9', weight: 256, limits: { connections: 1 } },
      }),
    }),
  ],
  [
    'a new server',
    () => ({ web: service(0, { a: at(a), b: at(b), c: { address: at(c), weight: 7, limits: { connections: 9 } } }) }),
  ],
  ['a new backup server', () => ({ web: service(0, { a: at(a), b: at(b), c: { address: at(c), backup: true } }) })],
  [
    'a new one behind those of a failover',
    () => ({ hot: service(1, { a: at(a), b: at(b), c: at(c) }, { balance: 'failover' }) }),
  ],
  ['a server that goes', () => ({ web: service(0, { a: at(a) }) })],
  ['one for another', () => ({ web: service(0, { a: at(a), c: at(c) }) })],
  ['a server that follows', () => ({ shared: service(2, { a: at(a), b: at(b) }, { check: { follow: 'web' } }) })],
])(
  '%s: shown as after a reload, and taken back',
  async (_, other) => {
    const after = wanted(other());
    const original = await shown();
    const done = actions(before, after);
    await actAll(done);
    await waitFor('what was removed is gone', async () => good(await removeLeftovers(rig.layout, after)) === 0);
    const changed = await shown();
    expect(changed).not.toEqual(original);
    expect(good(await drift(rig.layout, after))).toEqual([]);

    await actAll(done.toReversed().map(inverse));
    await waitFor('what was added is gone', async () => good(await removeLeftovers(rig.layout, before)) === 0);
    expect(await shown()).toEqual(original);
    expect(good(await drift(rig.layout, before))).toEqual([]);

    await rig.reload(after);
    expect(await shown()).toEqual(changed);
  },
  60_000,
);

test('a weight takes effect at once', async () => {
  const after = wanted({ web: service(0, { a: { address: at(a), weight: 0 }, b: at(b) }) });
  const [action] = actions(before, after);
  if (action === undefined) throw new Error('nothing to do');
  await actAll([action]);
  expect(await tally(ports[0] ?? 0, 10)).toEqual({ b: 10 });
  await actAll([inverse(action)]);
  expect(Object.keys(await tally(ports[0] ?? 0)).toSorted()).toEqual(['a', 'b']);
});

test('a new server is checked, takes its share, and keeps it over a reload', async () => {
  const after = wanted({ web: service(0, { a: at(a), b: at(b), c: at(c) }) });
  const done = actions(before, after);
  await actAll(done);
  expect(await status('web/c')).toMatch(/^UP/);
  expect(await tally(ports[0] ?? 0, 30)).toMatchObject({ c: expect.any(Number) });
  await isUp('web/c');
  good(await setServerState(rig.layout, 'web', 'c', 'drain'));
  await rig.reload(after);
  expect(await status('web/c')).toMatch(/^DRAIN/);
  await actAll(done.map(inverse));
  expect(Object.keys(await tally(ports[0] ?? 0)).toSorted()).toEqual(['a', 'b']);
}, 30_000);

test('connections to a new server are used again', async () => {
  const after = wanted({ web: service(0, { a: at(a), b: at(b), c: at(c) }) });
  await actAll(actions(before, after));
  good(await setServerState(rig.layout, 'web', 'a', 'maint'));
  good(await setServerState(rig.layout, 'web', 'b', 'maint'));
  expect(await tally(ports[0] ?? 0, 40)).toEqual({ c: 40 });
  const [header = '', ...rows] = (await rig.ask('show stat')).replace(/^# /, '').split('\n');
  const values = rows.find((row) => row.startsWith('web,c,'))?.split(',') ?? [];
  const reused = Number(values[header.split(',').indexOf('reuse')]);
  expect(reused).toBeGreaterThan(20);
  for (const name of ['a', 'b']) good(await setServerState(rig.layout, 'web', name, 'ready'));
});

test('a new server of a failover stands by behind those it came after', async () => {
  const after = wanted({ hot: service(1, { a: at(a), b: at(b), c: at(c) }, { balance: 'failover' }) });
  await actAll(actions(before, after));
  const port = ports[1] ?? 0;
  expect(await tally(port, 5)).toEqual({ a: 5 });
  good(await setServerState(rig.layout, 'hot', 'a', 'maint'));
  expect(await tally(port, 5)).toEqual({ b: 5 });
  good(await setServerState(rig.layout, 'hot', 'b', 'maint'));
  expect(await tally(port, 5)).toEqual({ c: 5 });
  for (const name of ['a', 'b']) good(await setServerState(rig.layout, 'hot', name, 'ready'));
  expect(await tally(port, 5)).toEqual({ a: 5 });
});

test('a new server that follows has the state of the one it follows', async () => {
  const after = wanted({ shared: service(2, { a: at(a), b: at(b) }, { check: { follow: 'web' } }) });
  await actAll(actions(before, after));
  expect(await status('shared/b')).toMatch(/^(UP|no check)/);
  good(await setServerState(rig.layout, 'web', 'b', 'maint'));
  expect(await status('shared/b')).toMatch(/^MAINT/);
  expect(await tally(ports[2] ?? 0, 5)).toEqual({ a: 5 });
  good(await setServerState(rig.layout, 'web', 'b', 'ready'));
  expect(await status('shared/b')).toMatch(/^(UP|no check)/);
});

test('a limit takes effect at once, for those who wait too', async () => {
  const limited = (connections: number) =>
    wanted({ web: service(0, { a: { address: at(a), limits: { connections } }, b: { address: at(b), weight: 0 } }) });
  await rig.reload(limited(1));
  const slow = [1, 2, 3].map(() => ask(ports[0] ?? 0, '/slow'));
  await waitFor('one is served', () => a?.waiting() === 1);
  await actAll(actions(limited(1), limited(2)));
  await waitFor('two are', () => a?.waiting() === 2);
  await actAll(actions(limited(2), limited(3)));
  await waitFor('all are', () => a?.waiting() === 3);
  a?.release();
  expect(await Promise.all(slow)).toEqual(['a', 'a', 'a']);
});

test('a server is removed under a request, which finishes; then it is gone', async () => {
  const after = wanted({
    web: service(0, { b: at(b) }),
    shared: service(2, { b: at(b) }, { check: { follow: 'web' } }),
  });
  await rig.reload(wanted({ shared: service(2, { b: at(b) }, { check: { follow: 'web' } }) }));
  const from = wanted({ shared: service(2, { b: at(b) }, { check: { follow: 'web' } }) });
  // One after the other: two at once may be given to one server, by two threads that both find it idle.
  const first = ask(ports[0] ?? 0, '/slow');
  await waitFor('one server has a request', () => (a?.waiting() ?? 0) + (b?.waiting() ?? 0) === 1);
  const slow = [first, ask(ports[0] ?? 0, '/slow')];
  await waitFor('both servers have a request', () => a?.waiting() === 1 && b?.waiting() === 1);
  const done = actions(from, after);
  await actAll(done);
  expect(await tally(ports[0] ?? 0, 10)).toEqual({ b: 10 });
  expect(good(await removeLeftovers(rig.layout, after))).toBe(1);
  expect(good(await drift(rig.layout, after))).toEqual([]);

  // It comes back as it was while it still finishes, and goes again.
  await actAll(done.map(inverse));
  expect(Object.keys(await tally(ports[0] ?? 0)).toSorted()).toEqual(['a', 'b']);
  expect(good(await drift(rig.layout, from))).toEqual([]);
  await actAll(done);

  a?.release();
  b?.release();
  expect((await Promise.all(slow)).toSorted()).toEqual(['a', 'b']);
  await waitFor('it is gone', async () => good(await removeLeftovers(rig.layout, after)) === 0);
  expect(await rig.ask('show servers state web')).not.toContain(' a ');
}, 30_000);

test('a server that still finishes and was a backup does not come back as another', async () => {
  const from = wanted({ web: service(0, { a: at(a), b: at(b), c: { address: at(c), backup: true } }) });
  const now = wanted({ web: service(0, { a: at(a), b: at(b), c: at(c) }) });
  await rig.reload(from);
  for (const name of ['a', 'b']) good(await setServerState(rig.layout, 'web', name, 'maint'));
  const slow = ask(ports[0] ?? 0, '/slow');
  await waitFor('the backup has a request', () => c?.waiting() === 1);
  for (const name of ['a', 'b']) good(await setServerState(rig.layout, 'web', name, 'ready'));
  await actAll(actions(from, before));
  const [add] = actions(before, now);
  if (add === undefined) throw new Error('nothing to do');
  const refused = await act(rig.layout, rig.version, add);
  expect(refused).toMatchObject({ ok: false, error: { code: 'haproxy-command' } });
  expect(await status('web/c')).toMatch(/^MAINT/);
  c?.release();
  expect(await slow).toBe('c');
  // Nothing is under way any more, and soon no idle connection is left either: it goes, and comes as it is wanted now.
  await waitFor('it is added', async () => (await act(rig.layout, rig.version, add)).ok, 20_000);
  expect((await tally(ports[0] ?? 0))['c']).toBeGreaterThan(0);
}, 30_000);

test('a new server that speaks TLS is trusted by its own CA, and so is its check', async () => {
  const tls = { verify: authority.path, serverName: 'localhost' };
  const after = wanted({ web: service(0, { a: at(a), b: at(b), s: { address: at(secure), tls } }) });
  const done = actions(before, after);
  expect(done.map(({ kind }) => kind)).toEqual(['file', 'server']);
  await actAll(done);
  await isUp('web/s');
  expect((await tally(ports[0] ?? 0))['secure']).toBeGreaterThan(0);
  await actAll(done.toReversed().map(inverse));
  expect(Object.keys(await tally(ports[0] ?? 0)).toSorted()).toEqual(['a', 'b']);
});

test('what HAProxy refuses leaves everything as it was', async () => {
  const original = await shown();
  const after = wanted({
    web: service(0, { a: { address: at(c), weight: 3, limits: { connections: 2 } }, b: at(b) }),
  });
  const [action] = actions(before, after);
  if (action?.kind !== 'server' || action.to === undefined || action.from === undefined) throw new Error('no server');
  const refusals: readonly LiveAction[] = [
    { ...action, to: { ...action.to, weight: 999 } },
    { ...action, to: { ...action.to, address: { host: 'no.such', port: 1 } } },
    { ...action, from: undefined },
    { ...action, from: { ...action.from, name: 'nobody' }, to: undefined },
    {
      ...action,
      from: undefined,
      to: { ...action.to, name: 'new', follows: 'web/nobody' },
      backend: { ...action.backend, check: { type: 'follow', path: [] } },
    },
    // Its state is shared, so it cannot go.
    { ...action, to: undefined },
  ];
  for (const [index, refusal] of refusals.entries()) {
    const acted = await act(rig.layout, rig.version, refusal);
    expect(acted, `the refusal ${index}`).toMatchObject({ ok: false, error: { code: 'haproxy-command' } });
    expect(await shown()).toEqual(original);
  }
  expect(good(await drift(rig.layout, before))).toEqual([]);
  expect(await status('web/a')).toMatch(/^UP/);
});

test('a pool with a persistence cookie takes a server where HAProxy can', async () => {
  const after = wanted({ sticky: service(3, { a: at(a), b: at(b) }, { persistence: { cookie: 'SRV' } }) });
  const [step] = steps(before, after);
  if (!rig.version.can.addServersWithCookie) {
    expect(step).toMatchObject({ how: 'reload', because: expect.stringContaining('cookie') });
    return;
  }
  const done = actions(before, after);
  await actAll(done);
  const changed = await shown();
  await actAll(done.map(inverse));
  await rig.reload(after);
  expect(await shown()).toEqual(changed);
}, 30_000);

test('a server that is down at its old address is not down at the new one', async () => {
  const dead = wanted({ web: service(0, { a: '127.0.0.1:9', b: at(b) }) });
  await rig.reload(dead);
  await waitFor('web/a is down', async () => (await status('web/a')) === 'DOWN');
  const done = actions(dead, before);
  await actAll(done);
  expect(await status('web/a')).toMatch(/^UP/);
  await actAll(done.map(inverse));
  await waitFor('web/a is down', async () => (await status('web/a')) === 'DOWN');
  good(await setServerState(rig.layout, 'web', 'a', 'drain'));
  await actAll(done);
  expect(await status('web/a')).toMatch(/^DRAIN/);
  good(await setServerState(rig.layout, 'web', 'a', 'ready'));
}, 30_000);

test('what somebody changed by hand is drift', async () => {
  await rig.ask('set server web/a weight 3');
  expect(good(await drift(rig.layout, before))).toEqual(['web/a']);
  await rig.ask('set server web/a weight 100; set server web/b addr 127.0.0.3');
  expect(good(await drift(rig.layout, before))).toEqual(['web/b']);
  await rig.ask('set server web/b addr 127.0.0.1');
  await rig.ask('add server web/x 127.0.0.1:1 weight 1');
  expect(good(await drift(rig.layout, before))).toEqual([]);
  await rig.ask('set server web/x state ready');
  expect(good(await drift(rig.layout, before))).toEqual(['web/x']);
  await rig.ask('set server web/x state maint');
  expect(good(await removeLeftovers(rig.layout, before))).toBe(0);
  good(await setServerState(rig.layout, 'web', 'a', 'drain'));
  expect(good(await drift(rig.layout, before))).toEqual([]);
  good(await setServerState(rig.layout, 'web', 'a', 'ready'));
});
