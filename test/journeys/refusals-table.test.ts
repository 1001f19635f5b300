import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stateIn } from '#apply';
import { ask, exchange, type Peer } from '#system';

import { BAD_REQUESTS, SERVER } from '../support/bad-requests.ts';
import { askController, workerNow } from '../support/controller.ts';
import { freePorts, type StandIn, startStandIn } from '../support/stand-ins.ts';
import { startVagus, type Vagus } from '../support/vagus.ts';
import { waitFor } from '../support/wait.ts';

// Promise 2: no change can hurt. Whatever is asked wrongly is answered with its code, and leaves everything as it was.

let vagus: Vagus;
let servers: readonly StandIn[];
let taken: Server;
let good: string;
let https: Peer;
const tokens = new Map<string, string>();

beforeAll(async () => {
  const [portal = 0, viewer = 0, pacs = 0, api = 0] = await freePorts(4);
  servers = await Promise.all([
    startStandIn('portal', { name: 'ehr1' }),
    startStandIn('portal', { name: 'ehr2' }),
    startStandIn('archive', { name: 'pacs1' }),
  ]);
  const [ehr1, ehr2, pacs1] = servers.map(({ port }) => `127.0.0.1:${port}`);
  good = `version: 1
site: cautious
services:
  portal:
    preset: http
    listen: 127.0.0.1:${portal}
    check: { path: /health, interval: 500ms }
    servers: { ehr1: ${ehr1}, ehr2: ${ehr2} }
  viewer:
    preset: http
    listen: 127.0.0.1:${viewer}
    check: { follow: portal }
    servers: { ehr1: ${ehr1}, ehr2: ${ehr2} }
  pacs:
    preset: dicom
    listen: 127.0.0.1:${pacs}
    check: { calledAeTitle: PACS, interval: 500ms }
    servers: { pacs1: ${pacs1} }
`;
  taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  vagus = await startVagus(good, { flags: ['--api', `127.0.0.1:${api}`] });
  await waitFor('the API listens', () => vagus.output().includes('API on https://'));
  const ca = readFileSync(stateIn(vagus.stateDirectory).apiCertificate, 'utf8');
  https = { url: `https://127.0.0.1:${api}`, ca: ca.slice(ca.indexOf('-----BEGIN CERTIFICATE')) };
  for (const [name, role, services] of [
    ['viewer', 'viewer', 'all'],
    ['operator', 'operator', 'all'],
    ['portal', 'administrator', ['portal']],
  ] as const) {
    const made = await askController(vagus.stateDirectory, 'POST', '/tokens', {
      name,
      grants: [{ role, services }],
      expires: '1h',
    });
    tokens.set(name, String(made.json()['secret']));
  }
  await waitFor('all is up', async () => (await vagus.status()).services.every(({ verdict }) => verdict === 'up'));
});

afterAll(async () => {
  taken.close();
  await vagus?.stop();
  await Promise.all(servers.map((server) => server.kill()));
});

/** Everything that says what runs, is in force and is kept. */
async function everything(): Promise<object> {
  const { haproxy, directory } = stateIn(vagus.stateDirectory);
  const [states, stat] = await Promise.all([
    exchange(haproxy.statsSocket, 'show servers state\n'),
    exchange(haproxy.statsSocket, 'show stat\n'),
  ]);
  if (!states.ok || !stat.ok) throw new Error('HAProxy does not answer');
  const { revision } = (await askController(directory, 'GET', '/controller')).json();
  return {
    revision,
    drains: (await askController(directory, 'GET', '/drains')).body,
    windows: (await askController(directory, 'GET', '/windows')).body,
    worker: await workerNow(directory),
    // What a check says and since when changes by itself.
    servers: states.value.split('\n').map((row) =>
      row
        .split(' ')
        .filter((_, column) => [1, 3, 4, 6, 7, 18].includes(column))
        .join(' '),
    ),
    names: stat.value.split('\n').map((row) => row.split(',').slice(0, 2).join('/')),
    files: filesIn(directory),
  };
}

/** The hash of the state directory. The store, sockets, logs and what one worker hands to the next live their own life. */
function filesIn(directory: string): string {
  const hash = createHash('sha256').update(readlinkSync(join(directory, 'haproxy', 'current')));
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  for (const file of files.toSorted()) {
    if (!/vagus\.db|haproxy\.log|servers\.state/.test(file)) hash.update(file).update(readFileSync(file));
  }
  return hash.digest('hex');
}

const site = () => ({ good, taken: (taken.address() as AddressInfo).port });

describe('refused, and nothing is touched:', () => {
  test.each(Object.entries(BAD_REQUESTS))('%s', async (_, [asked, status, code]) => {
    const {
      method = 'PATCH',
      path = '',
      body,
      type,
      ifMatch,
      as,
    } = typeof asked === 'function' ? asked(site()) : asked;
    const before = await everything();
    const answer = await ask(as === undefined ? { socket: stateIn(vagus.stateDirectory).controllerSocket } : https, {
      method,
      path: `/api/v1${path}`,
      headers: {
        ...(body !== undefined && { 'Content-Type': type ?? 'application/json' }),
        ...(ifMatch !== undefined && { 'If-Match': ifMatch }),
        ...(as !== undefined && { Authorization: `Bearer ${tokens.get(as) ?? 'vagus_none'}` }),
      },
      body: type === undefined && body !== undefined ? JSON.stringify(body) : (body as string | undefined),
    });
    if (!answer.ok) throw answer.error;
    const problem = JSON.parse(answer.value.body) as { readonly code: string; readonly detail: string };
    expect({ status: answer.value.status, code: problem.code }, problem.detail).toEqual({ status, code });
    expect(await everything()).toEqual(before);
  });

  test.each([
    'apply nowhere.yaml',
    'apply bad.yaml',
    'apply hospital.yaml --if-revision 7',
    'rollback 99',
    'server drain pacs/pacs1',
    'server drain portal/ehr9',
    'windows cancel 9',
    'confirm',
  ])('vagus %s', async (command) => {
    vagus.write('bad.yaml', good.replace('interval: 500ms', 'interval: soon'));
    const before = await everything();
    const args = command.split(' ').map((word) => (word.endsWith('.yaml') ? join(vagus.directory, word) : word));
    const refused = await vagus.cli(...args);
    expect(refused.exitCode).toBe(command === 'server drain pacs/pacs1' ? 4 : 1);
    expect(refused.stderr).not.toBe('');
    expect(await everything()).toEqual(before);
  });
});

test('after all that a good change is made', async () => {
  const before = await everything();
  const made = await askController(vagus.stateDirectory, 'PATCH', SERVER, { weight: 7 });
  expect(made.json()).toMatchObject({ how: 'live' });
  expect((await vagus.server('portal/ehr1')).weight).toBe(7);
  expect(await everything()).not.toEqual(before);
});
