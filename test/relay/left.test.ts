import { afterAll, afterEach, expect, test } from 'vitest';

import { storedIn } from '#relay';

import { leftQueues } from '../../src/relay/left.ts';
import { valueOf } from '../protocols/support.ts';
import { endPrograms } from '../support/programs.ts';
import { freePort } from '../support/stand-ins.ts';
import { waitFor } from '../support/wait.ts';
import { adt, endAll, openSender, startReceiver, startRelay, type TestRelay } from './support.ts';

// What was acknowledged is never forgotten, whatever becomes of the spec.

afterEach(endAll);
afterAll(endPrograms);

const at = (port: number) => [{ name: 'engine1', address: `127.0.0.1:${port}` }];
const destinations = (port: number, ...names: readonly string[]) => ({
  destinations: names.map((name) => ({ name, servers: at(port) })),
});
const STORED = { delivery: 'stored' };

const leftIn = ({ relay, journal }: TestRelay) =>
  leftQueues(relay, journal).map(({ service, destination, depth, dead }) => ({ service, destination, depth, dead }));

/** A relay with a message on its way to nobody, for `default` and for `lab`. */
async function startWithMessage(): Promise<TestRelay & { readonly port: number }> {
  const port = await freePort();
  const relay = await startRelay([], { ...STORED, ...destinations(port, 'default', 'lab') });
  const sender = await openSender(relay.path);
  expect(await sender.ask(adt('M1'))).toBe('CA M1');
  return { ...relay, port };
}

test.each([
  ['a destination that is gone', destinations(0, 'default'), ['lab']],
  ['a destination of another name', destinations(0, 'default', 'laboratory'), ['lab']],
  ['a service that stores nothing any more', { delivery: 'direct' }, ['default', 'lab']],
  ['a service of another name', { name: 'adt2' }, ['default', 'lab']],
])('%s leaves a queue, which is told of, kept, and delivered when it is wanted again', async (_, change, left) => {
  const relay = await startWithMessage();
  const before = { ...STORED, ...destinations(relay.port, 'default', 'lab') };
  const after = { ...before, ...change };
  await relay.change({
    ...after,
    destinations: after.destinations.map((each) => ({ ...each, servers: at(relay.port) })),
  });
  const expected = left.map((destination) => ({ service: 'adt', destination, depth: 1, dead: 0 }));
  await waitFor('they are left', () => leftIn(relay).length === left.length);
  expect(leftIn(relay)).toEqual(expected);
  await waitFor(
    'it is told of',
    () => relay.codes().filter((code) => code === 'relay-queue-left').length === left.length,
  );

  const engine = await startReceiver(undefined, relay.port);
  await relay.change(before);
  await waitFor('both are delivered', () => engine.ids().length === 2);
  await waitFor('nothing is left', () => leftIn(relay).length === 0);
});

test('what is left can be looked at and discarded, and is forgotten by that alone', async () => {
  const relay = await startWithMessage();
  await relay.change({ ...STORED, ...destinations(relay.port, 'default') });
  const lab = { destination: 'lab' };
  expect(await relay.command('discard', { ...lab, all: true })).toEqual({ messages: 0 });
  expect(leftIn(relay)).toEqual([{ service: 'adt', destination: 'lab', depth: 1, dead: 0 }]);
  expect(await relay.command('list', lab)).toEqual([]);
  expect(await relay.command('discard', { ...lab, all: true, waiting: true })).toEqual({ messages: 1 });
  expect(leftIn(relay)).toEqual([]);
  expect(await relay.command('list', lab)).toBe('relay-command');
  await relay.change({ ...STORED, ...destinations(relay.port, 'default', 'lab') });
  const engine = await startReceiver(undefined, relay.port);
  await waitFor('only the other one is delivered', () => engine.ids().length === 1);
  await waitFor('nothing waits', () => valueOf(storedIn(relay.database.location() ?? '')).length === 0);
});

test('what waits is discarded of a queue that is held, and of no other; it goes on with what comes then', async () => {
  const relay = await startWithMessage();
  const lab = { destination: 'lab' };
  expect(await relay.command('discard', { ...lab, all: true, waiting: true })).toBe('relay-command');
  await relay.command('hold', lab);
  expect(await relay.command('discard', { ...lab, all: true, waiting: true })).toEqual({ messages: 1 });
  expect(valueOf(storedIn(relay.database.location() ?? ''))).toMatchObject([{ destination: 'default', depth: 1 }]);
  const sender = await openSender(relay.path);
  expect(await sender.ask(adt('M2'))).toBe('CA M2');
  await relay.command('release', lab);
  const engine = await startReceiver(undefined, relay.port);
  await waitFor('all is delivered', () => engine.ids().length === 3);
  expect(engine.ids().toSorted()).toEqual(['M1', 'M2', 'M2']);
  await waitFor('nothing waits', () => valueOf(storedIn(relay.database.location() ?? '')).length === 0);
});

test('while much is discarded others are answered, what comes then stays, and nothing is sent of the rest', async () => {
  const relay = await startWithMessage();
  const lab = { destination: 'lab' };
  await relay.command('hold', lab);
  relay.database.exec(`
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000)
    INSERT INTO messages (id, at, frame) SELECT 100 + i, i, X'0B4D53481C0D' FROM n;
    INSERT INTO waiting (queue, id, message, keys)
      SELECT (SELECT id FROM queues WHERE destination = 'lab'), id, id, '["P"]' FROM messages WHERE id > 100;
    UPDATE ids SET next = 5000`);
  const sender = await openSender(relay.path);
  const discarded = relay.command('discard', { ...lab, all: true, waiting: true });
  expect(await relay.command('release', lab)).toBe('relay-command');
  const first = await Promise.race([discarded, sender.ask(adt('M2'))]);
  expect(first).toBe('CA M2');
  expect(await discarded).toEqual({ messages: 4_001 });
  await relay.command('release', lab);
  const engine = await startReceiver(undefined, relay.port);
  await waitFor('all is delivered', () => engine.ids().length === 3);
  expect(engine.ids().toSorted()).toEqual(['M1', 'M2', 'M2']);
  expect(relay.codes()).not.toContain('relay-message-dead');
});

test('what was left goes to whichever of several servers, as soon as it is served again', async () => {
  const ports = [await freePort(), await freePort()];
  const relay = await startRelay(
    ports.map((port) => ({ port })),
    STORED,
  );
  const sender = await openSender(relay.path);
  for (const id of ['M1', 'M2', 'M3']) expect(await sender.ask(adt(id))).toBe(`CA ${id}`);
  await relay.change({ delivery: 'direct' });
  // As if none had been meant for one of them yet.
  relay.database.exec('UPDATE waiting SET server = NULL');
  const engines = await Promise.all(ports.map((port) => startReceiver(undefined, port)));
  await relay.change(STORED);
  await waitFor('all are delivered', () => engines.flatMap((engine) => engine.ids()).length === 3);
});
