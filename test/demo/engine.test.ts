import { once } from 'node:events';
import { connect } from 'node:net';
import { Hl7Message } from '@medplum/core';
import { Hl7Client, ReturnAckCategory } from '@medplum/hl7';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { hl7Sender, people, type Person, updateMessage } from '#demo';
import { encodeFrame, frameReader, hl7Time, readAcknowledgement, selfTestMessage } from '#protocols';
import { type StandIn, startStandIn } from '../support/stand-ins.ts';

vi.setConfig({ testTimeout: 20_000, hookTimeout: 20_000 });

// @medplum/hl7 is the independent peer.

let engine1: StandIn;
beforeAll(async () => void (engine1 = await startStandIn('engine', { name: 'engine1' })));
beforeEach(() => engine1.set({}));
afterAll(() => engine1.kill());

const [somebody] = people as readonly [Person];
const peer = () => ({ host: '127.0.0.1', port: engine1.port, timeout: 5_000 });
const OK = { ok: true, value: undefined };

test('@medplum has each message acknowledged with AA, on one connection', async () => {
  const client = new Hl7Client({ host: '127.0.0.1', port: engine1.port, keepAlive: true });
  const before = await engine1.worked();
  for (const id of ['M1', 'M2']) {
    const message = Hl7Message.parse(updateMessage(somebody, id).toString('latin1'));
    const answer = await client.sendAndWait(message, { returnAck: ReturnAckCategory.FIRST, timeoutMs: 5_000 });
    expect(answer.getSegment('MSA')?.toString()).toBe(`MSA|AA|${id}`);
  }
  await client.close();
  expect(await engine1.worked()).toBe(before + 2);
});

test('told to be slow, keeps messages back, and answers health checks at once', async () => {
  await engine1.set({ slow: 60_000 });
  const before = await engine1.worked();
  const sender = hl7Sender({ ...peer(), timeout: 500 });
  expect(await sender.send(updateMessage(somebody, 'S1'))).toEqual({ ok: false, error: 'no answer within 500 ms' });
  const check = selfTestMessage({ messageType: 'NMQ^N01', controlId: 'S2', time: hl7Time(new Date()) });
  expect(await sender.send(check)).toEqual(OK);
  expect(await engine1.worked()).toBe(before + 1);
  sender.close();
});

test('acknowledges in order, whatever comes at once, also to a client that says no more', async () => {
  await engine1.set({ slow: 30 });
  const socket = connect({ port: engine1.port, host: '127.0.0.1', allowHalfOpen: true });
  const ids = ['A', 'B', 'C'];
  socket.end(Buffer.concat(ids.map((id) => encodeFrame(updateMessage(somebody, id)))));
  const frames = frameReader({ from: 'server' });
  const acknowledged: string[] = [];
  socket.on('data', (chunk) => {
    for (const frame of frames.push(chunk)) {
      const ack = frame.ok ? readAcknowledgement(frame.value, 'server') : frame;
      acknowledged.push(ack.ok ? ack.value.messageControlId : ack.error.code);
    }
  });
  await once(socket, 'end');
  expect(acknowledged).toEqual(ids);
});

test('our sender takes only its own acknowledgement for a success', async () => {
  const sender = hl7Sender(peer());
  expect(await sender.send(updateMessage(somebody, 'N1'))).toEqual(OK);
  await engine1.set({ ack: 'AE' });
  expect(await sender.send(updateMessage(somebody, 'N2'))).toEqual({ ok: false, error: 'acknowledged with AE' });
  sender.close();
});

test('a late acknowledgement is never taken for that of the next message', async () => {
  const sender = hl7Sender({ ...peer(), timeout: 500 });
  await engine1.set({ slow: 700 });
  expect(await sender.send(updateMessage(somebody, 'L1'))).toEqual({ ok: false, error: 'no answer within 500 ms' });
  await engine1.set({});
  expect(await sender.send(updateMessage(somebody, 'L2'))).toEqual(OK);
  sender.close();
});

test('prints nothing of what it is sent, and closes on what is no message', async () => {
  const sender = hl7Sender(peer());
  await sender.send(updateMessage({ ...somebody, family: 'CANARY4711' }, 'CANARY4712'));
  sender.close();
  const socket = connect(engine1.port, '127.0.0.1');
  socket.end(encodeFrame(Buffer.from('CANARY4713')));
  socket.resume();
  await once(socket, 'end');
  await engine1.worked();
  expect(engine1.output()).not.toContain('CANARY');
});
