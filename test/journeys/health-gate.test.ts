import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

import { askController, workerNow } from '../support/controller.ts';
import { ask } from '../support/http/ask.ts';
import { type Mirror, startMirror } from '../support/http/mirror.ts';
import { startHttpLoad } from '../support/load.ts';
import { endPrograms } from '../support/programs.ts';
import { freePorts } from '../support/stand-ins.ts';
import { type CommandResult, startVagus, type Vagus } from '../support/vagus.ts';
import { waitFor } from '../support/wait.ts';

// Promise 2: no change can hurt for long. One from which a service suffers is taken back by itself.

/** From a change until what was before it is in force again, ms. */
const BACK_WITHIN = 15_000;

/** A command starts, and a check is seen, when a busy machine comes to it, ms. */
const PATIENCE = 30_000;

let vagus: Vagus;
let page: string;
let good: Mirror;
let failing: Mirror;
let closed: number;
let spec: (ports: readonly number[], more?: string) => string;

beforeAll(async () => {
  const [vip = 0, unused = 0] = await freePorts(2);
  closed = unused;
  page = `http://127.0.0.1:${vip}/`;
  good = await startMirror('good');
  // Its check finds nothing wrong with it.
  failing = await startMirror('failing', { status: 500 });
  spec = (ports, more = '') => `version: 1
site: gated
services:
  portal:
    preset: http
    listen: 127.0.0.1:${vip}
    check: { path: /health, interval: 500ms, timeout: 500ms }
${more}    servers: { ${ports.map((port, index) => `web${index + 1}: 127.0.0.1:${port}`).join(', ')} }
`;
  vagus = await startVagus(spec([good.port]));
});

afterAll(async () => {
  await vagus?.stop();
  await endPrograms();
});

beforeEach(async () => {
  await waitFor('the portal is up', async () => (await vagus.status()).services[0]?.verdict === 'up', PATIENCE);
});

const apply = (text: string, ...flags: readonly string[]): Promise<CommandResult> => {
  vagus.write('change.yaml', text);
  return vagus.cli('apply', join(vagus.directory, 'change.yaml'), ...flags);
};

type Revision = { readonly number: number; readonly state: string; readonly by: string; readonly reason?: string };

async function history(): Promise<readonly Revision[]> {
  return JSON.parse((await vagus.cli('revisions', '--json')).stdout) as readonly Revision[];
}

const textInForce = async (): Promise<string> => (await askController(vagus.stateDirectory, 'GET', '/spec')).body;

/** Applies a change that does harm, and sees it taken back for a reason. */
async function isTakenBack(text: string, reason: RegExp): Promise<void> {
  const before = await textInForce();
  const began = Date.now();
  const applied = await apply(text);
  expect(Date.now() - began).toBeLessThan(BACK_WITHIN);
  expect(applied.exitCode).toBe(1);
  expect(applied.stderr).toMatch(new RegExp(`^revision \\d+ was taken back: ${reason.source}`, 'm'));
  const [back, harmful] = await history();
  expect(harmful).toMatchObject({ state: 'undone', reason: expect.stringMatching(reason) });
  expect(back).toMatchObject({ by: 'vagus', state: 'applied' });
  expect(await textInForce()).toBe(before);
  expect(vagus.output()).toMatch(new RegExp(`Took back revision ${harmful?.number}: ${reason.source}`));
  await waitFor('the page is served again', async () => (await ask(page)).status === 200);
}

test('servers that nobody listens at: taken back', async () => {
  await isTakenBack(spec([closed]), /portal has no healthy server any more/);
});

test('the same in a reload', async () => {
  const worker = await workerNow(vagus.stateDirectory);
  await isTakenBack(spec([closed], '    timeouts: { server: 31s }\n'), /portal has no healthy server any more/);
  expect(await workerNow(vagus.stateDirectory)).not.toBe(worker);
});

test('the same in a patch of one server', async () => {
  const before = await textInForce();
  const path = '/services/portal/pools/default/servers/web1';
  const patched = await askController(vagus.stateDirectory, 'PATCH', path, { address: `127.0.0.1:${closed}` });
  expect(patched.json()).toMatchObject({ state: 'watching' });
  await waitFor('it is taken back', async () => (await textInForce()) === before, BACK_WITHIN);
  await waitFor('the page is served again', async () => (await ask(page)).status === 200);
});

test('requests that fail since the change: taken back', async () => {
  const load = startHttpLoad({ url: page, workers: 4, every: 10 });
  await waitFor('the load is under way', () => load.report().ok > 50);
  await isTakenBack(spec([good.port, failing.port]), /\d+ % of the requests of portal fail since the change/);
  const { failures } = await load.stop();
  expect([...failures.keys()]).toEqual(['status 500']);
});

test('a change that does no harm, under load, is kept', async () => {
  const load = startHttpLoad({ url: page, workers: 4, every: 10 });
  const applied = await apply(spec([good.port, good.port], '    timeouts: { server: 32s }\n'));
  expect(applied).toMatchObject({ exitCode: 0, stderr: '' });
  expect(applied.stdout).toContain('kept: no service suffers from it');
  expect((await history())[0]).toMatchObject({ state: 'applied' });
  expect((await load.stop()).failures).toEqual(new Map());
});

test('a change that is made on one that is watched ends the watch: nothing waits for it in vain', async () => {
  vagus.write('watched.yaml', spec([good.port]));
  const watched = vagus.cli('apply', join(vagus.directory, 'watched.yaml'));
  await waitFor('it is watched', async () => (await history())[0]?.state === 'watching', PATIENCE);
  expect(await apply(spec([good.port, good.port]), '--no-gate')).toMatchObject({ exitCode: 0 });
  expect(await watched).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('kept') });
  expect((await history()).slice(0, 2)).toMatchObject([{ state: 'applied' }, { state: 'applied' }]);
});

test('who says --no-gate has it stay, whatever becomes of it', async () => {
  const applied = await apply(spec([closed]), '--no-gate');
  expect(applied).toMatchObject({ exitCode: 0 });
  expect(applied.stdout).not.toContain('watching');
  const [made] = await history();
  expect(made).toMatchObject({ state: 'applied' });
  // Twice as long as it took to take back the very same change above.
  await waitFor(
    'it is down for a while',
    async () => {
      const { state, since } = await vagus.server('portal/web1');
      return state === 'down' && since >= 5;
    },
    PATIENCE,
  );
  expect((await history())[0]).toEqual(made);
  expect((await ask(page)).status).toBe(503);
});
