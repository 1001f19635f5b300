import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { askController, serversNow, workerNow } from '../support/controller.ts';
import { type Load, startLoad } from '../support/http/load.ts';
import { type Mirror, startMirror } from '../support/http/mirror.ts';
import { endPrograms } from '../support/programs.ts';
import { freePorts } from '../support/stand-ins.ts';
import { startVagus, type Vagus } from '../support/vagus.ts';
import { waitFor } from '../support/wait.ts';

// Servers are steered by what they do; whatever ends the steering, HAProxy is left with what is configured.

const NAMES = ['ehr1', 'ehr2', 'ehr3', 'ehr4'];
const SLOW = 'ehr3';

let vagus: Vagus;
let mirrors: readonly Mirror[];
let port: number;
let load: Load;

const spec = (steering: string, interval = '1s'): string => `version: 1
site: steered
services:
  portal:
    preset: http
    listen: 127.0.0.1:${port}
    balance: leastconn
    check: { path: /health, interval: ${interval} }
    steering: ${steering}
    servers:
${mirrors.map(({ name, port: at }) => `      ${name}: 127.0.0.1:${at}`).join('\n')}
`;

beforeAll(async () => {
  mirrors = await Promise.all(NAMES.map((name) => startMirror(name)));
  [port = 0] = await freePorts(1);
  vagus = await startVagus(spec('on'));
  for (const mirror of mirrors) await mirror.behave({ delay: 10 });
  load = await startLoad({ url: `http://127.0.0.1:${port}/`, kinds: ['kept'], workers: 6 });
});

afterAll(async () => {
  await load.stop().catch(() => undefined);
  await vagus.stop();
  await endPrograms();
});

const named = (name: string): Mirror => mirrors.find((mirror) => mirror.name === name)!;

/** Weight and limit of each server, as HAProxy has them; a limit of none is empty. */
async function inForce(): Promise<Readonly<Record<string, string>>> {
  const rows = await serversNow(vagus.stateDirectory);
  return Object.fromEntries(
    NAMES.map((name) => {
      const row = rows.get(`portal/${name}`);
      return [name, `${row?.get('srv_uweight')}/${row?.limit}`];
    }),
  );
}
const CONFIGURED = Object.fromEntries(NAMES.map((name) => [name, '100/']));
const isNeutral = async (): Promise<boolean> => JSON.stringify(await inForce()) === JSON.stringify(CONFIGURED);
const weightOf = async (name: string): Promise<number> => Number((await inForce())[name]?.split('/')[0]);

const slow = async (): Promise<void> => {
  await named(SLOW).behave({ delay: 100 });
  await waitFor('the slow server gets less', async () => (await weightOf(SLOW)) < 70, 20_000);
};

/** The watchdogs that run, by the command lines of all processes. */
const watchdogs = (): readonly number[] =>
  readdirSync('/proc')
    .map(Number)
    .filter((pid) => {
      try {
        return (
          Number.isInteger(pid) &&
          readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`watchdog.ts\0${vagus.stateDirectory}`)
        );
      } catch {
        return false;
      }
    });

test('a slow server gets less, and it is said why, wherever people and programs look', async () => {
  await slow();
  const explained = await vagus.cli('explain', 'portal');
  expect(explained.exitCode).toBe(0);
  expect(explained.stdout).toMatch(/ehr3[^\n]*\n?[^\n]*answers take \d+ ms, \d+\.\d × the pool's usual \d+ ms/);
  const told = (await askController(vagus.stateDirectory, 'GET', '/services/portal/steering')).body;
  expect(told).toContain('"mode":"on"');
  await waitFor('it is told as an event', () => /portal\/ehr3 is given less/.test(vagus.output()), 20_000);
  await named(SLOW).behave({ delay: 10 });
  await waitFor('healed, it gets its share', async () => (await weightOf(SLOW)) >= 95, 20_000);
});

test('a server that answers errors gets nothing new within 3 s, and its work back when it is well', async () => {
  await named('ehr2').behave({ status: 500 });
  const begun = performance.now();
  await waitFor('it is out', async () => (await weightOf('ehr2')) === 0, 3_000);
  expect(performance.now() - begun).toBeLessThan(3_000);
  expect((await vagus.server('portal/ehr2')).state).toBe('up');
  await waitFor('it is said', () =>
    /portal\/ehr2 is given nothing new: \d+ % of its answers are errors/.test(vagus.output()),
  );
  await named('ehr2').behave({ delay: 10 });
  await waitFor('it is back', async () => (await weightOf('ehr2')) >= 95, 15_000);
});

test('a reload begins with what is configured, and steering goes on in the new worker', async () => {
  await slow();
  const worker = await workerNow(vagus.stateDirectory);
  await vagus.apply(spec('on', '2s'));
  expect(await workerNow(vagus.stateDirectory)).not.toBe(worker);
  await waitFor('the slow server gets less again', async () => (await weightOf(SLOW)) < 70, 20_000);
});

test('a weight that somebody changes stays theirs, and is steered from there', async () => {
  const changed = await askController(vagus.stateDirectory, 'PATCH', '/services/portal/pools/default/servers/ehr1', {
    weight: 60,
  });
  expect(changed.status).toBe(200);
  await waitFor('it is in force', async () => (await weightOf('ehr1')) <= 80);
  const back = await askController(vagus.stateDirectory, 'PATCH', '/services/portal/pools/default/servers/ehr1', {
    weight: 100,
  });
  expect(back.status).toBe(200);
});

test('killed, the controller leaves nothing nudged; the next one takes over as it is, and steers again', async () => {
  await slow();
  await vagus.kill9();
  await waitFor('all is as configured', isNeutral, 2_000);
  await waitFor('the watchdog has ended', () => watchdogs().length === 0);
  const from = vagus.output().length;
  await vagus.again();
  expect(vagus.output().slice(from)).toMatch(/runs already; taken over as it is/);
  await waitFor('the slow server gets less again', async () => (await weightOf(SLOW)) < 70, 20_000);
});

test('stopped and not ended, the controller is taken for dead until it is heard again', async () => {
  await slow();
  process.kill(vagus.pid, 'SIGSTOP');
  try {
    await waitFor('all is as configured', isNeutral, 2_000);
  } finally {
    process.kill(vagus.pid, 'SIGCONT');
  }
  await waitFor('the slow server gets less again', async () => (await weightOf(SLOW)) < 70, 20_000);
});

test('without its watchdog the controller starts another, and what was nudged is guarded again', async () => {
  await slow();
  const [watchdog = 0] = watchdogs();
  process.kill(watchdog, 'SIGKILL');
  await waitFor('there is another', () => watchdogs().some((pid) => pid !== watchdog));
  await waitFor('it has been told', async () => (await weightOf(SLOW)) < 70, 20_000);
  await vagus.kill9();
  await waitFor('all is as configured', isNeutral, 2_000);
  await vagus.again();
});

test('both killed, what is nudged is no reason for a reload, and the next controller guards it', async () => {
  await slow();
  const [watchdog = 0] = watchdogs();
  process.kill(watchdog, 'SIGKILL');
  await vagus.kill9();
  const worker = await workerNow(vagus.stateDirectory);
  await vagus.again();
  expect(await workerNow(vagus.stateDirectory)).toBe(worker);
  await waitFor('it is steered', async () => (await weightOf(SLOW)) < 70, 20_000);
});

test('to observe is to say what would be done and do nothing; off is neither', async () => {
  const from = vagus.output().length;
  await vagus.apply(spec('observe', '2s'));
  await waitFor('all is as configured', isNeutral);
  await waitFor(
    'it is said what would be done',
    () => /portal\/ehr3 would be given less/.test(vagus.output().slice(from)),
    30_000,
  );
  expect(await isNeutral()).toBe(true);
  await vagus.apply(spec('off', '2s'));
  const explained = await vagus.cli('explain', 'portal');
  expect(explained.stdout).toMatch(/not steered|steering: on/);
  expect(await isNeutral()).toBe(true);
});

test('nobody lost a request by any of it, but those that a server answered with an error', async () => {
  const { failures, sent } = await load.stop();
  expect(sent).toBeGreaterThan(1_000);
  expect(failures.filter(({ why }) => !why.includes('500'))).toEqual([]);
});
