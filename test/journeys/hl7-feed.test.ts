import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { people, updateMessage } from '#demo';
import { encodeFrame } from '#protocols';

import { type Feed, openFeed } from '../support/hl7.ts';
import { startHl7Load } from '../support/load.ts';
import { freePorts, type StandIn, startStandIn } from '../support/stand-ins.ts';
import { startVagus, type Vagus } from '../support/vagus.ts';
import { waitFor } from '../support/wait.ts';

// An HL7 feed over MLLP with two engines behind it, one at a time. The senders speak through a library of others.

let engines: StandIn[];
let quiet: Feed;
let ports: { readonly adt: number; readonly lab: number };
let vagus: Vagus;

beforeAll(async () => {
  engines = await Promise.all(['engine1', 'engine2', 'engine3'].map((name) => startStandIn('engine', { name })));
  const [adt = 0, lab = 0] = await freePorts(2);
  ports = { adt, lab };
  const at = (index: number) => `127.0.0.1:${engines[index]?.port}`;
  vagus = await startVagus(`
version: 1
site: feed
services:
  adt:
    preset: hl7-mllp
    listen: 127.0.0.1:${adt}
    check: { type: hl7, interval: 1s }
    servers: { engine1: ${at(0)}, engine2: ${at(1)} }
  lab:
    preset: hl7-mllp
    listen: 127.0.0.1:${lab}
    check: { type: hl7, interval: 1s }
    servers: { engine3: ${at(2)} }
`);
  await areUp('adt/engine1', 'adt/engine2', 'lab/engine3');
  quiet = await openFeed(lab);
  await answered(quiet, 'QUIET-1', 'engine3');
});

afterAll(async () => {
  await quiet?.close();
  await vagus?.stop();
  await Promise.all((engines ?? []).map((engine) => engine.kill()));
});

const areUp = (...labels: readonly string[]) =>
  waitFor(`${labels.join(', ')} are up`, async () => {
    const states = await Promise.all(labels.map(async (label) => (await vagus.server(label)).state));
    return states.every((state) => state === 'up');
  });

const isDown = (label: string) => waitFor(`${label} is down`, async () => (await vagus.server(label)).state === 'down');

async function answered(feed: Feed, controlId: string, by: string): Promise<void> {
  expect(await feed.send(controlId)).toEqual({ code: 'AA', controlId, by });
}

test('every message is acknowledged, and all by the first engine', async () => {
  const feed = await openFeed(ports.adt);
  for (let count = 1; count <= 50; count += 1) await answered(feed, `STEADY-${count}`, 'engine1');
  await feed.close();
});

test('the engine is killed: the next message succeeds at the other one, and its sender stays there', async () => {
  const load = startHl7Load({ port: ports.adt, workers: 4 });
  await waitFor('the load is steady', () => load.report().ok > 50);
  await engines[0]?.kill();

  const before = load.report();
  await waitFor('every sender goes on', () => load.report().ok > before.ok + 100);
  const { failures } = await load.stop();
  const lost = [...failures.values()].reduce((sum, count) => sum + count, 0);
  expect(lost, `one message of each sender at most, not ${JSON.stringify([...failures])}`).toBeLessThanOrEqual(4);

  engines[0] = await startStandIn('engine', { name: 'engine1', port: engines[0]?.port ?? 0 });
  await areUp('adt/engine1');
  const [known, other] = await Promise.all([openFeed(ports.adt), openFeed(ports.adt, '127.0.0.2')]);
  await answered(known, 'KNOWN-1', 'engine2');
  await answered(other, 'OTHER-1', 'engine1');
  await Promise.all([known.close(), other.close()]);
});

test('the engine hangs: its senders are let go of once it is seen as down, and succeed at the other one', async () => {
  const [first] = engines as [StandIn];
  const feed = await openFeed(ports.adt, '127.0.0.3');
  await answered(feed, 'HANG-1', 'engine1');
  first.hang();
  expect(await feed.send('HANG-2'), 'closed, and never acknowledged').toBeUndefined();
  const again = await openFeed(ports.adt, '127.0.0.3');
  await answered(again, 'HANG-2', 'engine2');
  await again.close();
  first.resume();
  await areUp('adt/engine1');
});

test('an engine is drained: the message under way is acknowledged, new senders go to the other one', async () => {
  const [first] = engines as [StandIn];
  const feed = await openFeed(ports.adt, '127.0.0.4');
  await answered(feed, 'DRAIN-1', 'engine1');
  await first.set({ slow: 1_500 });
  const underWay = feed.send('DRAIN-2');
  const drained = await vagus.cli('server', 'drain', 'adt/engine1');
  expect(drained.exitCode, drained.stderr).toBe(0);

  const fresh = await openFeed(ports.adt, '127.0.0.5');
  await answered(fresh, 'DRAIN-3', 'engine2');
  expect(await underWay).toEqual({ code: 'AA', controlId: 'DRAIN-2', by: 'engine1' });
  await Promise.all([feed.close(), fresh.close()]);
});

test('a sender that the drained engine knows goes to the other one as well when it connects again', async () => {
  const back = await openFeed(ports.adt, '127.0.0.4');
  const answer = await back.send('DRAIN-4');
  await back.close();
  await engines[0]?.set({});
  await vagus.cli('server', 'ready', 'adt/engine1');
  expect(answer).toEqual({ code: 'AA', controlId: 'DRAIN-4', by: 'engine2' });
});

test('no engine: the connection is closed in order, without a byte from us', async () => {
  await Promise.all([engines[0]?.kill(), engines[1]?.kill()]);
  await Promise.all([isDown('adt/engine1'), isDown('adt/engine2')]);
  const [person] = people;
  if (person === undefined) throw new Error('nobody to tell of');
  const socket = connect(ports.adt, '127.0.0.1');
  const received: Buffer[] = [];
  const errors: string[] = [];
  socket.on('data', (chunk) => received.push(Buffer.from(chunk)));
  socket.on('error', (error: NodeJS.ErrnoException) => errors.push(error.code ?? error.message));
  socket.write(encodeFrame(updateMessage(person, 'NOBODY-1')));
  await once(socket, 'close');
  expect(Buffer.concat(received).toString('latin1')).toBe('');
  expect(errors).toEqual([]);
  await waitFor('the event', () => /adt: no server could take a connection/.test(vagus.output()));
});

test('a connection that has been quiet all the while is as good as new', async () => {
  await answered(quiet, 'QUIET-2', 'engine3');
});
