import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type OpenedChanges, type OpenedMaintenance, openMaintenance, stopEngines, type WantedState } from '#apply';
import { samples, setServerState, start } from '#engines/haproxy';
import { auditEntries, clearOverride, overrides } from '#store';
import { exchange } from '#system';

import { type Responder, startResponder } from '../engines/haproxy/responders.ts';
import { codeOf, value } from '../store/support.ts';
import { endPrograms } from '../support/programs.ts';
import { freePorts } from '../support/stand-ins.ts';
import { waitFor } from '../support/wait.ts';
import { ANNA, type Bench, specOf, startBench } from './support.ts';

let bench: Bench;
let changes: OpenedChanges;
let maintenance: OpenedMaintenance;
let responders: readonly Responder[];

beforeAll(async () => {
  responders = await Promise.all(['a', 'b'].map((name) => startResponder(name)));
  bench = await startBench();
  changes = await bench.open();
  const [a, b] = responders.map(({ port }) => port);
  const spec = specOf(await freePorts(2), { a: `127.0.0.1:${a}`, b: `127.0.0.1:${b}` });
  const applied = await changes.apply(spec, { file: bench.file, origin: 'api' }, ANNA);
  if (!applied.ok) throw applied.error.fault;
}, 20_000);

beforeEach(async () => {
  maintenance = openMaintenance(bench.machine, changes, ({ text }) => void bench.news.push(text));
  await areUp();
});

afterEach(async () => {
  maintenance.close();
  bench.news.length = 0;
  for (const { key, backend, server } of value(overrides(bench.machine.store))) {
    value(clearOverride(bench.machine.store, key));
    value(await setServerState(layout(), backend, server, 'ready'));
  }
});

afterAll(async () => {
  await bench.end();
  for (const responder of responders) await responder.close();
  await endPrograms();
});

const layout = () => bench.machine.state.haproxy;
const WANTED: WantedState = { state: 'drain', force: false, allServices: false, deadline: undefined, dryRun: false };
const set = (server: string, wanted: Partial<WantedState> = {}, service = 'web1') =>
  maintenance.set({ service, pool: 'default', server }, { ...WANTED, ...wanted }, ANNA);
const given = () => value(overrides(bench.machine.store)).map(({ key, state }) => `${key} ${state}`);

async function statusOf(key: string): Promise<string | undefined> {
  const found = value(await samples(layout())).servers;
  return found.find(({ backend, server }) => `${backend}/${server}` === key)?.status;
}

const areUp = () =>
  waitFor('all servers are up', async () =>
    value(await samples(layout())).servers.every(({ status, check }) => status === 'UP' && check.status === 'L7OK'),
  );

test('two people who take out one half each do not take out all', async () => {
  const results = await Promise.all([set('a'), set('b')]);
  expect(results.map(codeOf)).toEqual(['ok', 'apply-would-empty']);
  expect(given()).toEqual(['web1/a drain']);
  expect(codeOf(await set('b', { force: true }))).toBe('ok');
});

test('what only asks changes nothing', async () => {
  const asked = value(await set('a', { dryRun: true }));
  expect(asked).toMatchObject({ servers: [], capacity: [{ service: 'web1', others: 1, verdict: 'unknown' }] });
  expect([given(), await statusOf('web1/a')]).toEqual([[], 'UP']);
});

test('who may not act on a service does not', async () => {
  const asker = { ...ANNA, mayChange: (service: string | undefined) => service === 'web1' };
  const place = { service: 'web1', pool: 'default', server: 'a' };
  // Both servers of both services are on the same host.
  const refused = await maintenance.set(place, { ...WANTED, allServices: true, force: true }, asker);
  expect(codeOf(refused)).toBe('apply-scope');
  expect(given()).toEqual([]);
});

test('a server that has nothing on it any more goes on into maintenance, and back', async () => {
  expect(codeOf(await set('a'))).toBe('ok');
  expect(value(await maintenance.drains())).toMatchObject([{ label: 'web1/a', state: 'drain', by: 'anna', left: 0 }]);
  await waitFor('it is in maintenance', () => given()[0] === 'web1/a maint');
  await waitFor('that is said', () => bench.news.includes('web1/a is in maintenance: nothing is left on it'));
  expect(await statusOf('web1/a')).toBe('MAINT');
  expect(value(auditEntries(bench.machine.store, { limit: 1 }))).toMatchObject([{ by: 'vagus', action: 'maint' }]);
  expect(value(await set('a', { state: 'ready' })).servers).toEqual([]);
  expect(given()).toEqual([]);
  await areUp();
});

test('on an engine that began anew, servers are what people made of them', async () => {
  expect(codeOf(await set('a', { state: 'maint' }))).toBe('ok');
  await stopEngines(bench.machine.state, 100);
  value(await start(layout(), bench.machine.version));
  expect(await statusOf('web1/a')).toMatch(/^UP/);
  value(await maintenance.reassert());
  expect(await statusOf('web1/a')).toBe('MAINT');
});

test('where the engine refuses one, none is changed', async () => {
  value(await exchange(layout().statsSocket, 'set server web2/a state maint; del server web2/a\n'));
  const refused = await set('a', { allServices: true, force: true, state: 'maint' });
  expect(codeOf(refused)).toMatch(/^haproxy-/);
  expect(given()).toEqual([]);
  expect(await statusOf('web1/a')).toMatch(/^UP/);
  expect(await statusOf('web1/b')).toMatch(/^UP/);
});
