import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

import { askController, serversNow } from '../support/controller.ts';
import { freePorts, type StandIn, startStandIn } from '../support/stand-ins.ts';
import { startVagus, type Vagus } from '../support/vagus.ts';
import { waitFor } from '../support/wait.ts';

// A change that locks out whoever makes it goes back by itself: it has to be confirmed while it is in force.

let vagus: Vagus;
let ehr: StandIn;
let spec: (weight: number) => string;

beforeAll(async () => {
  const [vip = 0] = await freePorts(1);
  ehr = await startStandIn('portal', { name: 'ehr1' });
  spec = (weight) => `version: 1
site: careful
services:
  portal:
    preset: http
    listen: 127.0.0.1:${vip}
    check: { path: /health, interval: 500ms }
    servers:
      ehr1: { address: 127.0.0.1:${ehr.port}, weight: ${weight} }
`;
  vagus = await startVagus(spec(100));
});

afterAll(async () => {
  await vagus?.stop();
  await ehr.kill();
});

beforeEach(async () => {
  await vagus.cli('rollback', '1', '--no-gate');
  expect(await weightNow()).toBe(100);
});

type Revision = {
  readonly number: number;
  readonly parent?: number;
  readonly state: string;
  readonly current: boolean;
  readonly by: string;
  readonly origin: string;
  readonly why?: string;
  readonly reason?: string;
};

async function weightNow(): Promise<number> {
  const rows = await serversNow(vagus.stateDirectory);
  return Number(rows.get('portal/ehr1')?.get('srv_uweight'));
}

async function history(): Promise<readonly Revision[]> {
  return JSON.parse((await vagus.cli('revisions', '--json')).stdout) as readonly Revision[];
}

/** Applies a weight on probation, and returns its number. */
async function applyOnProbation(weight: number, within: string): Promise<number> {
  vagus.write('try.yaml', spec(weight));
  const applied = await vagus.cli('apply', join(vagus.directory, 'try.yaml'), '--confirm', within, '--why', 'try it');
  expect(applied).toMatchObject({ exitCode: 0, stderr: '' });
  expect(applied.stdout).toMatch(/revision \d+ is taken back at .* unless you say: vagus confirm/);
  expect(await weightNow()).toBe(weight);
  return Number(/revision (\d+) is in force/.exec(applied.stdout)?.[1]);
}

/** Resolves once a revision was taken back and its parent's text is in force. */
async function goesBack(number: number): Promise<void> {
  await waitFor('it goes back by itself', async () => (await weightNow()) === 100);
  // The engine is first, then the history.
  const [back, tried] = await waitFor('the history tells it', async () => {
    const [newest, before] = await history();
    return before?.state === 'undone' && newest && ([newest, before] as const);
  });
  expect(tried).toMatchObject({ number, why: 'try it', reason: 'nobody confirmed it in time', current: false });
  expect(back).toMatchObject({
    number: number + 1,
    by: 'vagus',
    origin: 'rollback',
    state: 'applied',
    current: true,
    why: `took back revision ${number}: nobody confirmed it in time`,
  });
  const audit = JSON.parse((await vagus.cli('audit', 'list', '--by', 'vagus', '--json')).stdout) as readonly object[];
  expect(audit.at(-1)).toMatchObject({ action: 'take-back', subject: `revision ${number}`, outcome: 'done' });
}

test('what nobody confirms goes back by itself', async () => {
  const began = Date.now();
  const number = await applyOnProbation(50, '3s');
  await goesBack(number);
  expect(Date.now() - began).toBeGreaterThanOrEqual(3_000);
  expect(vagus.output()).toContain(`Took back revision ${number}: nobody confirmed it in time`);
});

test('what is confirmed stays, and can be confirmed once', async () => {
  const number = await applyOnProbation(51, '3s');
  const confirmed = await vagus.cli('confirm', '--why', 'tried on the wards');
  expect(confirmed).toMatchObject({ exitCode: 0, stdout: `revision ${number} is kept\n` });
  expect(await vagus.cli('confirm')).toMatchObject({ exitCode: 1, stderr: /no revision waits to be confirmed/ });

  // Another one's time, begun after it, is over: this one's has long been.
  const next = await applyOnProbation(52, '3s');
  await waitFor('the next one goes back', async () => (await weightNow()) === 51);
  const found = (await history()).find((revision) => revision.number === number);
  expect(found).toMatchObject({ state: 'applied', reason: expect.stringContaining('tried on the wards') });
  expect(next).toBe(number + 1);
});

test('while one waits, no other change is made, and rolling back is one that is', async () => {
  const number = await applyOnProbation(53, '30s');
  vagus.write('other.yaml', spec(54));
  const applied = await vagus.cli('apply', join(vagus.directory, 'other.yaml'));
  expect(applied.exitCode).toBe(1);
  expect(applied.stderr).toMatch(new RegExp(`revision ${number} by local:\\S+ waits to be confirmed`));
  const patched = await askController(vagus.stateDirectory, 'PATCH', '/services/portal/pools/default/servers/ehr1', {
    weight: 55,
  });
  expect(patched.status).toBe(409);
  expect(patched.json()).toMatchObject({ code: 'apply-unconfirmed' });
  expect(await weightNow()).toBe(53);

  expect(await vagus.cli('rollback', '--no-gate')).toMatchObject({ exitCode: 0 });
  expect(await weightNow()).toBe(100);
  const [back, tried] = await history();
  expect(tried).toMatchObject({ number, state: 'undone', reason: expect.stringMatching(/^rolled back by local:/) });
  expect(back).toMatchObject({ number: number + 1, state: 'applied', current: true });
});

test('a controller that is killed meanwhile goes back in time', async () => {
  const number = await applyOnProbation(56, '5s');
  await vagus.kill9();
  await vagus.again();
  expect(await weightNow()).toBe(56);
  expect((await history())[0]).toMatchObject({ number, state: 'unconfirmed', current: true });
  await goesBack(number);
});

test('a controller that is started when the time is over goes back at once', async () => {
  const number = await applyOnProbation(57, '2s');
  const deadline = Date.now() + 2_000;
  await vagus.kill9();
  await waitFor('the time is over', () => Date.now() > deadline);
  expect(await weightNow()).toBe(57);
  await vagus.again();
  await goesBack(number);
});

test('what was taken back is not put in force again by a controller that starts', async () => {
  vagus.write('hospital.yaml', spec(58));
  const file = join(vagus.directory, 'hospital.yaml');
  const applied = await vagus.cli('apply', file, '--confirm', '2s', '--why', 'try it');
  await goesBack(Number(/revision (\d+) is in force/.exec(applied.stdout)?.[1]));
  await vagus.kill9();
  await vagus.again();
  expect(await weightNow()).toBe(100);
});
