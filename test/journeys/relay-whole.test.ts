import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { prepare, stateIn } from '#apply';
import { processes } from '#engines/haproxy';
import { installed, render, status } from '#engines/relay';
import { intakeSocketName } from '#plan';
import { isAlive, run } from '#system';

import { authority } from '../support/http/certificates.ts';
import { openFeed } from '../support/hl7.ts';
import { type Journal, startJournal } from '../support/hl7-journal.ts';
import { type Load, startHl7Load } from '../support/load.ts';
import { endPrograms, temporaryDirectory } from '../support/programs.ts';
import { freePorts } from '../support/stand-ins.ts';
import { startVagus, type Vagus } from '../support/vagus.ts';
import { waitFor } from '../support/wait.ts';

// A change of two engines is made in full or not at all, whichever of them refuses it, and wherever the controller is killed
// while it makes one. Messages go on all the while.

let engine: Journal;
let ports: Readonly<Record<'adt' | 'more', number>>;
let vagus: Vagus;
let load: Load;

function spec({ timeout = '5s', more = false } = {}): string {
  const service = (name: keyof typeof ports, tls = ''): string => `
  ${name}:
    preset: hl7-mllp
    listen: 127.0.0.1:${ports[name]}
    relay: { timeout: ${timeout} }
    servers: { engine1: { address: 127.0.0.1:${engine.port}${tls} } }`;
  const services = [service('adt'), ...(more ? [service('more', ', tls: { verify: ca.pem }')] : [])];
  return `version: 1\nsite: whole\nservices:${services.join('')}\n`;
}

beforeAll(async () => {
  engine = await startJournal('engine1');
  const [adt = 0, more = 0] = await freePorts(2);
  ports = { adt, more };
  const { pem } = await authority('Hospital CA');
  vagus = await startVagus(spec(), { files: { 'ca.pem': pem } });
  await waitFor('the engine is up', async () => (await vagus.server('adt/engine1')).state === 'up');
  load = startHl7Load({ port: ports.adt, workers: 2, every: 20 });
});

afterAll(async () => {
  await load?.stop();
  await vagus?.stop();
  engine?.close();
  await endPrograms();
});

const state = () => stateIn(vagus.stateDirectory);

/** Both engines do what the first spec says, and nothing else; no message was lost on the way. */
async function isAsItWas(): Promise<void> {
  const prepared = prepare(join(vagus.directory, 'hospital.yaml'));
  const desired = (prepared.ok && prepared.value.desired) || { relays: [], files: [] };
  const { relay, haproxy } = state();
  expect(installed(relay)).toBe(render(desired, relay, haproxy.statsSocket).text);
  expect(existsSync(relay.tls) ? readdirSync(relay.tls) : []).toEqual([]);
  const now = await status(relay);
  expect(now.ok && now.value.services.map(({ name }) => name)).toEqual(['adt']);
  await expect(openFeed(ports.more)).rejects.toThrow('ECONNREFUSED');
  const before = load.report().ok;
  await waitFor('messages go on', () => load.report().ok > before + 5);
  expect(load.report().failures).toEqual(new Map());
}

const apply = (text: string): ReturnType<Vagus['cli']> => {
  vagus.write('other.yaml', text);
  return vagus.cli('apply', join(vagus.directory, 'other.yaml'));
};

const reloads = async (): Promise<number> => {
  const running = await processes(state().haproxy);
  return running.ok ? running.value.reloads : -1;
};

test('what the relay cannot do, HAProxy is not told', async () => {
  const before = await reloads();
  const other = createServer();
  await once(other.listen(join(state().relay.directory, intakeSocketName({ name: 'more' }))), 'listening');
  const { exitCode, stderr } = await apply(spec({ more: true }));
  other.close();
  expect(exitCode).not.toBe(0);
  expect(stderr).toContain('is in use by another process');
  expect(await reloads()).toBe(before);
  await isAsItWas();
});

test('what HAProxy cannot do, the relay does no more', async () => {
  const other = createServer();
  await once(other.listen(ports.more, '127.0.0.1'), 'listening');
  const { exitCode, stderr } = await apply(spec({ more: true }));
  other.close();
  expect(exitCode).not.toBe(0);
  expect(stderr).toContain('HAProxy did not take');
  await isAsItWas();
});

test('a first start that HAProxy refuses leaves no relay behind', async () => {
  const other = createServer();
  await once(other.listen(ports.more, '127.0.0.1'), 'listening');
  const first = temporaryDirectory('first');
  vagus.write('first.yaml', spec({ more: true }));
  const file = join(vagus.directory, 'first.yaml');
  const ran = await run('bin/vagus', ['run', file, '--state', first, '--api', 'off'], { timeout: 60_000 });
  other.close();
  expect(ran).toMatchObject({ value: { exitCode: 1, stderr: expect.stringContaining('HAProxy did not start') } });
  const { relay } = stateIn(first);
  expect(existsSync(relay.log)).toBe(true);
  expect(await status(relay)).toMatchObject({ error: { code: 'relay-not-running' } });
});

/** Where controllers are killed one after the other, each but the first while it makes whole what the one before has left. */
test.each([
  ['the relay has the new service, and HAProxy not', ['relay-opened'], { more: true }],
  ['both have it, and nothing is written down', ['haproxy-taken', 'recovery-relayed'], { more: true }],
  ['the relay alone was told', ['relay-told'], { timeout: '7s' }],
])('killed when %s', async (_, [at = '', ...others], change) => {
  await vagus.kill9();
  await vagus.again({ VAGUS_DIE_AT: at });
  await apply(spec(change));
  await waitFor(`the controller is killed at ${at}`, () => !isAlive(vagus.pid));
  for (const other of others) {
    await expect(vagus.again({ VAGUS_DIE_AT: other }), other).rejects.toThrow('the controller ended');
  }
  await vagus.again();
  await isAsItWas();
});
