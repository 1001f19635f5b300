import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { prepare, readRecord, renderFor, stateIn, stopEngines } from '#apply';
import { digestOf, installed } from '#engines/haproxy';
import { ask, isAlive } from '#system';

import { askController, serversNow } from '../support/controller.ts';
import { type Load, startHttpLoad } from '../support/load.ts';
import { freePorts, type StandIn, startStandIn } from '../support/stand-ins.ts';
import { startVagus, type Vagus } from '../support/vagus.ts';
import { waitFor } from '../support/wait.ts';

// Promise 2: a change is applied in full or not at all, wherever the controller is killed while it makes one. The next
// controller brings HAProxy, the files and the records to one and the same revision: the last one that was whole.

/** Where a controller is killed, and whether the change is in force by then. */
type Death = { readonly at: string; readonly kept?: true };

/** A patch of servers: HAProxy is told of it at once, the files follow. */
const PATCHED: readonly Death[] = [
  { at: 'configuration-kept' },
  { at: 'revision-begun' },
  { at: 'between-live-actions' },
  { at: 'between-live-actions:2' },
  { at: 'live-actions-done' },
  { at: 'revision-ended', kept: true },
  { at: 'files-installed:2', kept: true },
  { at: 'record-written:2', kept: true },
];

/** A whole spec of which HAProxy can be told as it runs. */
const APPLIED_LIVE: readonly Death[] = [
  { at: 'configuration-kept' },
  { at: 'revision-begun' },
  { at: 'between-live-actions' },
  { at: 'live-actions-done' },
  { at: 'files-installed:2' },
  { at: 'record-written:2' },
  { at: 'revision-ended', kept: true },
];

/** A whole spec that takes a reload. */
const RELOADED: readonly Death[] = [
  { at: 'configuration-kept' },
  { at: 'revision-begun' },
  { at: 'reload-noted' },
  { at: 'configuration-installed' },
  { at: 'engine-reloaded' },
  { at: 'files-installed:2' },
  { at: 'record-written:2' },
  { at: 'reload-recorded', kept: true },
];

/** The first spec of all: the next controller has the same one before it, and puts it in force. */
const FIRST = [
  'configuration-kept',
  'revision-begun',
  'reload-noted',
  'configuration-installed',
  'engine-reloaded',
  'files-installed',
  'record-written',
  'reload-recorded',
];

let vagus: Vagus;
let load: Load;
let page: string;
let spec: (weights: readonly [number, number], timeout: string) => string;
let servers: readonly StandIn[];

beforeAll(async () => {
  const [vip = 0] = await freePorts(1);
  servers = await Promise.all(['ehr1', 'ehr2'].map((name) => startStandIn('portal', { name })));
  spec = ([one, two], timeout) => `version: 1
site: whole
services:
  portal:
    preset: http
    listen: 127.0.0.1:${vip}
    check: { path: /health, interval: 500ms }
    timeouts: { server: ${timeout} }
    servers:
      ehr1: { address: 127.0.0.1:${servers[0]?.port}, weight: ${one} }
      ehr2: { address: 127.0.0.1:${servers[1]?.port}, weight: ${two} }
`;
  vagus = await startVagus(spec([100, 100], '30s'));
  page = `http://127.0.0.1:${vip}/`;
  load = startHttpLoad({ url: page, workers: 2, every: 10, keepAlive: false });
});

afterAll(async () => {
  await load?.stop();
  await vagus?.stop();
  await Promise.all(servers.map((server) => server.kill()));
});

/** Every revision gets weights of its own, by which HAProxy shows which one it has. */
let weight = 100;
const nextWeights = (): readonly [number, number] => {
  weight += 1;
  return [weight, weight + 100];
};

type Whole = { readonly number: number; readonly weights: string };

const read = async <T>(path: string): Promise<T> =>
  (await askController(vagus.stateDirectory, 'GET', path)).json() as unknown as T;

/** What is in force. Everything that knows of it has to say the same. */
async function whole(): Promise<Whole> {
  const state = stateIn(vagus.stateDirectory);
  const { revision } = await read<{ revision: number }>('/controller');
  const known = await read<readonly { number: number; state: string; current: boolean }[]>('/revisions');
  const good = known.filter(({ state: is }) => is !== 'failed' && is !== 'undone');
  expect(good[0], 'the store').toMatchObject({ number: revision, current: true });
  expect(good.filter(({ state: is }) => is === 'applying')).toEqual([]);

  const text = await askController(vagus.stateDirectory, 'GET', `/revisions/${revision}/spec`);
  vagus.write('current.yaml', text.body);
  const prepared = prepare(join(vagus.directory, 'current.yaml'));
  const desired = prepared.ok ? prepared.value.desired : undefined;
  const digest = desired && digestOf(renderFor(state, desired));
  await waitFor('the files follow', () => installed(state.haproxy) === digest);
  await waitFor('the record follows', () => {
    const record = readRecord(state);
    return record.ok && record.value?.revision === revision && record.value.digest === digest;
  });
  const weights = await weightsNow();
  expect(desired?.backends[0]?.servers.map((server) => server.weight).join(' '), 'HAProxy').toBe(weights);
  return { number: revision, weights };
}

async function weightsNow(): Promise<string> {
  const rows = await serversNow(vagus.stateDirectory);
  return ['ehr1', 'ehr2'].map((name) => rows.get(`portal/${name}`)?.get('srv_uweight')).join(' ');
}

/**
 * Kills a controller at each place while it makes a change, and has the next one make everything whole. That next one is
 * the one that is killed at the next place.
 */
async function dieAtEach(
  deaths: readonly Death[],
  change: (weights: readonly [number, number]) => Promise<unknown>,
): Promise<void> {
  await vagus.kill9();
  let last: { readonly at: string; readonly expected: Partial<Whole> } | undefined;
  for (const death of [...deaths, undefined]) {
    await vagus.again(death && { VAGUS_DIE_AT: death.at });
    const before = await whole();
    if (last) expect(before, last.at).toMatchObject(last.expected);
    if (death === undefined) break;
    const weights = nextWeights();
    await change(weights);
    await waitFor(`the controller is killed at ${death.at}`, () => !isAlive(vagus.pid));
    last = { at: death.at, expected: death.kept ? { weights: weights.join(' ') } : before };
  }
  await sayTheSame();
}

/** The commands know no other revision, and nothing to do. */
async function sayTheSame(): Promise<void> {
  const { number } = await whole();
  const [listed, status, planned] = await Promise.all([
    vagus.cli('revisions', '--json'),
    vagus.cli('status', '--json'),
    vagus.cli('plan', join(vagus.directory, 'current.yaml')),
  ]);
  const revisions = JSON.parse(listed.stdout) as readonly { number: number; current: boolean }[];
  expect(revisions.filter(({ current }) => current)).toMatchObject([{ number }]);
  expect(JSON.parse(status.stdout)).toMatchObject({ revision: number });
  expect(planned).toMatchObject({ exitCode: 0, stdout: 'Nothing would change.\n' });
}

const patch = ([one, two]: readonly [number, number]): Promise<unknown> =>
  ask(
    { socket: stateIn(vagus.stateDirectory).controllerSocket },
    {
      method: 'PATCH',
      path: '/api/v1/spec',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ services: { portal: { servers: { ehr1: { weight: one }, ehr2: { weight: two } } } } }),
    },
  );

const applyFile = (text: string): Promise<unknown> => {
  vagus.write('other.yaml', text);
  return vagus.cli('apply', join(vagus.directory, 'other.yaml'));
};

async function nothingWasRefused(): Promise<void> {
  const { sent, failures } = load.report();
  await waitFor('the load goes on', () => load.report().ok > sent + 20);
  expect(failures).toEqual(new Map());
}

test('killed in a patch of servers', async () => {
  await dieAtEach(PATCHED, patch);
  await nothingWasRefused();
});

test('killed in a whole spec that is put in force live', async () => {
  await dieAtEach(APPLIED_LIVE, (weights) => applyFile(spec(weights, '30s')));
  await nothingWasRefused();
});

test('killed in a whole spec that takes a reload', async () => {
  await dieAtEach(RELOADED, (weights) => applyFile(spec(weights, `${weights[0]}s`)));
  await nothingWasRefused();
});

test('killed while the last change is made whole', async () => {
  await vagus.kill9();
  for (const at of ['recovery-installed', 'recovery-taken', 'files-installed', 'record-written']) {
    await vagus.again({ VAGUS_DIE_AT: 'engine-reloaded' });
    const before = await whole();
    await applyFile(spec(nextWeights(), '29s'));
    await waitFor('the controller is killed', () => !isAlive(vagus.pid));
    await expect(vagus.again({ VAGUS_DIE_AT: at }), at).rejects.toThrow('the controller ended');
    await vagus.again();
    expect(await whole(), at).toEqual(before);
    await vagus.kill9();
  }
  await vagus.again();
  await nothingWasRefused();
});

test('killed as the first spec is put in force', async () => {
  await load.stop();
  const state = stateIn(vagus.stateDirectory);
  for (const at of FIRST) {
    await vagus.kill9();
    await stopEngines(state, 1_000);
    rmSync(vagus.stateDirectory, { recursive: true });
    await expect(vagus.again({ VAGUS_DIE_AT: at }), at).rejects.toThrow('the controller ended');
    await vagus.again();
    expect(await whole(), at).toMatchObject({ weights: '100 100' });
    await waitFor('the page is served', async () => (await fetch(page)).ok);
  }
  await sayTheSame();
});
