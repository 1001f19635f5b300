import { connect } from 'node:net';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { encodeFrame } from '#protocols';

import { freePort } from '../support/stand-ins.ts';
import { endPrograms } from '../support/programs.ts';
import { waitFor } from '../support/wait.ts';
import {
  ackOf,
  adt,
  endAll,
  idOf,
  openSender,
  passed,
  type Received,
  said,
  startReceiver,
  startRelay,
  wants,
} from './support.ts';

afterEach(endAll);
afterAll(endPrograms);

const silent = (): void => undefined;

describe('a message', () => {
  test('goes to a server and its acknowledgement comes back, both byte for byte', async () => {
    const odd = encodeFrame(
      Buffer.from('MSH#*!\\$#A#B###1##ADT*A01#7#P#2.3\rPID###1\rZZZ#\x0b\xff\x00\x80\x1b$B\r', 'latin1'),
    );
    const answer = encodeFrame(Buffer.from('MSH#*!\\$#B#A###1##ACK#9#P#2.3\rMSA#AA#7#\xfe\x0b\r\n', 'latin1'));
    const engine = await startReceiver(({ socket }) => void socket.write(answer));
    const { path } = await startRelay([engine]);
    const sender = await openSender(path);
    sender.send(odd);
    expect(await sender.next()).toEqual(answer);
    expect(engine.received[0]?.frame).toEqual(odd);
  });

  test('may be cut anywhere, glued to the next, and be followed by a line end; so may its acknowledgement', async () => {
    const engine = await startReceiver(({ frame, socket }) => {
      const ack = Buffer.concat([Buffer.from('\r\n'), ackOf(frame)]);
      for (let at = 0; at < ack.length; at += 1) setImmediate(() => socket.write(ack.subarray(at, at + 1)));
    });
    const { path } = await startRelay([engine]);
    const sender = await openSender(path);
    const stream = Buffer.concat([adt('M1'), Buffer.from('\n'), adt('M2'), adt('M3')]);
    for (const byte of stream) sender.socket.write(Buffer.of(byte));
    for (const id of ['M1', 'M2', 'M3']) expect(said(await sender.next())).toBe(`AA ${id}`);
  });

  test('of ten megabytes goes through', async () => {
    const engine = await startReceiver();
    const { path } = await startRelay([engine]);
    const sender = await openSender(path);
    const large = encodeFrame(Buffer.concat([adt('M1').subarray(1, -2), Buffer.alloc(10_000_000, 'OBX|1\r')]));
    expect(await sender.ask(large)).toBe('AA M1');
    expect(engine.received[0]?.frame.equals(large)).toBe(true);
  });

  test.each(['AA', 'AE', 'AR', 'CA', 'CE', 'CR'] as const)('is answered %s where its server says so', async (code) => {
    const engine = await startReceiver((received) => received.answer(code));
    const { path } = await startRelay([engine]);
    expect(await (await openSender(path)).ask(adt('M1'))).toBe(`${code} M1`);
  });

  test('comes on a connection of its own, or the sender says no more after it', async () => {
    const engine = await startReceiver();
    const { path, codes } = await startRelay([engine]);
    for (const id of ['M1', 'M2', 'M3']) {
      const sender = await openSender(path);
      sender.socket.end(adt(id));
      expect(said(await sender.next())).toBe(`AA ${id}`);
      expect(await sender.next()).toBeUndefined();
    }
    expect(engine.connections()).toBe(1);
    expect(codes()).toEqual([]);
  });
});

describe('order', () => {
  test('answers to a sender leave as its messages came, whichever server is quicker', async () => {
    const held: Received[] = [];
    const slow = await startReceiver((received) => void held.push(received));
    const quick = await startReceiver();
    const { path } = await startRelay([slow, quick]);
    const sender = await openSender(path);
    sender.send(adt('M1', 'P1'), adt('M2', 'P2'));
    await waitFor('both are there', () => held.length === 1 && quick.received.length === 1);
    expect(sender.pending()).toBe(0);
    held[0]?.answer();
    expect(said(await sender.next())).toBe('AA M1');
    expect(said(await sender.next())).toBe('AA M2');
  });

  test('a patient’s messages go one after another, from several senders and over several servers', async () => {
    const held: Received[] = [];
    const engines = await Promise.all([0, 1].map(() => startReceiver((received) => void held.push(received))));
    const { path } = await startRelay(engines);
    const [one, two] = [await openSender(path), await openSender(path)];
    one.send(adt('M1', 'P1'));
    await waitFor('M1', () => held.length === 1);
    two.send(adt('M2', 'P1'), adt('M3', 'P2'));
    await waitFor('M3', () => held.length === 2);
    expect(held.map(({ frame }) => idOf(frame))).toEqual(['M1', 'M3']);
    held[0]?.answer();
    await waitFor('M2', () => held.length === 3);
    expect(idOf(held[2]?.frame ?? Buffer.alloc(0))).toBe('M2');
  });

  test('a merge waits for both patients, and others do not wait for it', async () => {
    const held: Received[] = [];
    const engine = await startReceiver((received) => void held.push(received));
    const { path } = await startRelay([{ port: engine.port, connections: 4 }]);
    const sender = await openSender(path);
    const merge = encodeFrame(Buffer.concat([adt('M3', 'P1').subarray(1, -2), Buffer.from('MRG|P2\r')]));
    sender.send(adt('M1', 'P1'), adt('M2', 'P2'), merge, adt('M4', 'P2'), adt('M5', 'P3'));
    const ids = () => held.map(({ frame }) => idOf(frame)).join();
    await waitFor('M5', () => ids() === 'M1,M2,M5');
    held[0]?.answer();
    held[1]?.answer();
    await waitFor('the merge', () => ids() === 'M1,M2,M5,M3');
    held[3]?.answer();
    await waitFor('M4', () => ids() === 'M1,M2,M5,M3,M4');
  });

  test('a server has as many messages at once as it has connections, one in each', async () => {
    const held: Received[] = [];
    const engine = await startReceiver((received) => void held.push(received));
    const { path } = await startRelay([{ port: engine.port, connections: 2 }], { order: 'none' });
    const sender = await openSender(path);
    sender.send(adt('M1'), adt('M2'), adt('M3'), adt('M4'));
    for (const [index, id] of ['M1', 'M2', 'M3', 'M4'].entries()) {
      await waitFor('two are under way', () => held.length === Math.min(4, index + 2));
      held[index]?.answer();
      expect(said(await sender.next())).toBe(`AA ${id}`);
    }
    expect(engine.connections()).toBe(2);
  });
});

describe('where no server takes it', () => {
  test('a message goes to the next one, and nobody notices', async () => {
    const engine = await startReceiver();
    const { path, codes } = await startRelay([{ port: await freePort() }, engine], { balance: 'failover' });
    const sender = await openSender(path);
    for (const id of ['M1', 'M2']) expect(await sender.ask(adt(id))).toBe(`AA ${id}`);
    expect(codes()).toEqual(['relay-server-unreachable']);
  });

  test('it is rejected, so that its sender tries again: AR, or CR in enhanced mode', async () => {
    const { path, codes, relay } = await startRelay([{ port: await freePort() }]);
    const sender = await openSender(path);
    expect(await sender.ask(adt('M1'))).toBe('AR M1');
    expect(await sender.ask(adt('M2', 'P1', wants('AL', 'NE')))).toBe('CR M2');
    expect(codes()).toContain('relay-no-server');
    expect(relay.services()[0]?.counters.unserved).toBe(2);
  });

  test('the connection is closed where the sender wants no answers', async () => {
    const { path } = await startRelay([{ port: await freePort() }]);
    expect(await (await openSender(path)).ask(adt('M1', 'P1', wants('NE', 'NE')))).toBe('closed');
  });

  test('it is rejected once it has waited too long for one with room', async () => {
    const engine = await startReceiver(silent);
    const { path } = await startRelay([engine], { timeout: 400, order: 'none' });
    const [one, two, three] = [await openSender(path), await openSender(path), await openSender(path)];
    one.send(adt('M1'));
    await waitFor('M1', () => engine.received.length === 1);
    two.send(adt('M2'));
    three.send(adt('M3'));
    expect(said(await three.next())).toBe('AR M3');
    expect(said(await one.next())).toBe('closed');
    expect(said(await two.next())).toBe('closed');
    expect(engine.ids()).toEqual(['M1', 'M2']);
  });
});

describe('an outcome that is not known', () => {
  test('closes the connection to the sender and to the server, and is told', async () => {
    const engine = await startReceiver(silent);
    const { path, events, relay } = await startRelay([engine], { timeout: 100 });
    const sender = await openSender(path);
    expect(await sender.ask(adt('SECRET1'))).toBe('closed');
    await waitFor('the connection is closed', () => engine.open() === 0);
    expect(relay.services()[0]?.counters.unknown).toBe(1);
    const [event] = events();
    expect(event).toMatchObject({
      code: 'relay-outcome-unknown',
      service: 'adt',
      server: 'engine1',
      sender: '10.1.2.3',
    });
    expect(JSON.stringify(events())).not.toContain('SECRET1');
    expect(event?.message).toMatch(/^[0-9a-f]{16}$/);
  });

  test('of a late acknowledgement never reaches the next message', async () => {
    const engine = await startReceiver((received) => {
      if (idOf(received.frame) === 'M1') setTimeout(() => received.answer(), 150);
      else received.answer();
    });
    const { path } = await startRelay([engine], { timeout: 100 });
    expect(await (await openSender(path)).ask(adt('M1'))).toBe('closed');
    const next = await openSender(path);
    for (const id of ['M2', 'M3', 'M4']) expect(await next.ask(adt(id))).toBe(`AA ${id}`);
  });

  test('is one where the server goes away after it was sent: no other gets it', async () => {
    const engine = await startReceiver(({ socket }) => void socket.destroy());
    const other = await startReceiver();
    const { path } = await startRelay([engine, other], { balance: 'failover' });
    expect(await (await openSender(path)).ask(adt('M1'))).toBe('closed');
    expect(other.ids()).toEqual([]);
  });

  test('is none where duplicates are tolerated and another server answers; it is counted', async () => {
    const engine = await startReceiver(({ socket }) => void socket.destroy());
    const other = await startReceiver();
    const { path, relay, codes } = await startRelay([engine, other], { balance: 'failover', duplicates: 'tolerate' });
    expect(await (await openSender(path)).ask(adt('M1'))).toBe('AA M1');
    expect(relay.services()[0]?.counters).toMatchObject({ sentAgain: 1, unknown: 0 });
    expect(codes()).toContain('relay-sent-again');
  });

  test('is one where the server acknowledges something else', async () => {
    const engine = await startReceiver(({ socket }) => void socket.write(ackOf(adt('M0'))));
    const { path, relay } = await startRelay([engine]);
    expect(await (await openSender(path)).ask(adt('M1'))).toBe('closed');
    await waitFor('the connection is closed', () => engine.open() === 0);
    expect(relay.services()[0]?.destinations()[0]?.pool.servers()[0]?.counters.strays).toBe(1);
  });

  test.each([
    ['garbage', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['a frame without MSH', encodeFrame(Buffer.from('\x06'))],
    ['a message of its own', adt('X1')],
  ])('is one where the server sends %s', async (_, bytes) => {
    const engine = await startReceiver(({ socket }) => void socket.write(bytes));
    const { path, codes } = await startRelay([engine]);
    expect(await (await openSender(path)).ask(adt('M1'))).toBe('closed');
    expect(codes()).toEqual(['relay-outcome-unknown']);
  });

  test('keeps its patient’s next messages waiting no longer than it is awaited', async () => {
    const engine = await startReceiver((received) => void (idOf(received.frame) === 'M1' || received.answer()));
    const { path } = await startRelay([{ port: engine.port, connections: 2 }], { timeout: 300 });
    const [one, two] = [await openSender(path), await openSender(path)];
    one.send(adt('M1'));
    await waitFor('M1', () => engine.received.length === 1);
    await passed(100);
    expect(await two.ask(adt('M2'))).toBe('AA M2');
  });
});

describe('receivers', () => {
  test('that end the connection after each message lose none', async () => {
    const engine = await startReceiver(({ frame, socket }) => void socket.end(ackOf(frame)));
    const { path, codes } = await startRelay([engine]);
    const sender = await openSender(path);
    for (let number = 1; number <= 50; number += 1) expect(await sender.ask(adt(`M${number}`))).toBe(`AA M${number}`);
    expect(codes()).toEqual([]);
    expect(engine.connections()).toBe(50);
  });

  test('that end idle connections lose nothing', async () => {
    const engine = await startReceiver();
    const { path, codes } = await startRelay([engine]);
    const sender = await openSender(path);
    for (let number = 1; number <= 5; number += 1) {
      expect(await sender.ask(adt(`M${number}`))).toBe(`AA M${number}`);
      expect(await sender.ask(adt(`N${number}`))).toBe(`AA N${number}`);
      engine.received.at(-1)?.socket.end();
    }
    expect(codes()).toEqual([]);
  });

  test('that acknowledge twice are heard once', async () => {
    const engine = await startReceiver(
      ({ frame, socket }) => void socket.write(Buffer.concat([ackOf(frame), ackOf(frame)])),
    );
    const { path, codes } = await startRelay([engine]);
    const sender = await openSender(path);
    for (const id of ['M1', 'M2', 'M3']) expect(await sender.ask(adt(id))).toBe(`AA ${id}`);
    expect(sender.pending()).toBe(0);
    expect(codes()).toEqual(Array.from({ length: 3 }, () => 'relay-acknowledgement-stray'));
    expect(engine.connections()).toBe(1);
  });

  test('that accept first and apply later are heard twice, on whichever connection', async () => {
    const held: Received[] = [];
    const engine = await startReceiver((received) => {
      received.answer('CA');
      held.push(received);
    });
    const { path, codes } = await startRelay([engine]);
    const sender = await openSender(path);
    expect(await sender.ask(adt('M1', 'P1', wants('AL', 'AL')))).toBe('CA M1');
    expect(await sender.ask(adt('M2', 'P1', wants('AL', 'NE')))).toBe('CA M2');
    held[0]?.answer('AA');
    expect(said(await sender.next())).toBe('AA M1');
    expect(codes()).toEqual([]);
    held[0]?.answer('AA');
    await waitFor('the second one is counted', () => codes().includes('relay-acknowledgement-stray'));
    expect(await sender.ask(adt('M3'))).toBe('CA M3');
  });

  test('that are asked for no answer give none', async () => {
    const engine = await startReceiver(silent);
    const { path, codes } = await startRelay([engine]);
    const sender = await openSender(path);
    sender.send(adt('M1', 'P1', wants('NE', 'NE')), adt('M2', 'P1', wants('NE', 'NE')));
    await waitFor('both are there', () => engine.received.length === 2);
    expect(codes()).toEqual([]);
  });
});

describe('senders', () => {
  test.each([
    ['garbage', Buffer.from('GET / HTTP/1.1\r\n\r\n'), 'relay-message-unreadable'],
    [
      'binary garbage',
      Buffer.from(Array.from({ length: 300 }, (_, at) => (at * 7919) % 256)),
      'relay-message-unreadable',
    ],
    ['a frame without MSH', encodeFrame(Buffer.from('PID|1\r')), 'relay-message-unreadable'],
    ['an empty frame', encodeFrame(Buffer.alloc(0)), 'relay-message-unreadable'],
  ])('that send %s are cut off, after the answers to what came before', async (_, bytes, code) => {
    const engine = await startReceiver();
    const { path, codes } = await startRelay([engine]);
    const sender = await openSender(path);
    sender.send(adt('M1'), bytes);
    expect(said(await sender.next())).toBe('AA M1');
    expect(await sender.next()).toBeUndefined();
    expect(codes()).toEqual([code]);
    expect(engine.ids()).toEqual(['M1']);
  });

  test('that end within a message have sent nothing, and it is told', async () => {
    const engine = await startReceiver();
    const { path, codes } = await startRelay([engine]);
    const sender = await openSender(path);
    sender.socket.end(adt('M1').subarray(0, -1));
    expect(await sender.next()).toBeUndefined();
    await waitFor('it is told', () => codes().includes('relay-message-cut'));
    expect(engine.ids()).toEqual([]);
  });

  test('that send too much are told so: sending it again would not help', async () => {
    const engine = await startReceiver();
    const { path, codes } = await startRelay([engine], { maxMessage: 1000 });
    const sender = await openSender(path);
    const large = encodeFrame(Buffer.concat([adt('M1').subarray(1, -2), Buffer.alloc(5000, 'x')]));
    expect(await sender.ask(large)).toBe('AE M1');
    expect(await sender.next()).toBeUndefined();
    expect(codes()).toEqual(['relay-message-refused']);
    expect(engine.ids()).toEqual([]);
  });

  test('that name no control id are told so, and may go on', async () => {
    const engine = await startReceiver();
    const { path } = await startRelay([engine]);
    const sender = await openSender(path);
    expect(await sender.ask(adt(''))).toBe('AE ');
    expect(await sender.ask(adt('M2'))).toBe('AA M2');
  });

  test('that no destination is for are told so; others go where they belong', async () => {
    const [adts, labs] = [await startReceiver(), await startReceiver()];
    const to = (name: string, port: number, messageType: string) => ({
      name,
      when: { messageType: [messageType] },
      servers: [{ name: 'engine1', address: `127.0.0.1:${port}` }],
    });
    const { path } = await startRelay([], {
      destinations: [to('adt', adts.port, 'ADT'), to('labs', labs.port, 'ORU')],
    });
    const sender = await openSender(path);
    const typed = (id: string, type: string) =>
      Buffer.from(adt(id).toString('latin1').replace('ADT^', `${type}^`), 'latin1');
    expect(await sender.ask(typed('M1', 'ORU'))).toBe('AA M1');
    expect(await sender.ask(typed('M2', 'ADT'))).toBe('AA M2');
    expect(await sender.ask(typed('M3', 'SIU'))).toBe('AR M3');
    expect([adts.ids(), labs.ids()]).toEqual([['M2'], ['M1']]);
  });

  test('that do not begin as HAProxy does are not served', async () => {
    const { path, codes } = await startRelay([{ port: 1 }]);
    const socket = connect(path);
    socket.on('error', () => undefined);
    socket.write(adt('M1'));
    await new Promise((resolve) => void socket.on('close', resolve));
    expect(codes()).toEqual(['relay-proxy-header']);
  });

  test('that end while their message waits are waited for a little, and then it is sent to nobody', async () => {
    const held: Received[] = [];
    const engine = await startReceiver((received) => void held.push(received));
    const { path, relay } = await startRelay([engine], { timeout: 1200 });
    const [one, two, three] = [await openSender(path), await openSender(path), await openSender(path)];
    one.send(adt('M1'));
    await waitFor('M1', () => held.length === 1);
    two.socket.end(adt('M2'));
    await waitFor('M2 waits', () => relay.services()[0]?.underWay() === 2);
    await passed(300);
    three.socket.end(adt('M3'));
    await waitFor('M3 waits', () => relay.services()[0]?.underWay() === 3);
    held[0]?.answer();
    await waitFor('M3', () => held.length === 2);
    expect(engine.ids()).toEqual(['M1', 'M3']);
    held[1]?.answer();
    expect(await two.next()).toBeUndefined();
    expect(said(await three.next())).toBe('AA M3');
  });

  test('that go away while their message is at a server leave its connection usable', async () => {
    const held: Received[] = [];
    const engine = await startReceiver((received) => void held.push(received));
    const { path, relay } = await startRelay([engine]);
    const one = await openSender(path);
    one.send(adt('M1'));
    await waitFor('M1', () => held.length === 1);
    one.destroy();
    held[0]?.answer();
    await waitFor('it is gone', () => relay.services()[0]?.counters.senders === 0);
    const two = await openSender(path);
    two.send(adt('M2'));
    await waitFor('M2', () => held.length === 2);
    held[1]?.answer();
    expect(said(await two.next())).toBe('AA M2');
    expect(engine.connections()).toBe(1);
  });

  test('that send without end are held back while nothing is answered', async () => {
    const engine = await startReceiver(silent);
    const { path, relay } = await startRelay([engine], { timeout: 60_000 });
    const sender = await openSender(path);
    const filler = encodeFrame(Buffer.concat([adt('M1').subarray(1, -2), Buffer.alloc(50_000, 'x')]));
    let sent = 0;
    const pump = (): void => {
      while (sent < 2000 && sender.socket.write(filler)) sent += 1;
    };
    sender.socket.on('drain', pump);
    pump();
    await waitFor('some were taken', () => (relay.services()[0]?.counters.received ?? 0) >= 64);
    await waitFor('the sender can not go on', () => sender.socket.writableNeedDrain);
    await passed(200);
    expect(relay.services()[0]?.counters.received).toBeLessThan(80);
    expect(sender.socket.writableNeedDrain).toBe(true);
  });
});
