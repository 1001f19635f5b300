import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeFrame, frameReader, frameSplitter, hl7Time, readAcknowledgement } from '#protocols';

import { expectationOf, isAnswerTo, readAnswer, refuse } from '../../src/relay/answer.ts';
import { contentOf, type Message, objectionTo, type Reading, readMessage } from '../../src/relay/message.ts';
import { isMeant, routesOf } from '../../src/relay/route.ts';
import { chunked, codeOf, pushAll, valueOf, valuesOf } from '../protocols/support.ts';

const BY_PATIENT: Reading = { order: 'patient', patientField: { segment: 'PID', field: 3 }, batches: 'whole' };

const frameOf = (...segments: readonly string[]): Buffer =>
  encodeFrame(Buffer.from(segments.map((segment) => `${segment}\r`).join(''), 'latin1'));

const MSH = 'MSH|^~\\&|ADT1|ST_E|LAB|ST_E|20261124||ADT^A01|M1|P|2.5';
const message = (...segments: readonly string[]): Message => valueOf(readMessage(frameOf(...segments), BY_PATIENT));
const keys = (...segments: readonly string[]): readonly string[] => message(MSH, ...segments).keys;
const answer = (text: string) => readAnswer(frameOf('MSH|^~\\&|LAB|ST_E|ADT1|ST_E|20261124||ACK|A1|P|2.5', text));

describe('the keys of a message', () => {
  test('are the identifiers of its patient, all that are given', () => {
    expect(keys('PID|1||4711^^^MPI~0815^^^HIS||DOE^ANN')).toEqual(['4711', '0815']);
  });

  test.each(['A18', 'A30', 'A34', 'A35', 'A36', 'A39', 'A40', 'A41', 'A42', 'A43', 'A44', 'A47'])(
    'of a merge (%s) are those of both patients',
    (event) => {
      const merge = message(MSH.replace('A01', event), 'PID|1||1^^^MPI', 'MRG|2^^^MPI');
      expect(merge.keys).toEqual(['1', '2']);
    },
  );

  test('of messages with several patients are those of all', () => {
    expect(keys('PID|1||1', 'PV1|1', 'PID|2||2', 'OBR|1', 'PID|3||3')).toEqual(['1', '2', '3']);
  });

  test('are the sender where no patient is named, and where the order is that of senders', () => {
    expect(keys('PID|1||')).toEqual(['\0ADT1\0ST_E']);
    expect(keys('NTE|1||PID|x||4711')).toEqual(['\0ADT1\0ST_E']);
    const frame = frameOf(MSH, 'PID|1||4711');
    expect(valueOf(readMessage(frame, { ...BY_PATIENT, order: 'sender' })).keys).toEqual(['\0ADT1\0ST_E']);
    expect(valueOf(readMessage(frame, { ...BY_PATIENT, order: 'none' })).keys).toEqual([]);
  });

  test('come from the field that is configured, and from its place in a merge', () => {
    const frame = frameOf(MSH, 'PID|1||4711', 'MRG|4712||||V2', 'PV1|1|I|||||||||||||||||V1^^^X');
    const visits = { ...BY_PATIENT, patientField: { segment: 'PV1', field: 19 } };
    expect(valueOf(readMessage(frame, visits)).keys).toEqual(['V1', 'V2']);
  });

  test('are read with the separators of the message, and where lines end with LF', () => {
    const odd = frameOf('MSH!*#\\&!A!F!!!1!!ADT*A01!M1!P!2.5', 'PID!1!!7*x#8*y');
    expect(valueOf(readMessage(odd, BY_PATIENT)).keys).toEqual(['7', '8']);
    const lines = encodeFrame(Buffer.from(`${MSH}\nPID|1||9\n`, 'latin1'));
    expect(valueOf(readMessage(lines, BY_PATIENT)).keys).toEqual(['9']);
  });
});

describe('batches', () => {
  const batch = frameOf(
    'FHS|^~\\&|A|||||||F1',
    'BHS|^~\\&|A|||||||B0|B1',
    MSH,
    'PID|1||1',
    MSH.replace('M1', 'M2'),
    'PID|1||2',
    'BTS|2',
    'FTS|1',
  );

  test('are one message with the keys and control ids of all that is in them', () => {
    const whole = valueOf(readMessage(batch, BY_PATIENT));
    expect(whole.keys).toEqual(['1', '2']);
    expect(whole.controlIds).toEqual(['B1', 'M1', 'M2']);
    expect(objectionTo(whole, BY_PATIENT)).toBeUndefined();
    expect(objectionTo(whole, { ...BY_PATIENT, batches: 'refuse' })).toContain('batches');
  });

  test('are answered by a batch that names them, or by an acknowledgement of one of their messages', () => {
    const whole = valueOf(readMessage(batch, BY_PATIENT));
    const reply = readAnswer(frameOf('BHS|^~\\&|LAB|||||||||R1|B1', MSH, 'MSA|AA|M1', MSH, 'MSA|AE|M2', 'BTS|2'));
    expect(reply?.code).toBe('AE');
    expect(reply && isAnswerTo(whole, reply)).toBe(true);
    const single = answer('MSA|AA|M2');
    expect(single && isAnswerTo(whole, single)).toBe(true);
  });

  test('without messages can not be answered', () => {
    expect(codeOf(readMessage(frameOf('BHS|^~\\&|A', 'BTS|0'), BY_PATIENT))).toBe('relay-message-unreadable');
  });
});

describe('an acknowledgement', () => {
  test.each([
    ['M1', true],
    ['M', false],
    ['m1', false],
    ['M1 ', false],
    ['', false],
  ])('that names %j is that of M1: %s', (id, is) => {
    const ack = answer(`MSA|AA|${id}`);
    expect(ack && isAnswerTo(message(MSH), ack)).toBe(is);
  });

  test('of nothing is nobody’s, not even that of a message without a control id', () => {
    const nameless = message(MSH.replace('M1', ''));
    const ack = answer('MSA|AA|');
    expect(ack && isAnswerTo(nameless, ack)).toBe(false);
    expect(objectionTo(nameless, BY_PATIENT)).toContain('MSH-10');
  });

  test('is none without MSA', () => {
    expect(answer('EVN|A01')).toBeUndefined();
    expect(readAnswer(frameOf('\x06'))).toBeUndefined();
  });
});

describe('an answer of ours', () => {
  const options = { text: 'no server', controlId: 'V1', time: hl7Time(new Date(0)) };
  const enhanced = (accept: string, application: string) => message(`${MSH}|||${accept}|${application}`).header;

  test.each([
    ['', '', 'reject', 'AR'],
    ['', '', 'error', 'AE'],
    ['AL', 'NE', 'reject', 'CR'],
    ['AL', 'AL', 'error', 'CE'],
    ['NE', 'AL', 'reject', 'AR'],
  ] as const)('to MSH-15 %j and MSH-16 %j is, as a %s, %s', (accept, application, refusal, code) => {
    const frame = refuse(enhanced(accept, application), refusal, options);
    const ack = valueOf(readAcknowledgement(contentOf(frame), 'server'));
    expect([ack.code, ack.messageControlId]).toEqual([code, 'M1']);
  });

  test.each([
    ['', '', 'always'],
    ['AL', '', 'always'],
    ['NE', 'AL', 'always'],
    ['NE', 'NE', 'never'],
    ['NE', '', 'never'],
    ['ER', 'NE', 'perhaps'],
    ['', 'SU', 'perhaps'],
  ])('to MSH-15 %j and MSH-16 %j is waited for: %s', (accept, application, expected) => {
    expect(expectationOf(enhanced(accept, application))).toBe(expected);
  });
});

describe('routes', () => {
  const { header } = message(MSH);

  test('are those whose every field has one of the values; none asks for nothing', () => {
    expect(isMeant({}, header)).toBe(true);
    expect(isMeant({ messageType: ['ORM', 'ADT'], triggerEvent: [] }, header)).toBe(true);
    expect(isMeant({ messageType: ['ADT'], triggerEvent: ['A02'] }, header)).toBe(false);
    expect(isMeant({ sendingApplication: ['ADT'] }, header)).toBe(false);
  });

  test('look at the first component', () => {
    const named = message(MSH.replace('ADT1', 'ADT1^1.2.3^ISO'));
    expect(isMeant({ sendingApplication: ['ADT1'] }, named.header)).toBe(true);
  });

  test('may be several', () => {
    const all = [{ when: {} }, { when: { messageType: ['ORU'] } }, { when: { version: ['2.5'] } }];
    expect(routesOf(all, header)).toEqual([all[0], all[2]]);
  });
});

describe('frames as they were sent', () => {
  const content = fc
    .array(fc.oneof(fc.constantFrom(0x0b, 0x1c, 0x0d, 0x0a), fc.nat({ max: 255 })), { maxLength: 60 })
    .map((bytes) => Buffer.from(bytes))
    .filter((bytes) => Buffer.concat([bytes, Buffer.of(0x1c, 0x0d)]).indexOf('\x1c\r') === bytes.length);
  const splitter = (maxFrameBytes = 1000) => frameSplitter({ from: 'client', maxFrameBytes });

  test('come whole wherever the stream is cut', () => {
    const stream = fc.array(content, { minLength: 1, maxLength: 4 }).chain((messages) => {
      const frames = messages.map((bytes) => encodeFrame(bytes));
      return fc.record({ frames: fc.constant(frames), chunks: chunked(Buffer.concat(frames)) });
    });
    fc.assert(
      fc.property(stream, ({ frames, chunks }) => {
        const reader = splitter();
        expect(valuesOf(pushAll(reader, chunks))).toEqual(frames);
        expect(reader.pending()).toBe(0);
      }),
    );
  });

  test('are found wherever frameReader finds them, and fail where it does', () => {
    const bytes = fc.array(fc.constantFrom(0x0b, 0x1c, 0x0d, 0x0a, 0x41), { maxLength: 40 });
    fc.assert(
      fc.property(
        bytes.chain((all) => chunked(Uint8Array.from(all))),
        (chunks) => {
          const told = (results: ReturnType<typeof pushAll<Buffer>>) =>
            results.map((one) => (one.ok ? one.value.toString('hex') : one.error.code));
          const reader = frameReader({ from: 'client', maxFrameBytes: 6 });
          const expected = told(pushAll(reader, chunks)).map((text) =>
            /^[0-9a-f]*$/.test(text) ? `0b${text}1c0d` : text,
          );
          const found = told(pushAll(splitter(6), chunks));
          expect([...new Set(found)]).toEqual([...new Set(expected)]);
        },
      ),
      { numRuns: 1000 },
    );
  });

  test('are views of what came, where one chunk has it all', () => {
    const chunk = Buffer.from('\x0bMSH|\x1c\r', 'latin1');
    const [frame] = valuesOf(splitter().push(chunk));
    expect(frame?.buffer).toBe(chunk.buffer);
  });

  test('that are too large are held as far as they came, so that they can be answered', () => {
    const reader = splitter(8);
    expect(reader.push(Buffer.from('\x0bMSH|^~')).length).toBe(0);
    expect(reader.push(Buffer.from('\\&|A|B|C')).map(codeOf)).toEqual(['mllp-frame-too-large']);
    expect(reader.held().toString()).toBe('\x0bMSH|^~\\&|A|B|C');
  });

  test('cost what they are, byte by byte too', () => {
    const frame = encodeFrame(Buffer.alloc(200_000, 'x'));
    const reader = splitter(1_000_000);
    const start = performance.now();
    const frames = Array.from(frame, (byte) => reader.push(Buffer.of(byte))).flat();
    expect(valuesOf(frames).map((one) => one.equals(frame))).toEqual([true]);
    expect(performance.now() - start).toBeLessThan(5_000);
  });
});
