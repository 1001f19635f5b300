import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type Association, openAssociation } from '#demo';
import { stateIn } from '#apply';
import { processes } from '#engines/haproxy';

import { askController, serversNow } from '../support/controller.ts';
import { ask } from '../support/http/ask.ts';
import { type Mirror, startMirror } from '../support/http/mirror.ts';
import { endPrograms } from '../support/programs.ts';
import { freePorts, type StandIn, startStandIn } from '../support/stand-ins.ts';
import { startVagus, type Vagus } from '../support/vagus.ts';
import { waitFor } from '../support/wait.ts';

// Promise 5: units in flight finish. Servers are taken out of work and back, by people and by the calendar.

let vagus: Vagus;
let web: Mirror;
let other: Mirror;
let archives: readonly StandIn[];
let portal: string;
let pacs: number;
let spec: (timeout: string) => string;

const LABELS = ['portal/web1', 'portal/web2', 'pacs/pacs1', 'pacs/pacs2', 'viewer/web1', 'viewer/web2'];

beforeAll(async () => {
  const [portalPort = 0, viewerPort = 0, pacsPort = 0] = await freePorts(3);
  [portal, pacs] = [`http://127.0.0.1:${portalPort}/`, pacsPort];
  other = await startMirror('web2', { host: '127.0.0.2' });
  web = await startMirror('web1');
  archives = await Promise.all(['pacs1', 'pacs2'].map((name) => startStandIn('archive', { name })));
  const check = '{ path: /health, interval: 500ms, timeout: 500ms }';
  const servers = `{ web1: 127.0.0.1:${web.port}, web2: 127.0.0.2:${other.port} }`;
  spec = (timeout) => `version: 1
site: maintained
services:
  portal:
    preset: http
    listen: 127.0.0.1:${portalPort}
    check: ${check}
    timeouts: { server: ${timeout} }
    servers: ${servers}
  viewer:
    preset: http
    listen: 127.0.0.1:${viewerPort}
    check: ${check}
    servers: ${servers}
  pacs:
    preset: dicom
    listen: 127.0.0.1:${pacsPort}
    check: { calledAeTitle: PACS, interval: 500ms, timeout: 500ms }
    servers:
      pacs1: { address: 127.0.0.1:${archives[0]?.port}, limits: { connections: 4 } }
      pacs2: { address: 127.0.0.1:${archives[1]?.port}, limits: { connections: 4 } }
`;
  vagus = await startVagus(spec('30s'));
  await everyoneIsUp();
});

afterAll(async () => {
  await vagus?.stop();
  await Promise.all(archives.map((archive) => archive.kill()));
  await endPrograms();
});

afterEach(async () => {
  for (const { label } of await drains()) {
    const [service, server] = label.split('/');
    await askController(vagus.stateDirectory, 'PUT', `/services/${service}/pools/default/servers/${server}/state`, {
      state: 'ready',
    });
  }
  await everyoneIsUp();
});

const everyoneIsUp = () =>
  waitFor('all servers are up', async () => {
    for (const label of LABELS) if ((await vagus.server(label)).state !== 'up') return false;
    return true;
  });

type Drain = {
  readonly label: string;
  readonly state: string;
  readonly left: number;
  readonly unit: string;
  readonly why?: string;
  readonly window?: number;
};

const drains = async (): Promise<readonly Drain[]> =>
  (await askController(vagus.stateDirectory, 'GET', '/drains')).json() as unknown as readonly Drain[];

const drainOf = async (label: string): Promise<Drain | undefined> =>
  (await drains()).find((drain) => drain.label === label);

/** What HAProxy itself says of a server; 0 is ready (HAProxy's `srv_admin_state`: 1 is maint, 8 is drain). */
async function engineSays(name: string): Promise<number> {
  return Number((await serversNow(vagus.stateDirectory)).get(name)?.get('srv_admin_state'));
}
const [READY, MAINT, DRAIN] = [0, 1, 8];

const isSaid = (words: string) => waitFor(words, () => vagus.output().includes(words));

async function associate(): Promise<Association> {
  const opened = await openAssociation({ host: '127.0.0.1', port: pacs, called: 'PACS', calling: 'CT' });
  if (!opened.ok) throw new Error(opened.error);
  return opened.value;
}

/** The archive that has an association now. */
const busyArchive = () =>
  waitFor('an archive holds the association', async () => {
    for (const label of ['pacs/pacs1', 'pacs/pacs2']) if ((await vagus.server(label)).connections > 0) return label;
    return undefined;
  });

test('http: what is left is requests, and an empty server moves on to maintenance', async () => {
  const slow = Array.from({ length: 2 }, () => ask(`${portal}?hold`));
  await waitFor('one is on web1', async () => (await web.requests()) === 1);
  expect(await vagus.cli('server', 'drain', 'portal/web1', '--reason', 'patching')).toMatchObject({ exitCode: 0 });
  const drain = { state: 'drain', left: 1, unit: 'request', why: 'patching' };
  expect(await drainOf('portal/web1')).toMatchObject(drain);
  expect((await vagus.cli('drains')).stdout).toMatch(/portal\/web1 +drain +1 request /);
  expect(await engineSays('portal/web1')).toBe(DRAIN);

  await web.release();
  await isSaid('portal/web1 is in maintenance: nothing is left on it');
  expect(await drainOf('portal/web1')).toMatchObject({ state: 'maint', left: 0 });
  expect(await engineSays('portal/web1')).toBe(MAINT);
  expect(vagus.output()).not.toMatch(/portal\/web1 is in maintenance: its time is over/);
  await other.release();
  expect((await Promise.all(slow)).map(({ status }) => status)).toEqual([200, 200]);
  await vagus.cli('server', 'ready', 'portal/web1');
  expect(await engineSays('portal/web1')).toBe(READY);
});

test('dicom: at its deadline a server is in maintenance, and what is still on it is not cut', async () => {
  const association = await associate();
  const label = await busyArchive();
  const drained = await vagus.cli('server', 'drain', label, '--deadline', '3s');
  expect(drained).toMatchObject({ exitCode: 0, stderr: '' });
  // The others take 4 at one time, and 1 was the most.
  expect(drained.stdout).toMatch(/1 association now; .*: 25 % of what the other server takes \(4\)/);
  expect(await drainOf(label)).toMatchObject({ state: 'drain', left: 1, unit: 'association' });
  const next = await associate();
  expect(await next.release()).toMatchObject({ ok: true });

  await isSaid(`${label} is in maintenance: its time is over; 1 still under way, not cut`);
  expect(await engineSays(label)).toBe(MAINT);
  expect(await drainOf(label)).toMatchObject({ state: 'maint', left: 1 });
  expect(await association.echo()).toMatchObject({ ok: true });
  expect(await association.release()).toMatchObject({ ok: true });
  await waitFor('nothing is left', async () => (await drainOf(label))?.left === 0);
});

test('who would empty a pool is refused, unless they insist', async () => {
  expect(await vagus.cli('server', 'maint', 'portal/web1')).toMatchObject({ exitCode: 0 });
  for (const action of ['drain', 'maint']) {
    const refused = await vagus.cli('server', action, 'portal/web2');
    expect(refused.exitCode).toBe(4);
    expect(refused.stderr).toMatch(/nobody would be left to serve; nothing was changed/);
    expect(await engineSays('portal/web2')).toBe(READY);
    expect(await drainOf('portal/web2')).toBeUndefined();
  }
  const tried = await vagus.cli('server', 'drain', 'portal/web2', '--dry-run');
  expect(tried).toMatchObject({ exitCode: 4, stdout: expect.stringContaining('nothing was changed') });
  expect(await vagus.cli('server', 'drain', 'portal/web2', '--force')).toMatchObject({ exitCode: 0 });
  expect(await engineSays('portal/web2')).toBe(DRAIN);
});

test('--all-services is about the host, wherever it serves', async () => {
  const drained = await vagus.cli('server', 'maint', 'portal/web2', '--all-services', '--reason', 'new disk');
  expect(drained).toMatchObject({ exitCode: 0, stderr: '' });
  expect((await drains()).map(({ label, why }) => `${label} ${why}`).toSorted()).toEqual([
    'portal/web2 new disk',
    'viewer/web2 new disk',
  ]);
  expect([await engineSays('portal/web2'), await engineSays('viewer/web2')]).toEqual([MAINT, MAINT]);
  expect(await engineSays('pacs/pacs1')).toBe(READY);
  await vagus.cli('server', 'ready', 'viewer/web2', '--all-services');
  expect([await engineSays('portal/web2'), await engineSays('viewer/web2')]).toEqual([READY, READY]);
});

test('what people have decided outlives a reload, the controller, and HAProxy itself', async () => {
  const association = await associate();
  const label = await busyArchive();
  await vagus.cli('server', 'drain', label, '--reason', 'old');
  await vagus.cli('server', 'maint', 'portal/web1');
  const isSo = async (): Promise<void> => {
    expect([await engineSays(label), await engineSays('portal/web1')]).toEqual([DRAIN, MAINT]);
    expect(await drainOf(label)).toMatchObject({ state: 'drain', left: 1, why: 'old' });
    expect(await association.echo()).toMatchObject({ ok: true });
  };
  await isSo();
  await vagus.apply(spec('31s'));
  await isSo();
  await vagus.kill9();
  await vagus.again();
  await isSo();

  const running = await processes(stateIn(vagus.stateDirectory).haproxy);
  if (!running.ok) throw running.error;
  process.kill(running.value.master, 'SIGKILL');
  process.kill(running.value.worker ?? 0, 'SIGKILL');
  await waitFor('HAProxy is started again', () => vagus.output().includes('HAProxy has ended; starting it again'));
  await waitFor('what was decided holds again', async () => {
    const now = await Promise.all([engineSays(label), engineSays('portal/web1')]).catch(() => []);
    // Its association went with HAProxy: a drain has nothing left to wait for.
    return (now[0] === DRAIN || now[0] === MAINT) && now[1] === MAINT;
  });
});

type Window = { readonly id: number; readonly state: string };
const windowOf = async (id: number): Promise<Window | undefined> =>
  (JSON.parse((await vagus.cli('windows', '--json')).stdout) as readonly Window[]).find((window) => window.id === id);

async function planWindow(beginsIn: number, lasts: number, force = false): Promise<number> {
  const from = Date.now() + beginsIn;
  const asked = { servers: ['portal/web2', 'viewer/web2'], from, until: from + lasts, why: 'new disk', force };
  const planned = await askController(vagus.stateDirectory, 'POST', '/windows', asked);
  expect(planned.json()).toMatchObject({ state: 'planned' });
  return Number(planned.json()['id']);
}

const windowHas = (id: number, state: string) =>
  waitFor(`window ${id} is ${state}`, async () => (await windowOf(id))?.state === state);

test('a window begins and ends by itself', async () => {
  const id = await planWindow(500, 4_000);
  await windowHas(id, 'active');
  expect(await drainOf('viewer/web2')).toMatchObject({ window: id, why: 'new disk' });
  expect(await engineSays('portal/web2')).not.toBe(READY);
  await windowHas(id, 'ended');
  expect(await drains()).toEqual([]);
  expect([await engineSays('portal/web2'), await engineSays('viewer/web2')]).toEqual([READY, READY]);
  const audit = JSON.parse((await vagus.cli('audit', 'list', '--by', 'vagus', '--json')).stdout) as readonly object[];
  for (const action of ['window-begin', 'window-end']) {
    expect(audit).toContainEqual(expect.objectContaining({ action, outcome: 'done', detail: { window: id } }));
  }
});

test('a window keeps its time whatever becomes of the controller', async () => {
  const id = await planWindow(1_000, 6_000);
  const begins = Date.now() + 1_000;
  await vagus.kill9();
  await waitFor('it should have begun', () => Date.now() > begins);
  await vagus.again();
  await windowHas(id, 'active');
  expect(await engineSays('viewer/web2')).not.toBe(READY);
  await vagus.kill9();
  await vagus.again();
  expect(await windowOf(id)).toMatchObject({ state: 'active' });
  await windowHas(id, 'ended');
  expect([await engineSays('portal/web2'), await engineSays('viewer/web2')]).toEqual([READY, READY]);
});

test('a window that was insisted on begins also where it empties a pool', async () => {
  await vagus.cli('server', 'maint', 'portal/web1');
  const id = await planWindow(0, 60_000, true);
  await windowHas(id, 'active');
  expect(await engineSays('portal/web2')).not.toBe(READY);
  expect(await vagus.cli('windows', 'cancel', String(id))).toMatchObject({ exitCode: 0 });
  expect(await engineSays('portal/web2')).toBe(READY);
});

test('a window is called off, or ended early; a server that somebody took in hand is left alone', async () => {
  const planned = await planWindow(60_000, 60_000);
  expect(await vagus.cli('windows', 'cancel', String(planned))).toMatchObject({ exitCode: 0 });
  expect(await windowOf(planned)).toMatchObject({ state: 'cancelled' });

  const active = await planWindow(0, 60_000);
  await windowHas(active, 'active');
  await vagus.cli('server', 'maint', 'viewer/web2', '--reason', 'the disk is broken');
  expect(await vagus.cli('windows', 'cancel', String(active))).toMatchObject({ exitCode: 0 });
  expect(await windowOf(active)).toMatchObject({ state: 'ended' });
  expect([await engineSays('portal/web2'), await engineSays('viewer/web2')]).toEqual([READY, MAINT]);
  expect(await vagus.cli('windows', 'cancel', String(active))).toMatchObject({ exitCode: 1 });
});
