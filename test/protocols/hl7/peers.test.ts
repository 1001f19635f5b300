import { once } from 'node:events';
import { connect } from 'node:net';
import { Hl7Message } from '@medplum/core';
import { Hl7Client, type Hl7MessageEvent, Hl7Server, ReturnAckCategory } from '@medplum/hl7';
import { Client, HL7_2_5, Message } from 'node-hl7-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { acknowledge, encodeFrame, frameReader, type Hl7Header, hl7Time, isAckFor } from '#protocols';
import { readAcknowledgement, readHeader, readPatientId, selfTestMessage } from '#protocols';
import { freePort, listen, type Listener, valueOf, valuesOf } from '../support.ts';

// Two independent HL7 libraries: they read what we write, we read what they write, and both talk MLLP with us.

const TIME = hl7Time(new Date('2026-03-14T09:26:53Z'));
const REFUSAL = { code: 'AR', controlId: 'V1', time: TIME, text: 'no server is available' } as const;

const ADMIT = ['MSH|^~\\&|EPIC|A|LAB|B|20260314||ADT^A01^ADT_A01|M1|P|2.5', 'PID|1||0815^^^MPI||DOE^ANN', ''].join(
  '\r',
);

const header = (bytes: Uint8Array): Hl7Header => valueOf(readHeader(bytes, 'client'));
const refusal = acknowledge(header(Buffer.from(ADMIT)), REFUSAL).toString('latin1');
const selfTest = selfTestMessage({ messageType: 'NMQ^N01', controlId: 'C1', time: TIME }).toString('latin1');

describe('what we write', () => {
  test('@medplum reads our acknowledgement and our self-test message', () => {
    const ack = Hl7Message.parse(refusal);
    expect(ack.header.getComponent(9, 1)).toBe('ACK');
    expect(ack.header.getField(5).toString()).toBe('EPIC');
    const msa = ack.getSegment('MSA');
    expect([1, 2, 3].map((field) => msa?.getField(field).toString())).toEqual(['AR', 'M1', 'no server is available']);
    expect(ack.getSegment('ERR')?.getComponent(3, 1)).toBe('207');
    expect(Hl7Message.parse(selfTest).header.getField(10).toString()).toBe('C1');
  });

  test('node-hl7-client reads our acknowledgement and our self-test message', () => {
    const ack = new Message({ text: refusal });
    const fields = ['MSH.5', 'MSH.9.2', 'MSA.1', 'MSA.2', 'MSA.3', 'ERR.3.1', 'ERR.8'];
    expect(fields.map((field) => ack.get(field).toString())).toEqual([
      'EPIC',
      'A01',
      'AR',
      'M1',
      'no server is available',
      '207',
      'no server is available',
    ]);
    expect(new Message({ text: selfTest }).get('MSH.9.2').toString()).toBe('N01');
  });
});

const fromNodeHl7 = (): Message =>
  new HL7_2_5()
    .buildMSH({ msh_3: 'APP', msh_4: 'FAC', msh_9_1: 'ADT', msh_9_2: 'A08', msh_10: 'N1', msh_11_1: 'P' })
    .buildEVN({ evn_1: 'A08' })
    .buildPID({ pid_3: 'MRN1', pid_5: 'DOE^JANE' })
    .toMessage();

describe('what they write', () => {
  test('we read the messages and acknowledgements of @medplum', () => {
    const message = Hl7Message.parse(ADMIT);
    const ours = header(Buffer.from(message.toString()));
    expect(ours).toMatchObject({ messageType: 'ADT', triggerEvent: 'A01', controlId: 'M1', version: '2.5' });
    const ack = valueOf(readAcknowledgement(Buffer.from(message.buildAck().toString()), 'server'));
    expect(ack.code).toBe('AA');
    expect(isAckFor(ours, ack)).toBe(true);
  });

  test('we read the messages of node-hl7-client', () => {
    const bytes = Buffer.from(fromNodeHl7().toString());
    expect(header(bytes)).toMatchObject({
      sendingApplication: 'APP',
      messageType: 'ADT',
      triggerEvent: 'A08',
      controlId: 'N1',
    });
    expect(readPatientId(bytes, header(bytes))?.reveal().id).toBe('MRN1');
  });
});

describe('on one connection', () => {
  let refuser: Listener;

  beforeAll(async () => {
    refuser = await listen((socket) => {
      const frames = frameReader({ from: 'client' });
      socket.on('error', () => socket.destroy());
      socket.on('data', (chunk) => {
        for (const message of valuesOf(frames.push(chunk))) {
          socket.write(encodeFrame(acknowledge(header(message), REFUSAL)));
        }
      });
    });
  });
  afterAll(() => refuser.stop());

  test('@medplum takes our refusals for its messages', async () => {
    const client = new Hl7Client({ host: '127.0.0.1', port: refuser.port, keepAlive: true });
    for (const id of ['M1', 'M2', 'M3']) {
      const message = Hl7Message.parse(ADMIT.replace('|M1|', `|${id}|`));
      const answer = await client.sendAndWait(message, { returnAck: ReturnAckCategory.FIRST, timeoutMs: 5_000 });
      expect(answer.getSegment('MSA')?.toString()).toBe(`MSA|AR|${id}|no server is available`);
    }
    await client.close();
  });

  test('node-hl7-client takes our refusal for its message', async () => {
    const client = new Client({ host: '127.0.0.1', version: '2.5' });
    const answer = await new Promise<string>((resolve, reject) => {
      const connection = client.createConnection({ port: refuser.port, version: '2.5' }, (response) => {
        resolve(response.getMessage().toString());
        return connection.close();
      });
      connection.on('client.error', reject);
      connection.sendMessage(fromNodeHl7()).catch(reject);
    });
    client.closeAll();
    const ack = valueOf(readAcknowledgement(Buffer.from(answer), 'server'));
    expect([ack.code, ack.messageControlId]).toEqual(['AR', 'N1']);
  });

  test('a server of @medplum acknowledges our self-test', async () => {
    const theirPort = await freePort();
    const server = new Hl7Server((connection) => {
      connection.addEventListener('message', ({ message }: Hl7MessageEvent) => connection.send(message.buildAck()));
    });
    await server.start(theirPort);
    const socket = connect(theirPort, '127.0.0.1');
    socket.write(encodeFrame(Buffer.from(selfTest)));
    const frames = frameReader({ from: 'server' });
    let answer: Buffer | undefined;
    while (answer === undefined) {
      const [chunk] = (await once(socket, 'data', { signal: AbortSignal.timeout(5_000) })) as [Buffer];
      [answer] = valuesOf(frames.push(chunk));
    }
    socket.end();
    const ack = valueOf(readAcknowledgement(answer, 'server'));
    expect(ack.code).toBe('AA');
    expect(isAckFor(header(Buffer.from(selfTest)), ack)).toBe(true);
    await server.stop();
  });
});
