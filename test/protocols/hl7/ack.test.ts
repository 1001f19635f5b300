import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { acknowledge, type AcknowledgementCode, encodeFrame, hl7Time, isAckFor, isPositive } from '#protocols';
import { readAcknowledgement, readHeader, selfTestMessage } from '#protocols';
import { codeOf, valueOf } from '../support.ts';

const header = (msh: string) => valueOf(readHeader(Buffer.from(`${msh}\r`, 'latin1'), 'client'));
const admit = (version: string) =>
  header(`MSH|^~\\&|EPIC|A|LAB|B|20260314||ADT^A01^ADT_A01|M1|P|${version}||||||8859/1`);

const TIME = '20260314092653+0000';
const reject = { code: 'AR', controlId: 'V1', time: TIME, text: 'no server is available' } as const;
const segmentsOf = (bytes: Buffer): readonly string[] => bytes.toString('latin1').split('\r').slice(0, -1);

describe('an acknowledgement that is written', () => {
  test('swaps sender and receiver, echoes the control id, keeps version, separators and character set', () => {
    expect(segmentsOf(acknowledge(admit('2.5.1'), reject))).toEqual([
      `MSH|^~\\&|LAB|B|EPIC|A|${TIME}||ACK^A01^ACK|V1|P|2.5.1||||||8859/1`,
      'MSA|AR|M1|no server is available',
      'ERR|||207^Application internal error^HL70357|E||||no server is available',
    ]);
    const odd = header('MSH#*@!%#EPIC#A#LAB#B###ADT*A01#M1#P#2.5');
    expect(segmentsOf(acknowledge(odd, reject)).slice(0, 2)).toEqual([
      `MSH#*@!%#LAB#B#EPIC#A#${TIME}##ACK*A01*ACK#V1#P#2.5`,
      'MSA#AR#M1#no server is available',
    ]);
  });

  test.each([
    ['2.1', 'ACK', ['MSA|AR|M1|no server is available']],
    ['2.3', 'ACK^A01', ['MSA|AR|M1|no server is available']],
    ['2.3.1', 'ACK^A01^ACK', ['MSA|AR|M1|no server is available']],
    ['2.4^DEU', 'ACK^A01^ACK', ['MSA|AR|M1|no server is available']],
    ['', 'ACK', ['MSA|AR|M1|no server is available']],
    ['2.7', 'ACK^A01^ACK', ['MSA|AR|M1', expect.stringMatching(/^ERR\|\|\|207\^.*\|no server is available$/)]],
  ])('is in version %j what that version has', (version, type, others) => {
    const [msh, ...rest] = segmentsOf(acknowledge(admit(version), reject));
    expect(msh?.split('|')[8]).toBe(type);
    expect(rest).toEqual(others);
  });

  test('has an error segment for every error and rejection, and for nothing else', () => {
    const codes: readonly AcknowledgementCode[] = ['AA', 'AE', 'AR', 'CA', 'CE', 'CR'];
    const withError = codes.filter((code) => acknowledge(admit('2.5'), { ...reject, code }).includes('\rERR|'));
    expect(withError).toEqual(['AE', 'AR', 'CE', 'CR']);
    expect(codes.filter(isPositive)).toEqual(['AA', 'CA']);
  });

  test('keeps our text inside its field', () => {
    const text = 'a|b^c~d\\e&f\rMSA|AA|ü';
    const [, msa, , ...others] = segmentsOf(acknowledge(admit('2.5'), { ...reject, text }));
    expect(msa).toBe('MSA|AR|M1|a\\F\\b\\S\\c\\R\\d\\E\\e\\T\\f?MSA\\F\\AA\\F\\?');
    expect(others).toEqual([]);
  });

  test('can be framed and read for whatever header could be read', () => {
    const header18 = fc.array(
      fc.string({
        unit: fc.constantFrom('A', '2', '.', '7', '^', '\\', ' ', '\n', '\x0b', '\x1c', '\xe9'),
        maxLength: 4,
      }),
      { minLength: 16, maxLength: 18 },
    );
    fc.assert(
      fc.property(header18, (fields) => {
        const message = Buffer.from(`MSH|^~\\&|${fields.join('|')}\r`, 'latin1');
        const read = readHeader(message, 'client');
        if (!read.ok) return;
        const written = encodeFrame(acknowledge(read.value, { code: 'AR', controlId: 'V1', time: TIME }));
        const ack = valueOf(readAcknowledgement(written.subarray(1, -2), 'server'));
        expect(isAckFor(read.value, ack)).toBe(read.value.controlId !== '');
      }),
      { numRuns: 500 },
    );
  });

  test('belongs to its message, and echoes any control id byte for byte', () => {
    const bytes = fc.array(
      fc.nat({ max: 255 }).filter((byte) => !'|\r\n\x0b\x1c'.includes(String.fromCharCode(byte))),
      { minLength: 1, maxLength: 30 },
    );
    fc.assert(
      fc.property(bytes, (id) => {
        const message = Buffer.concat([
          Buffer.from('MSH|^~\\&|A|B|C|D|||ADT^A01|'),
          Buffer.from(id),
          Buffer.from('|P|2.5\r'),
        ]);
        const read = valueOf(readHeader(message, 'client'));
        const written = acknowledge(read, reject);
        expect(written.includes(Buffer.concat([Buffer.from('\rMSA|AR|'), Buffer.from(id), Buffer.from('|')]))).toBe(
          true,
        );
        expect(isAckFor(read, valueOf(readAcknowledgement(written, 'server')))).toBe(true);
      }),
    );
  });
});

const ack = (msa: string) => readAcknowledgement(Buffer.from(`MSH|^~\\&|B|||||||X|P|2.3\r${msa}\r`), 'server');

describe('an acknowledgement that is read', () => {
  test('has a code and the control id of the message', () => {
    expect(valueOf(ack('MSA|CR|M1|busy'))).toMatchObject({ code: 'CR', messageControlId: 'M1' });
  });

  test.each(['MSA|OK|M1', 'MSAX|AA|M1', 'MSA', 'MSA|aa|M1', 'PID|1', ''])('%j is none', (segment) => {
    expect(codeOf(ack(segment))).toBe('hl7-not-an-acknowledgement');
  });

  test('belongs to a message only if MSA-2 equals its MSH-10', () => {
    const message = admit('2.5');
    const belongs = (msa: string): boolean => isAckFor(message, valueOf(ack(msa)));
    expect(belongs('MSA|AA|M1')).toBe(true);
    expect(['MSA|AA|M2', 'MSA|AA|m1', 'MSA|AA|M1 ', 'MSA|AA|', 'MSA|AA'].filter(belongs)).toEqual([]);
  });

  test('belongs to no message that has no control id', () => {
    expect(isAckFor(header('MSH|^~\\&|A'), valueOf(ack('MSA|AA|')))).toBe(false);
  });
});

test('times are in UTC, to the second', () => {
  expect(hl7Time(new Date('2026-03-14T09:26:53.589Z'))).toBe(TIME);
});

test('a self-test message has the type it was asked for', () => {
  const message = selfTestMessage({ messageType: 'NMQ^N01', controlId: 'C1', time: TIME });
  expect(message.toString('latin1')).toBe(`MSH|^~\\&|VAGUS||||${TIME}||NMQ^N01|C1|P|2.4\r`);
});
