import { afterAll, afterEach, describe, expect, test } from 'vitest';

import { freePort } from '../support/stand-ins.ts';
import { endPrograms } from '../support/programs.ts';
import { waitFor } from '../support/wait.ts';
import {
  adt,
  endAll,
  idOf,
  openSender,
  type Received,
  said,
  startReceiver,
  startRelay,
  type TestRelay,
  wants,
} from './support.ts';

afterEach(endAll);
afterAll(endPrograms);

const STORED = { delivery: 'stored' };

const depthOf = ({ relay }: TestRelay): number | undefined => relay.services()[0]?.destinations()[0]?.queue?.depth();
const countersOf = ({ relay }: TestRelay) => relay.services()[0]?.counters;

/** How many messages the file has. */
const onDisk = ({ database }: TestRelay): unknown =>
  database.prepare('SELECT count(*) AS n FROM messages').get()?.['n'];

describe('a stored message', () => {
  test('is acknowledged by us once it is on disk, delivered as it came, and forgotten', async () => {
    const held: Received[] = [];
    const engine = await startReceiver((received) => void held.push(received));
    const relay = await startRelay([engine], STORED);
    const sender = await openSender(relay.path);
    expect(await sender.ask(adt('M1'))).toBe('CA M1');
    await waitFor('it is sent', () => held.length === 1);
    expect(held[0]?.frame).toEqual(adt('M1'));
    expect(onDisk(relay)).toBe(1);
    held[0]?.answer();
    await waitFor('it is done', () => depthOf(relay) === 0);
    expect(onDisk(relay)).toBe(0);
  });

  test.each([
    ['commit', '', '', 'CA M1'],
    ['application', '', '', 'AA M1'],
    ['application', 'AL', 'NE', 'AA M1'],
    ['commit', 'SU', '', 'CA M1'],
  ])(
    'is acknowledged as the site says (%s, MSH-15 %j, MSH-16 %j): %s',
    async (acknowledge, accept, application, ack) => {
      const { path } = await startRelay([await startReceiver()], { ...STORED, acknowledge });
      expect(await (await openSender(path)).ask(adt('M1', 'P1', wants(accept, application)))).toBe(ack);
    },
  );

  test.each([
    ['NE', 'NE'],
    ['ER', 'NE'],
  ])('is not acknowledged where its sender asks for none (MSH-15 %j, MSH-16 %j)', async (accept, application) => {
    const engine = await startReceiver();
    const { path } = await startRelay([engine], STORED);
    const sender = await openSender(path);
    sender.send(adt('M1', 'P1', wants(accept, application)), adt('M2'));
    expect(said(await sender.next())).toBe('CA M2');
    await waitFor('both are delivered', () => engine.received.length === 2);
  });

  test.each([
    ['at once', 'AL', 'AL', ['AA'], ['CA M1', 'AA M1']],
    ['after it has accepted it', 'AL', 'AL', ['CA', 'AA'], ['CA M1', 'AA M1']],
    ['as an error', 'AL', 'ER', ['AE'], ['CA M1', 'AE M1']],
    ['as a success that was not asked for', 'AL', 'ER', ['AA'], ['CA M1']],
    ['to a sender that did not ask', '', '', ['AA'], ['CA M1']],
  ] as const)(
    'is told of by the application %s (MSH-15 %j, MSH-16 %j)',
    async (_, accept, application, codes, heard) => {
      const engine = await startReceiver((received) => {
        for (const code of codes) received.answer(code);
      });
      const relay = await startRelay([engine], STORED);
      const sender = await openSender(relay.path);
      sender.send(adt('M1', 'P1', wants(accept, application)));
      for (const words of heard) expect(said(await sender.next())).toBe(words);
      // What is told of M1 is told before M2 is answered.
      await waitFor('it is through', () => depthOf(relay) === 0);
      expect(await sender.ask(adt('M2'))).toBe('CA M2');
    },
  );

  test('waits for a server as long as it takes', async () => {
    const port = await freePort();
    const relay = await startRelay([{ port }], STORED);
    const sender = await openSender(relay.path);
    for (const id of ['M1', 'M2', 'M3']) expect(await sender.ask(adt(id))).toBe(`CA ${id}`);
    expect(depthOf(relay)).toBe(3);
    const engine = await startReceiver(undefined, port);
    await waitFor('all are delivered', () => depthOf(relay) === 0);
    expect(engine.ids()).toEqual(['M1', 'M2', 'M3']);
  });

  test('is refused, and nothing else is lost, where the disk is full', async () => {
    const relay = await startRelay([{ port: await freePort() }], STORED);
    const sender = await openSender(relay.path);
    expect(await sender.ask(adt('M1'))).toBe('CA M1');
    const pages = Number(relay.database.prepare('PRAGMA page_count').get()?.['page_count']);
    relay.database.exec(`PRAGMA max_page_count = ${pages}`);
    const filler = Buffer.concat([adt('M2').subarray(0, -2), Buffer.alloc(1_000_000, 'x'), Buffer.from('\r\x1c\r')]);
    expect(await sender.ask(filler)).toBe('AR M2');
    expect(relay.codes()).toContain('relay-journal-full');
    expect(depthOf(relay)).toBe(1);
    relay.database.exec('PRAGMA max_page_count = 1000000');
    expect(await sender.ask(filler)).toBe('CA M2');
    expect(onDisk(relay)).toBe(2);
  });
});

describe('what a sender repeats', () => {
  test('is acknowledged and not stored twice, though MSH was written anew', async () => {
    const engine = await startReceiver();
    const relay = await startRelay([engine], STORED);
    const sender = await openSender(relay.path);
    const again = Buffer.from(adt('M1').toString('latin1').replace('|20261124|', '|20261125|'), 'latin1');
    expect(await sender.ask(adt('M1'))).toBe('CA M1');
    expect(await sender.ask(again)).toBe('CA M1');
    const another = await openSender(relay.path);
    another.send(adt('M1'), adt('M1'));
    expect(said(await another.next())).toBe('CA M1');
    expect(said(await another.next())).toBe('CA M1');
    await waitFor('all is delivered', () => depthOf(relay) === 0);
    expect(engine.ids()).toEqual(['M1']);
    expect(countersOf(relay)).toMatchObject({ stored: 1, repeated: 3 });
  });

  test('is another message where it says something else, though the control id is the same', async () => {
    const engine = await startReceiver();
    const relay = await startRelay([engine], STORED);
    const sender = await openSender(relay.path);
    for (const patient of ['P1', 'P2']) expect(await sender.ask(adt('1', patient))).toBe('CA 1');
    await waitFor('both are delivered', () => engine.received.length === 2);
  });

  test('is stored again where duplicates are tolerated', async () => {
    const engine = await startReceiver();
    const relay = await startRelay([engine], { ...STORED, duplicates: 'tolerate' });
    const sender = await openSender(relay.path);
    for (let count = 0; count < 2; count += 1) expect(await sender.ask(adt('M1'))).toBe('CA M1');
    await waitFor('both are delivered', () => engine.received.length === 2);
  });
});

describe('what a server does not take', () => {
  test.each(['AE', 'CE'] as const)('with %s is given up at once, and the patient’s next goes on', async (code) => {
    const engine = await startReceiver((received) => received.answer(idOf(received.frame) === 'M1' ? code : 'AA'));
    const relay = await startRelay([engine], STORED);
    const sender = await openSender(relay.path);
    sender.send(adt('M1'), adt('M2'));
    await waitFor('both are through', () => engine.received.length === 2 && depthOf(relay) === 0);
    expect(engine.ids()).toEqual(['M1', 'M2']);
    expect(relay.codes()).toEqual(['relay-message-dead']);
    const listed = await relay.command('list');
    expect(listed).toMatchObject([{ reason: code, attempts: 1, messageType: 'ADT', triggerEvent: 'A08' }]);
    expect(JSON.stringify(listed)).not.toMatch(/M1|P1|ANN/);
  });

  test('with AR is sent again after a pause, before the patient’s next', async () => {
    let refusals = 1;
    const engine = await startReceiver((received) => received.answer((refusals -= 1) >= 0 ? 'AR' : 'AA'));
    const relay = await startRelay([{ port: engine.port, connections: 2 }], STORED);
    const sender = await openSender(relay.path);
    sender.send(adt('M1', 'P1'), adt('M2', 'P1'), adt('M3', 'P2'));
    await waitFor('all are through', () => engine.received.length === 4 && depthOf(relay) === 0);
    expect(engine.ids()).toEqual(['M1', 'M3', 'M1', 'M2']);
  });

  test('as often as the site says is given up', async () => {
    const engine = await startReceiver((received) => received.answer('AR'));
    const relay = await startRelay([engine], { ...STORED, attempts: 2 });
    await (await openSender(relay.path)).ask(adt('M1'));
    await waitFor('it is given up', () => countersOf(relay)?.dead === 1);
    expect(engine.ids()).toEqual(['M1', 'M1']);
    expect(await relay.command('list')).toMatchObject([{ reason: 'AR', attempts: 2 }]);
  });

  test('and may have all the same goes to the same server again, and to no other', async () => {
    let hasFailed = false;
    const engine = await startReceiver((received) => {
      if (hasFailed) received.answer();
      else received.socket.destroy();
      hasFailed = true;
    });
    const other = await startReceiver();
    const relay = await startRelay([engine, other], { ...STORED, balance: 'failover' });
    await (await openSender(relay.path)).ask(adt('M1'));
    await waitFor('it is through', () => depthOf(relay) === 0);
    expect(engine.ids()).toEqual(['M1', 'M1']);
    expect(other.ids()).toEqual([]);
  });

  test('and may have, and whose server does not come back, is given up: no other gets it', async () => {
    const engine = await startReceiver(({ socket }) => void socket.destroy());
    const other = await startReceiver();
    const relay = await startRelay([engine, other], { ...STORED, balance: 'failover', attempts: 3 });
    await (await openSender(relay.path)).ask(adt('M1'));
    await waitFor('it was sent', () => engine.received.length === 1);
    await engine.close();
    await waitFor('it is given up', () => countersOf(relay)?.dead === 1);
    expect(other.ids()).toEqual([]);
  });

  test('can be sent again or discarded by hand', async () => {
    let code: 'AE' | 'AA' = 'AE';
    const engine = await startReceiver((received) => received.answer(code));
    const relay = await startRelay([engine], STORED);
    const sender = await openSender(relay.path);
    for (const id of ['M1', 'M2', 'M3']) await sender.ask(adt(id));
    const list = async () => (await relay.command('list')) as { id: number }[];
    await waitFor('they are given up', async () => (await list()).length === 3);
    const listed = await list();
    const [third, second, first] = listed.map(({ id }) => id);
    code = 'AA';
    expect(await relay.command('show', { id: first })).toMatchObject({ id: first, reason: 'AE' });
    expect(await relay.command('discard', { id: second })).toEqual({ messages: 1 });
    expect(await relay.command('resend', { id: first })).toEqual({ messages: 1 });
    await waitFor('it is delivered', () => engine.received.length === 4);
    expect(await relay.command('resend', { id: first })).toBe('relay-no-message');
    expect(await relay.command('resend', { all: true })).toEqual({ messages: 1 });
    await waitFor('all are through', () => depthOf(relay) === 0);
    expect(third).toBeDefined();
    expect(relay.relay.services()[0]?.destinations()[0]?.queue?.counts()).toEqual({ taken: 3, delivered: 2 });
    expect(engine.ids().slice(3)).toEqual(['M1', 'M3']);
    expect(onDisk(relay)).toBe(0);
    expect(await relay.command('list')).toEqual([]);
  });
});

test('all that was given up is sent again in its order, or discarded, however much it is', async () => {
  const relay = await startRelay([{ port: await freePort() }], STORED);
  const { database } = relay;
  const giveUp = (count: number): void =>
    database.exec(`
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
      INSERT INTO messages (id, at, frame) SELECT i, i, X'0B4D53481C0D' FROM n;
      INSERT INTO dead (queue, id, message, keys, attempts, reason, at)
        SELECT 1, id, id, '["P"]', 1, 'AE', 1 FROM messages;
      UPDATE ids SET next = ${count + 1}`);
  giveUp(12_000);
  await relay.command('hold');
  expect(await relay.command('resend', { all: true })).toEqual({ messages: 12_000 });
  expect(depthOf(relay)).toBe(12_000);
  const order = database.prepare('SELECT message FROM waiting ORDER BY id').all();
  expect(order.map(({ message }) => message)).toEqual(order.map((_, index) => index + 1));
  database.exec(`
    INSERT INTO dead SELECT queue, id, message, keys, 1, 'AE', 1 FROM waiting;
    DELETE FROM waiting`);
  expect(await relay.command('discard', { all: true })).toEqual({ messages: 12_000 });
  expect(onDisk(relay)).toBe(0);
});

describe('destinations', () => {
  const to = (name: string, port: number, more: object = {}) => ({
    name,
    servers: [{ name: 'engine1', address: `127.0.0.1:${port}` }],
    ...more,
  });

  test('that want a message get it each, and none waits for another', async () => {
    const [labs, adts] = [await startReceiver(), await startReceiver()];
    const { path, relay, database } = await startRelay([], {
      ...STORED,
      destinations: [
        to('labs', labs.port),
        to('gone', await freePort()),
        to('adt', adts.port, { when: { messageType: ['ORU'] } }),
      ],
    });
    expect(await (await openSender(path)).ask(adt('M1'))).toBe('CA M1');
    await waitFor('it is there', () => labs.received.length === 1);
    const depths = () =>
      relay
        .services()[0]
        ?.destinations()
        .map(({ queue }) => queue?.depth());
    await waitFor('it is done', () => depths()?.join() === '0,1,0');
    expect(adts.ids()).toEqual([]);
    expect(database.prepare('SELECT count(*) AS n FROM messages').get()).toEqual({ n: 1 });
  });

  test('can be held, and released', async () => {
    const engine = await startReceiver();
    const relay = await startRelay([engine], STORED);
    const sender = await openSender(relay.path);
    await relay.command('hold');
    for (const id of ['M1', 'M2']) expect(await sender.ask(adt(id))).toBe(`CA ${id}`);
    expect(depthOf(relay)).toBe(2);
    expect(engine.ids()).toEqual([]);
    expect(relay.database.prepare('SELECT held FROM queues').get()).toEqual({ held: 1 });
    await relay.command('release');
    await waitFor('both are delivered', () => engine.ids().join() === 'M1,M2');
  });

  test('get no more in a second than they are to', async () => {
    const engine = await startReceiver();
    const relay = await startRelay([], { ...STORED, destinations: [to('default', engine.port, { rate: 50 })] });
    const sender = await openSender(relay.path);
    const start = performance.now();
    sender.send(...Array.from({ length: 30 }, (_, index) => adt(`M${index}`, `P${index}`)));
    await waitFor('all are delivered', () => engine.received.length === 30);
    expect(performance.now() - start).toBeGreaterThan(400);
    expect(performance.now() - start).toBeLessThan(3_000);
  });

  test('unknown to a command are named', async () => {
    const relay = await startRelay([{ port: 1 }], STORED);
    expect(await relay.command('hold', { service: 'x' })).toBe('relay-command');
    expect(await relay.command('hold', { destination: 'x' })).toBe('relay-command');
    expect(await relay.command('show', { id: 99 })).toBe('relay-no-message');
  });
});

describe('order', () => {
  test('a patient that is refused delays no other, however many of his messages wait', async () => {
    const engine = await startReceiver((received) => received.answer(received.frame.includes('|BAD^') ? 'AR' : 'AA'));
    const relay = await startRelay([{ port: engine.port, connections: 4 }], STORED);
    const sender = await openSender(relay.path);
    const total = 1_200;
    let answered = 0;
    for (let number = 0; number < total; number += 1) {
      sender.send(adt(`B${number}`, 'BAD'));
      if (number % 50 === 0) {
        for (; answered < number; answered += 1) await sender.next();
      }
    }
    for (; answered < total; answered += 1) await sender.next();
    expect(await sender.ask(adt('G1', 'GOOD'))).toBe('CA G1');
    await waitFor('the other is delivered', () => engine.ids().includes('G1'));
    expect(new Set(engine.ids())).toEqual(new Set(['B0', 'G1']));
  });

  test('messages stay in order for each patient, whatever is refused, cut or slow', async () => {
    const doneBefore = new Map<string, string[]>();
    let count = 0;
    const engine = await startReceiver((received) => {
      count += 1;
      if (count % 7 === 0) return received.answer('AR');
      if (count % 11 === 0) return void received.socket.destroy();
      const patient = /PID\|1\|\|([^^]*)/.exec(received.frame.toString('latin1'))?.[1] ?? '';
      doneBefore.set(patient, [...(doneBefore.get(patient) ?? []), idOf(received.frame)]);
      setTimeout(() => received.answer(), count % 3);
    });
    const relay = await startRelay([{ port: engine.port, connections: 5 }], STORED);
    const senders = await Promise.all([0, 1].map(() => openSender(relay.path)));
    await Promise.all(
      senders.map(async (sender, index) => {
        for (let number = 0; number < 24; number += 1) {
          const id = `${index}${String(number).padStart(3, '0')}`;
          expect(await sender.ask(adt(id, `P${index}${number % 4}`))).toBe(`CA ${id}`);
        }
      }),
    );
    await waitFor('all are through', () => depthOf(relay) === 0, 60_000);
    expect(doneBefore.size).toBe(8);
    for (const ids of doneBefore.values()) {
      expect(ids.length).toBe(6);
      expect(ids).toEqual(ids.toSorted());
    }
  }, 90_000);

  test('what waited on disk goes before what comes', async () => {
    const engine = await startReceiver();
    const relay = await startRelay([engine], { ...STORED });
    await relay.command('hold');
    const sender = await openSender(relay.path);
    for (let number = 0; number < 100; number += 1) await sender.ask(adt(`${1000 + number}`, `P${number % 3}`));
    await relay.command('release');
    await sender.ask(adt('2000', 'P1'));
    await waitFor('all are through', () => depthOf(relay) === 0);
    const ofOne = engine.received.filter(({ frame }) => frame.includes('|P1^')).map(({ frame }) => idOf(frame));
    expect(ofOne).toEqual(ofOne.toSorted());
  });
});
