import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { echoRequest, encodeMessage, findStudyRequest, isResponse, messageReader, type Pdv } from '#protocols';
import { pduReader, responseTo } from '#protocols';
import { codeOf, damaged, valueOf, valuesOf } from '../support.ts';
import { message } from './arbitraries.ts';

const pdusOf = (bytes: Uint8Array) =>
  valuesOf(pduReader({ from: 'client' }).push(bytes)).map((pdu) => {
    if (pdu.type !== 'P-DATA-TF') throw new Error(pdu.type);
    return pdu;
  });

const fragment = (pdv: Partial<Pdv>): Pdv => ({
  contextId: 1,
  isCommand: true,
  isLast: true,
  data: Buffer.alloc(0),
  ...pdv,
});

const readFragments = (...values: readonly Pdv[]) =>
  messageReader({ from: 'client' }).push({ type: 'P-DATA-TF', values });

describe('DIMSE messages', () => {
  test('come back as they were sent, whatever the receiver takes at a time and however they are packed', () => {
    fc.assert(
      fc.property(
        fc.array(message, { minLength: 1, maxLength: 3 }),
        fc.oneof(fc.constant(0), fc.integer({ min: 8, max: 400 })),
        fc.boolean(),
        (messages, maxPduBytes, together) => {
          const pdus = messages.flatMap((one) => pdusOf(encodeMessage(one, maxPduBytes)));
          const packed = together ? [{ ...pdus[0]!, values: pdus.flatMap(({ values }) => values) }] : pdus;
          const reader = messageReader({ from: 'client' });
          expect(valuesOf(packed.flatMap((pdu) => reader.push(pdu)))).toEqual(messages);
        },
      ),
    );
  });

  test('are sent in PDUs no longer than the receiver takes, in fragments of even length', () => {
    fc.assert(
      fc.property(message, fc.integer({ min: 8, max: 60 }), (one, maxPduBytes) => {
        for (const { values } of pdusOf(encodeMessage(one, maxPduBytes))) {
          const [pdv, ...others] = values;
          expect(others).toEqual([]);
          expect(6 + pdv!.data.length).toBeLessThanOrEqual(maxPduBytes);
          expect(pdv!.isLast || pdv!.data.length % 2 === 0).toBe(true);
        }
      }),
    );
  });

  test('a receiver that takes nothing does not stop the world', () => {
    const bytes = encodeMessage(
      { ...valueOf(messageReader({ from: 'client' }).push(pdusOf(echoRequest(1, 1))[0]!)[0]) },
      1,
    );
    expect(pdusOf(bytes).length).toBeGreaterThan(1);
  });

  test('never throw: damaged commands are messages or one coded error', () => {
    const commands = message
      .filter(({ dataSet }) => dataSet === undefined)
      .map((one) => pdusOf(encodeMessage(one, 0))[0]!.values[0]!)
      .chain((pdv) => damaged(pdv.data).map((data) => fragment({ data: Buffer.from(data) })));
    fc.assert(
      fc.property(commands, (pdv) => {
        for (const result of readFragments(pdv)) {
          if (!result.ok) expect(result.error.code).toMatch(/^dicom-command-(malformed|unsupported)$/);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('fragments of two contexts do not mix', () => {
    const half = fragment({ isLast: false, data: Buffer.alloc(8) });
    expect(readFragments(half, fragment({ contextId: 3 })).map(codeOf)).toEqual(['dicom-fragment-unexpected']);
  });

  test('a data set has a command before it, and a command that promises one has it after', () => {
    expect(readFragments(fragment({ isCommand: false })).map(codeOf)).toEqual(['dicom-fragment-unexpected']);
    const [promise] = pdusOf(findStudyRequest(1, 1, '2.25.1'));
    expect(readFragments(promise!.values[0]!, fragment({})).map(codeOf)).toEqual(['dicom-fragment-unexpected']);
  });

  test('commands and data sets are bounded, however many fragments they come in', () => {
    const part = fragment({ isLast: false, data: Buffer.alloc(9 * 1024) });
    expect(readFragments(part, part).map(codeOf)).toEqual(['dicom-message-too-large']);

    const reader = messageReader({ from: 'client', maxDataSetBytes: 50 });
    const [command, identifier] = pdusOf(findStudyRequest(1, 1, `2.25.${'1'.repeat(39)}`));
    expect(reader.push(command!)).toEqual([]);
    expect(reader.push(identifier!).map(codeOf)).toEqual(['dicom-message-too-large']);
    expect(reader.push(command!).map(codeOf)).toEqual(['dicom-message-too-large']);
  });

  test('a command of another kind is said to be unsupported, with its number', () => {
    const [pdu] = pdusOf(echoRequest(1, 1));
    const data = Buffer.from(pdu!.values[0]!.data);
    data.writeUInt16LE(0x0021, data.indexOf(Buffer.from('0000000102000000', 'hex')) + 8); // C-MOVE-RQ
    const [result] = readFragments(fragment({ data }));
    expect(codeOf(result)).toBe('dicom-command-unsupported');
    expect(result?.ok === false && result.error.message).toContain('0021');
  });

  test('a response answers its request', () => {
    const [request] = valuesOf(messageReader({ from: 'client' }).push(pdusOf(echoRequest(77, 1))[0]!));
    if (request === undefined || isResponse(request.command)) throw new Error('no request');
    expect(responseTo(request.command, 0x0122)).toEqual({
      type: 'C-ECHO-RSP',
      messageId: 77,
      sopClassUid: '1.2.840.10008.1.1',
      sopInstanceUid: undefined,
      status: 0x0122,
    });
  });
});
