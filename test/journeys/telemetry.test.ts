import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stateIn } from '#apply';
import { observeLoads, type PoolLoad } from '#observe';
import { ask } from '#system';

import { desired } from '../plan/support.ts';
import { askController } from '../support/controller.ts';
import { type Mirror, startMirror } from '../support/http/mirror.ts';
import { page, peer } from '../observe/telemetry/support.ts';
import { endPrograms } from '../support/programs.ts';
import { freePorts } from '../support/stand-ins.ts';
import { startVagus, type Vagus } from '../support/vagus.ts';
import { waitFor } from '../support/wait.ts';

// What servers say of themselves, and what HAProxy knows of them, is seen where people and programs look.

const CANARY = 'Bearer canary-of-telemetry-5';

let vagus: Vagus;
let mirrors: readonly Mirror[];
let spec: string;
let portal: number;
let agent: Awaited<ReturnType<typeof peer>>;
const heard: string[] = [];

beforeAll(async () => {
  mirrors = await Promise.all(['web1', 'web2'].map((name) => startMirror(name)));
  agent = await peer((socket) => {
    socket.on('data', (bytes) => heard.push(String(bytes)));
    page(() => '{"cpu":91,"memory":40}')(socket);
  });
  [portal = 0] = await freePorts(1);
  const [web1, web2] = mirrors;
  const telemetry = `{ type: http-json, port: ${agent.port}, interval: 200ms, authorization: { secret: web-status }, cpu: { at: /cpu, scale: 100 }, memory: { at: /memory, scale: 100 } }`;
  spec = `version: 1
site: measured
services:
  portal:
    preset: http
    listen: 127.0.0.1:${portal}
    balance: leastconn
    check: { path: /health, interval: 1s }
    steering: observe
    telemetry: ${telemetry}
    servers:
      web1: 127.0.0.1:${web1?.port}
      web2: { address: 127.0.0.1:${web2?.port}, telemetry: { type: feedback-agent, port: 1 } }
`;
  vagus = await startVagus(spec);
});

afterAll(async () => {
  await vagus.stop();
  await agent.close();
  await endPrograms();
});

test('status, the API and metrics show it, and say what is wrong; a secret is read when it is there', async () => {
  const words = async (): Promise<string> => (await vagus.cli('status')).stdout;
  const without = await waitFor('the secret is missed', async () => {
    const now = await words();
    return /telemetry stale: there is no secret web-status/.test(now) && now;
  });
  expect(without).toContain('telemetry stale: nobody listens there');
  const { secrets } = stateIn(vagus.stateDirectory);
  mkdirSync(secrets, { recursive: true });
  writeFileSync(join(secrets, 'web-status'), `${CANARY}\n`, { mode: 0o600 });
  const shown = await waitFor('the figures are shown', async () => {
    const now = await words();
    return /CPU 91 %, memory 40 %/.test(now) && now;
  });
  expect(heard.join('')).toContain(`Authorization: ${CANARY}\r\n`);

  const metrics = await ask(
    { socket: stateIn(vagus.stateDirectory).controllerSocket },
    { method: 'GET', path: '/metrics', headers: {}, body: undefined },
  );
  const text = metrics.ok ? metrics.value.body : '';
  expect(text).toContain('vagus_server_cpu_ratio{service="portal",pool="default",server="web1"} 0.91');
  expect(text).toContain('vagus_server_telemetry_stale{service="portal",pool="default",server="web2"} 1');
  expect(text).not.toContain('vagus_server_cpu_ratio{service="portal",pool="default",server="web2"}');
  const services = (await askController(vagus.stateDirectory, 'GET', '/services')).body;
  expect(services).toContain('"cpu":0.91');

  for (const said of [shown, without, text, services, vagus.output(), JSON.stringify(await vagus.status())])
    expect(said).not.toContain('canary-of-telemetry');
});

test('what HAProxy knows of each request comes tick by tick, across a reload, with no path in it', async () => {
  const plan = desired(spec);
  const observer = observeLoads(stateIn(vagus.stateDirectory).haproxy, plan);
  const get = async (path: string): Promise<void> =>
    void (await (await fetch(`http://127.0.0.1:${portal}${path}`)).text());
  const seen: PoolLoad[] = [];
  const tick = async (): Promise<PoolLoad | undefined> => {
    const loads = await observer.tick();
    const [load] = loads.ok ? loads.value : [];
    if (load) seen.push(load);
    return load;
  };
  const total = (of: (load: PoolLoad['servers'][number]) => number): number =>
    seen.flatMap(({ servers }) => servers).reduce((sum, server) => sum + of(server), 0);

  await waitFor('the first look', tick);
  for (let index = 0; index < 40; index++) await get(`/secret-path-${index}?patient=canary`);
  await waitFor('all have ended', async () => (await tick()) && total(({ done }) => done) === 40);
  await waitFor(
    'their times are known',
    async () => (await tick()) && total(({ serviceTimes }) => serviceTimes?.length ?? 0) === 40,
  );
  expect(seen.at(-1)).toMatchObject({ backend: 'portal', queued: 0 });
  expect(seen.at(-1)?.servers.map(({ server, up, weight }) => [server, up, weight])).toEqual([
    ['web1', true, 100],
    ['web2', true, 100],
  ]);
  expect(total(({ failed }) => failed)).toBe(0);

  await vagus.apply(spec.replace('interval: 1s }', 'interval: 2s }'));
  seen.length = 0;
  await waitFor('the new worker is followed', async () => {
    await get('/after-the-reload');
    await tick();
    return total(({ serviceTimes }) => serviceTimes?.length ?? 0) >= 3;
  });
  expect(total(({ done }) => done)).toBeGreaterThanOrEqual(3);
  observer.close();
  expect(JSON.stringify(seen)).not.toMatch(/secret-path|canary|after-the/);
});

test('a change of telemetry alone tells no engine anything', async () => {
  const from = vagus.output().length;
  await vagus.apply(spec.replace('interval: 1s }', 'interval: 2s }').replace('interval: 200ms', 'interval: 300ms'));
  expect(vagus.output().slice(from)).not.toMatch(/reload/i);
});

test('a measured service tells its failures as any other, and nothing else', async () => {
  const begun = vagus.output().length;
  const get = (): Promise<Response> => fetch(`http://127.0.0.1:${portal}/`);
  expect((await get()).status).toBe(200);
  await Promise.all(mirrors.map((mirror) => mirror.kill()));
  expect((await get()).status).toBe(503);
  await waitFor('the failure is said', () => /portal.*a request/.test(vagus.output().slice(begun)));
  const requests = vagus
    .output()
    .slice(begun)
    .split('\n')
    .filter((line) => line.includes('a request'));
  expect(requests.length).toBeGreaterThan(0);
  expect(requests.filter((line) => !/portal/.test(line))).toEqual([]);
});
