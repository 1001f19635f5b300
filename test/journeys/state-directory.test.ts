import { execFileSync } from 'node:child_process';
import { copyFileSync, readFileSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readRecord, stateIn } from '#apply';
import { isAlive } from '#system';

import { askController, serversNow, workerNow } from '../support/controller.ts';
import { type Load, startHttpLoad } from '../support/load.ts';
import { freePorts, type StandIn, startStandIn } from '../support/stand-ins.ts';
import { startVagus, type Vagus } from '../support/vagus.ts';
import { waitFor } from '../support/wait.ts';

// Promise 1: the data plane outlives the control plane. What becomes of the files that a controller remembers by is said
// plainly, and traffic goes on; once they are in order, the next controller takes over what runs.

const SERVER = '/services/portal/pools/default/servers/ehr1';

let vagus: Vagus;
let ehr: StandIn;
let load: Load;
let worker: number;

beforeEach(async () => {
  const [vip = 0] = await freePorts(1);
  ehr = await startStandIn('portal', { name: 'ehr1' });
  vagus = await startVagus(`version: 1
site: remembering
services:
  portal:
    preset: http
    listen: 127.0.0.1:${vip}
    check: { path: /health, interval: 500ms }
    servers: { ehr1: 127.0.0.1:${ehr.port} }
`);
  load = startHttpLoad({ url: `http://127.0.0.1:${vip}`, workers: 2, every: 10, keepAlive: false });
});

afterEach(async () => {
  await load.stop();
  await vagus.stop();
  await ehr.kill();
});

/** `vagus run` that ends, having said why in one line of plain words. */
async function runsInVain(reason: RegExp): Promise<void> {
  const run = await vagus.cli('run', join(vagus.directory, 'hospital.yaml'), '--api', 'off');
  expect(run.exitCode).toBe(1);
  expect(run.stderr).toMatch(reason);
  expect(run.stderr).not.toMatch(/^ +at |Error:/m);
}

/** The next controller finds everything in order, and HAProxy never noticed anything. */
async function takesOver(revision: number): Promise<void> {
  await vagus.again();
  expect(vagus.output()).toContain(`revision ${revision} runs already; taken over as it is`);
  expect((await askController(vagus.stateDirectory, 'GET', '/controller')).json()).toMatchObject({ revision });
  const { ok } = load.report();
  await waitFor('the load goes on', () => load.report().ok > ok + 20);
  expect(load.report().failures).toEqual(new Map());
  expect(await workerNow(vagus.stateDirectory)).toBe(worker);
}

describe('a store that', () => {
  let store: string;
  let backup: string;
  beforeEach(async () => {
    store = stateIn(vagus.stateDirectory).store;
    backup = `${store}.backup`;
    await askController(vagus.stateDirectory, 'PATCH', SERVER, { weight: 50 });
    worker = await workerNow(vagus.stateDirectory);
    await vagus.kill9();
    // All of it into the one file: what is left beside it could be played into it again.
    const database = new DatabaseSync(store);
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    database.close();
    copyFileSync(store, backup);
  });

  test.each<[string, () => void]>([
    ['is garbage', () => writeFileSync(store, 'not a database '.repeat(10_000))],
    ['was cut off', () => truncateSync(store, statSync(store).size / 2 + 100)],
    ['is empty', () => truncateSync(store, 0)],
    ['has garbage in the middle', () => writeFileSync(store, scribbled(readFileSync(store)))],
  ])('%s is not touched, and a backup of it is enough', async (_, damage) => {
    damage();
    const damaged = readFileSync(store);
    await runsInVain(/vagus\.db cannot be read: .*traffic goes on as it is. Put back a backup of it/i);
    expect(readFileSync(store).equals(damaged)).toBe(true);
    expect(await vagus.cli('status')).toMatchObject({ exitCode: 0, stderr: '' });
    copyFileSync(backup, store);
    await takesOver(2);
  });

  test('is gone: the controller starts anew from the spec file, and takes over what runs if it is that', async () => {
    await vagus.again();
    await askController(vagus.stateDirectory, 'POST', '/revisions/1/rollback');
    worker = await workerNow(vagus.stateDirectory);
    await vagus.kill9();
    renameSync(store, `${store}.lost`);
    for (const end of ['-wal', '-shm']) rmSync(`${store}${end}`, { force: true });
    await takesOver(1);
  });
});

const scribbled = (bytes: Buffer): Buffer => bytes.fill('scribble', 4_096, bytes.length - 4_096);

test('a record that is garbage is said to be, and written anew by the next controller', async () => {
  worker = await workerNow(vagus.stateDirectory);
  await vagus.kill9();
  const state = stateIn(vagus.stateDirectory);
  writeFileSync(state.record, '{"file": ');
  const status = await vagus.cli('status');
  expect(status).toMatchObject({ exitCode: 3, stdout: '' });
  expect(status.stderr).toMatch(/^\S+applied\.json cannot be read as a record; the data plane goes on, .*\n$/);
  await takesOver(1);
  expect(readRecord(state)).toMatchObject({ ok: true, value: { revision: 1 } });
});

const FULL = /the disk is full|no space left on device/;

/** Puts a small disk where the state directory is. False where that is not allowed here. */
function mountSmallDisk(directory: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m,mode=755', 'tmpfs', directory], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function fill(file: string): void {
  for (let size = 65_536; size >= 512; size /= 2) {
    try {
      for (;;) writeFileSync(file, 'x'.repeat(size), { flag: 'a' });
    } catch {
      // Full for that size.
    }
  }
}

test.skipIf(process.getuid?.() !== 0)('a full disk: nothing changes, traffic goes on', async ({ skip }) => {
  const directory = vagus.stateDirectory;
  await load.stop();
  process.kill(vagus.pid, 'SIGTERM');
  await waitFor('all has ended', () => !isAlive(vagus.pid));
  if (!mountSmallDisk(directory)) return skip('no disk can be mounted here');
  try {
    await vagus.again();
    const { port } = new URL(`http://${(await vagus.status()).services[0]?.listen[0]}`);
    load = startHttpLoad({ url: `http://127.0.0.1:${port}`, workers: 2, every: 10, keepAlive: false });
    await waitFor('the load is under way', () => load.report().ok > 20);
    worker = await workerNow(directory);
    const filler = join(directory, 'filler');
    fill(filler);

    const weight = async () => (await serversNow(directory)).get('portal/ehr1')?.get('srv_uweight');
    const patched = await askController(directory, 'PATCH', SERVER, { weight: 60 });
    expect(patched.status).toBe(507);
    expect(patched.json()).toMatchObject({ code: 'store-full', detail: expect.stringContaining('the disk is full') });
    vagus.write('more.yaml', `${readFileSync(join(vagus.directory, 'hospital.yaml'), 'utf8')}# more\n`);
    const applied = await vagus.cli('apply', join(vagus.directory, 'more.yaml'));
    expect(applied).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(FULL) });
    expect(await weight()).toBe('100');
    expect(isAlive(vagus.pid)).toBe(true);

    await vagus.kill9();
    await runsInVain(FULL);
    rmSync(filler);
    await takesOver(1);
    expect((await askController(directory, 'PATCH', SERVER, { weight: 60 })).status).toBe(200);
    expect(await weight()).toBe('60');
  } finally {
    await load.stop();
    if (isAlive(vagus.pid)) process.kill(vagus.pid, 'SIGTERM');
    await waitFor('all has ended', () => !isAlive(vagus.pid));
    execFileSync('umount', ['--lazy', directory]);
  }
});
