import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { afterAll, afterEach, expect, test } from 'vitest';
import {
  ask,
  followRelay,
  installed,
  put,
  type RelayLayout,
  relayLayoutOf,
  render,
  type Rendered,
  status,
  stop,
} from '#engines/relay';
import { Secret } from '#lib';
import { type DesiredFile, intakeSocketName, type Relay } from '#plan';
import type { RelayEvent } from '#relay';
import { signal } from '#system';

import { makeCertificates } from '../haproxy/certificates.ts';
import { valueOf } from '../../protocols/support.ts';
import { adt, endAll, openSender, startReceiver } from '../../relay/support.ts';
import { endPrograms, startProgram, temporaryDirectory } from '../../support/programs.ts';
import { waitFor } from '../../support/wait.ts';
import { relayTo, serverAt } from './support.ts';

/** Node is started, on a machine that may be busy. */
const PATIENT = { timeout: 30_000 };

const layouts: RelayLayout[] = [];

afterAll(endPrograms);

afterEach(async () => {
  await endAll();
  for (const layout of layouts.splice(0)) await stop(layout, 2_000);
});

function layoutHere(): RelayLayout {
  const layout = relayLayoutOf(temporaryDirectory('engine'));
  mkdirSync(layout.directory);
  layouts.push(layout);
  return layout;
}

const socketIn = (layout: RelayLayout): string => `${layout.directory}/${intakeSocketName({ name: 'adt' })}`;

/** No HAProxy tells it of servers: all are up. */
const rendered = (relays: readonly Relay[], layout: RelayLayout, files: readonly DesiredFile[] = []): Rendered =>
  render({ relays, files }, layout, `${layout.directory}/none.sock`);

test('it is started where it does not run, told anew where it does, and ended', PATIENT, async () => {
  const [layout, receiver] = [layoutHere(), await startReceiver()];
  const one = relayTo([serverAt('engine1', receiver.port)]);
  expect(valueOf(await put(layout, rendered([one], layout)))).toBe('start');
  const { pid } = valueOf(await status(layout));
  const sender = await openSender(socketIn(layout));
  expect(await sender.ask(adt('M1'))).toBe('AA M1');

  expect(valueOf(await put(layout, rendered([one, { ...one, name: 'lab' }], layout)))).toBe('reload');
  expect(valueOf(await status(layout))).toMatchObject({ pid, services: [{ name: 'adt' }, { name: 'lab' }] });
  expect(await sender.ask(adt('M2'))).toBe('AA M2');

  expect(valueOf(await put(layout, rendered([], layout)))).toBe('reload');
  expect(valueOf(await status(layout))).toMatchObject({ pid, services: [] });
  expect(await stop(layout, 2_000)).toBe(true);
  expect(await status(layout)).toMatchObject({ error: { code: 'relay-not-running' } });
});

test('files for TLS come with it, and those that no server uses any more go', PATIENT, async () => {
  const certificates = makeCertificates();
  const { text } = certificates.issue('engine1');
  const [layout, receiver] = [layoutHere(), await startReceiver(undefined, 0, { cert: text, key: text })];
  const files = ['ca', 'other'].map((name) => {
    const content = new Secret(certificates.authority(name).certificate);
    return { name, path: [], digest: `digest-of-${name}`, content };
  });
  const trusting = (ca: string): Rendered => {
    const tls = { ca: `digest-of-${ca}`, certificate: undefined, serverName: 'localhost' };
    return rendered([relayTo([serverAt('engine1', receiver.port, tls)])], layout, files);
  };
  valueOf(await put(layout, trusting('ca')));
  const sender = await openSender(socketIn(layout));
  expect(await sender.ask(adt('M1'))).toBe('AA M1');
  expect(readdirSync(layout.tls)).toEqual(['digest-of-ca.pem']);

  expect(valueOf(await put(layout, trusting('other')))).toBe('reload');
  expect(await sender.ask(adt('M2'))).toBe('AR M2');
  expect(readdirSync(layout.tls)).toEqual(['digest-of-other.pem']);
  rmSync(certificates.directory, { recursive: true });
});

test('a configuration that it refuses leaves the file and the services as they were', PATIENT, async () => {
  const [layout, receiver] = [layoutHere(), await startReceiver()];
  const one = relayTo([serverAt('engine1', receiver.port)]);
  valueOf(await put(layout, rendered([one], layout)));
  const before = installed(layout);

  const elsewhere = rendered([one, { ...one, name: 'lab' }], layout).text.replace(
    intakeSocketName({ name: 'lab' }),
    'missing/lab.sock',
  );
  expect(await put(layout, { text: elsewhere, files: new Map() })).toMatchObject({
    ok: false,
    error: { code: 'relay-listen' },
  });
  expect(installed(layout)).toBe(before);
  expect(valueOf(await status(layout)).services).toMatchObject([{ name: 'adt' }]);
  const sender = await openSender(socketIn(layout));
  expect(await sender.ask(adt('M1'))).toBe('AA M1');
});

/** What an older relay would be, to whom a newer configuration says nothing. */
const OLDER = `
  require('node:net').createServer((socket) => socket.on('data', (line) => {
    const answer = String(line).includes('status') ? { ok: true, value: { pid: process.pid } } : { ok: false, code: 'relay-configuration' };
    socket.end(JSON.stringify(answer));
  })).listen(process.argv[1], () => console.log('ready'))`;

test('a relay of another version that does not understand what it is told is replaced', PATIENT, async () => {
  const [layout, receiver] = [layoutHere(), await startReceiver()];
  const older = startProgram(process.execPath, ['-e', OLDER, layout.control]);
  await waitFor('the older one answers', () => older.output().includes('ready'));
  valueOf(await put(layout, rendered([relayTo([serverAt('engine1', receiver.port)])], layout)));
  expect(valueOf(await status(layout)).services).toMatchObject([{ name: 'adt' }]);
});

test('one that cannot be started says why, and leaves no file that a later one would begin with', PATIENT, async () => {
  const layout = layoutHere();
  expect(await put(layout, { text: '{"control":1}', files: new Map() })).toMatchObject({
    ok: false,
    error: { code: 'relay-start', message: expect.stringContaining('control must be') },
  });
  expect(installed(layout)).toBeUndefined();
});

test('what it refuses of a command has its own code; what happens is told, also what was before', PATIENT, async () => {
  const [layout, receiver] = [layoutHere(), await startReceiver(({ socket }) => socket.destroy())];
  valueOf(await put(layout, rendered([relayTo([serverAt('engine1', receiver.port)])], layout)));
  expect(await ask(layout, { command: 'hold', service: 'adt' })).toMatchObject({ error: { code: 'relay-command' } });

  const [early, late, gone]: [RelayEvent[], RelayEvent[], string[]] = [[], [], []];
  followRelay(
    layout,
    false,
    (event) => early.push(event),
    () => gone.push('early'),
  );
  const sender = await openSender(socketIn(layout));
  expect(await sender.ask(adt('M1'))).toBe('closed');
  await waitFor('the event', () => early.length > 0);
  followRelay(
    layout,
    true,
    (event) => late.push(event),
    () => gone.push('late'),
  );
  await waitFor('the event again', () => late.length > 0);
  expect(late).toEqual(early);
  expect(early).toMatchObject([{ code: 'relay-outcome-unknown', service: 'adt', server: 'engine1' }]);

  signal(valueOf(await status(layout)).pid, 'SIGKILL');
  await waitFor('both hear that it is gone', () => gone.length === 2);
});
