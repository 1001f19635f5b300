import { afterAll, beforeAll, expect, test } from 'vitest';

import { type Association, openAssociation, syntheticStudy } from '#demo';

import { startStorescp, type Storescp } from '../support/dcmtk.ts';
import { startDicomLoad } from '../support/load.ts';
import { endPrograms } from '../support/programs.ts';
import { freePorts, type StandIn, startStandIn } from '../support/stand-ins.ts';
import { startVagus, type Vagus } from '../support/vagus.ts';
import { waitFor } from '../support/wait.ts';

// What associations notice when an archive dies, hangs, is drained, or is merely busy.

/** Longer than anything here may take: a client that ran into it was left in the lurch. */
const PATIENCE = 30_000;

const DONE = { ok: true, value: undefined };

let archives: StandIn[];
let receivers: readonly Storescp[];
let ports: { readonly pacs: number; readonly busy: number; readonly single: number };
let vagus: Vagus;

beforeAll(async () => {
  archives = await Promise.all(['pacs1', 'pacs2'].map((name) => startStandIn('archive', { name })));
  receivers = await Promise.all([startStorescp('BUSY'), startStorescp('SINGLE')]);
  const [pacs = 0, busy = 0, single = 0] = await freePorts(3);
  ports = { pacs, busy, single };
  vagus = await startVagus(`
version: 1
site: failure
services:
  pacs:
    preset: dicom
    listen: 127.0.0.1:${pacs}
    check: { interval: 1s }
    routes: [{ when: { calledAeTitle: SECOND }, pool: second }]
    pools:
      default: { servers: { pacs1: 127.0.0.1:${archives[0]?.port}, pacs2: 127.0.0.1:${archives[1]?.port} } }
      second: { servers: { alone: 127.0.0.1:${archives[1]?.port} } }
  busy:
    preset: dicom
    listen: 127.0.0.1:${busy}
    check: { interval: 1s }
    servers: { receiver: 127.0.0.1:${receivers[0]?.port} }
  single:
    preset: dicom
    listen: 127.0.0.1:${single}
    check: { interval: 1s }
    servers: { receiver: { address: 127.0.0.1:${receivers[1]?.port}, limits: { connections: 1 } } }
`);
  await everythingIsUp();
});

afterAll(async () => {
  await vagus?.stop();
  await Promise.all((archives ?? []).map((archive) => archive.kill()));
  await endPrograms();
});

const everythingIsUp = () =>
  waitFor(
    'everything is up',
    async () => (await vagus.status()).services.every(({ verdict }) => verdict === 'up'),
    PATIENCE,
  );

/** Waits until the controller has said this `times` times. */
const said = (text: string, times = 1) =>
  waitFor(`"${text}" in:\n${vagus.output()}`, () => vagus.output().split(text).length > times, PATIENCE);

async function associate(port: number, called = 'ARCHIVE'): Promise<Association> {
  const opened = await openAssociation({ host: '127.0.0.1', port, called, calling: 'CT1', timeout: PATIENCE });
  if (!opened.ok) throw new Error(`no association with ${called}: ${opened.error}`);
  return opened.value;
}

const total = (failures: ReadonlyMap<string, number>): number =>
  [...failures.values()].reduce((sum, count) => sum + count, 0);

test('an archive is killed: only what was under way on it is lost, and nothing once it is seen as down', async () => {
  const [victim] = archives as [StandIn];
  const workers = 4;
  const load = startDicomLoad({ port: ports.pacs, workers, timeout: PATIENCE });
  await waitFor('the load is steady', () => load.report().ok > 20);
  await victim.kill();
  const next = await associate(ports.pacs);
  expect(await next.echo(), 'the next association').toEqual(DONE);
  await next.release();

  await said('pacs/pacs1 is DOWN: port closed');
  const atDetection = load.report();
  await waitFor('a hundred associations more', () => load.report().ok > atDetection.ok + 100, PATIENCE);
  const { failures } = await load.stop();
  expect(total(failures), `failed: ${JSON.stringify([...failures])}`).toBeLessThanOrEqual(workers);
  expect(failures, 'none failed after it was seen as down').toEqual(atDetection.failures);

  archives[0] = await startStandIn('archive', { name: 'pacs1', port: victim.port });
  await everythingIsUp();
});

test('an archive hangs: what is stuck on it is ended a moment after it is seen as down, and all others succeed', async () => {
  // Another one than was killed: of a server's changes one in five seconds is said.
  const [, victim] = archives as [StandIn, StandIn];
  const stuck = await associate(ports.pacs, 'SECOND');
  expect(await stuck.echo()).toEqual(DONE);
  const load = startDicomLoad({ port: ports.pacs, workers: 4, timeout: PATIENCE });
  await waitFor('the load is steady', () => load.report().ok > 20);

  victim.hang();
  const ended = stuck.echo().then((answer) => ({ answer, at: Date.now() }));
  await said('pacs/second/alone is DOWN: accepts connections but hangs');
  const detected = Date.now();
  const { answer, at } = await ended;
  expect(answer).toEqual({ ok: false, error: 'closed by the peer' });
  expect(at - detected).toBeLessThan(3_000);
  await said('that was stuck on it was ended');

  await said('pacs/pacs2 is DOWN: accepts connections but hangs');
  const atDetection = load.report();
  await waitFor('a hundred associations more', () => load.report().ok > atDetection.ok + 100, PATIENCE);
  const { failures } = await load.stop();
  // The load's own clients were stuck on it as well, at most one association each.
  expect([...failures.keys()].filter((reason) => reason !== 'closed by the peer')).toEqual([]);
  expect(total(failures)).toBeLessThanOrEqual(4);

  victim.resume();
  await everythingIsUp();
});

test('an archive is drained: the association under way completes, new ones go elsewhere, and --wait waits', async () => {
  const long = await associate(ports.pacs);
  const [image] = syntheticStudy(1);
  const connections = await Promise.all(
    ['pacs1', 'pacs2'].map(async (name) => (await vagus.server(`pacs/${name}`)).connections),
  );
  const [from, to] = connections[0] === 1 ? archives : archives.toReversed();
  if (image === undefined || from === undefined || to === undefined) throw new Error('nothing to drain');

  let returned = false;
  const drained = vagus.cli('server', 'drain', `pacs/${from.name}`, '--wait').then((result) => {
    returned = true;
    return result;
  });
  await waitFor('it drains', async () => (await vagus.server(`pacs/${from.name}`)).state === 'drain');
  const before = await Promise.all([from.worked(), to.worked()]);
  for (let count = 0; count < 6; count += 1) {
    const fresh = await associate(ports.pacs);
    expect(await fresh.store(image)).toEqual(DONE);
    await fresh.release();
  }
  expect(await Promise.all([from.worked(), to.worked()])).toEqual([before[0], (before[1] ?? 0) + 6]);

  expect(await long.store(image), 'the long association goes on').toEqual(DONE);
  expect(returned, '--wait waits').toBe(false);
  expect(await long.release()).toEqual(DONE);
  expect(await drained).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('nothing is left on it') });
  await vagus.cli('server', 'ready', `pacs/${from.name}`);
});

test('a receiver that takes one association at a time fails its checks while it works: bytes that move are not cut', async () => {
  const [image] = syntheticStudy(1, 256 * 1024);
  if (image === undefined) throw new Error('no image');
  const store = await associate(ports.busy, 'BUSY');
  let down: number | undefined;
  let images = 0;
  while (down === undefined || Date.now() < down + 2_000) {
    const stored = await store.store(image);
    images += 1;
    expect(stored, `image ${images}`).toEqual(DONE);
    if (vagus.output().includes('busy/receiver is DOWN: accepts connections but hangs')) down ??= Date.now();
    if (images > 100_000) throw new Error('it was never seen as down');
  }
  expect(await store.release()).toEqual(DONE);
  expect(vagus.output()).not.toMatch(/busy\/receiver: .* stuck on it/);
});

test('a receiver said to take one connection keeps even a quiet association', async () => {
  const quiet = await associate(ports.single, 'SINGLE');
  await said('single/receiver is DOWN: accepts connections but hangs');
  const down = Date.now();
  await waitFor('it would have been ended by now', () => Date.now() > down + 2_000);
  expect(await quiet.echo()).toEqual(DONE);
  expect(await quiet.release()).toEqual(DONE);
});
