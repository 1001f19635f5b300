import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ABSENT_STUDY_UID, associateRequest, echoRequest, encodePdu, findStudyRequest } from '#protocols';
import { isAeTitle, type Pdu, pduReader, releaseRequest, UID, VAGUS_USER } from '#protocols';
import { chunked, codeOf, damaged, expectValuesThenOneError, noise, pushAll, valueOf, valuesOf } from '../support.ts';
import { pdu } from './arbitraries.ts';

const read = (bytes: Uint8Array) => pduReader({ from: 'server' }).push(bytes);
const header = (type: number, length: number): Buffer => {
  const bytes = Buffer.of(type, 0, 0, 0, 0, 0);
  bytes.writeUInt32BE(length, 2);
  return bytes;
};

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');

describe('reading PDUs', () => {
  test('gives back every PDU that was written, wherever the stream is cut', () => {
    const stream = fc.array(pdu, { minLength: 1, maxLength: 4 }).chain((pdus) => {
      const bytes = Buffer.concat(pdus.map(encodePdu));
      return fc.record({ pdus: fc.constant(pdus), chunks: chunked(bytes) });
    });
    fc.assert(
      fc.property(stream, ({ pdus, chunks }) => {
        const reader = pduReader({ from: 'client' });
        expect(valuesOf(pushAll(reader, chunks))).toEqual(pdus);
        expect(reader.pending()).toBe(0);
      }),
    );
  });

  test('never throws: noise is values or one coded error', () => {
    const beginnings = [1, 2, 3, 4, 5, 6, 7].flatMap((type) => [
      [type, 0, 0, 0, 0, 4],
      [type, 0, 0, 0, 0, 90, 0, 1],
      [type],
    ]);
    fc.assert(
      fc.property(noise(...beginnings).chain(chunked), (chunks) =>
        expectValuesThenOneError(pduReader({ from: 'client' }), chunks),
      ),
      { numRuns: 500 },
    );
  });

  test('never throws: PDUs damaged in any place are values or one coded error', () => {
    const streams = pdu.chain((whole) => damaged(encodePdu(whole))).chain(chunked);
    fc.assert(
      fc.property(streams, (chunks) => expectValuesThenOneError(pduReader({ from: 'client' }), chunks)),
      { numRuns: 500 },
    );
  });

  test('gives the whole PDUs before an error, and nothing after it', () => {
    const results = read(Buffer.concat([releaseRequest(), hex('48'), releaseRequest()]));
    expect(results.map((result) => (result.ok ? result.value.type : result.error.code))).toEqual([
      'A-RELEASE-RQ',
      'dicom-not-a-pdu',
    ]);
  });

  test('refuses what is no DICOM at its first byte', () => {
    expect(read(Buffer.from('H')).map(codeOf)).toEqual(['dicom-not-a-pdu']);
  });

  test('refuses a PDU that is too long as soon as its length is known', () => {
    expect(read(header(4, 1024 * 1024 - 6))).toEqual([]);
    expect(read(header(4, 1024 * 1024 - 5)).map(codeOf)).toEqual(['dicom-pdu-too-large']);
    expect(read(header(1, 64 * 1024 - 6))).toEqual([]);
    expect(read(header(1, 64 * 1024 - 5)).map(codeOf)).toEqual(['dicom-pdu-too-large']);
    const small = pduReader({ from: 'client', maxPduBytes: 100 });
    expect(small.push(header(4, 95)).map(codeOf)).toEqual(['dicom-pdu-too-large']);
  });

  test.each([
    ['A-ASSOCIATE-RJ of five bytes', '03 00 00000005 0001010700'],
    ['A-ABORT of three bytes', '07 00 00000003 000002'],
    ['P-DATA-TF without a value', '04 00 00000000'],
    ['P-DATA-TF whose value is longer than it', '04 00 00000006 00000010 01 03'],
    ['P-DATA-TF with a value of no bytes', '04 00 0000000A 00000000 00000002 01 03'],
    ['P-DATA-TF whose value has no header', '04 00 00000006 00000001 01 03'],
    ['A-ASSOCIATE-RQ without AE titles', '01 00 00000004 00010000'],
    ['A-ASSOCIATE-AC whose item is longer than it', `02 00 00000048 0001 0000 ${'20'.repeat(64)} 10000001`],
  ])('refuses %s', (_, bytes) => {
    expect(read(hex(bytes)).map(codeOf)).toEqual(['dicom-pdu-malformed']);
  });

  test('passes over items it does not know', () => {
    const known = associateRequest({ called: 'A', calling: 'B', contexts: [] });
    // Asynchronous operations window, PS3.7 §D.3.3.3, before everything else of the user information
    const window = hex('53 00 0004 0001 0001');
    const userAt = known.indexOf(hex('50 00'), 74 + 4 + UID.applicationContext.length);
    const more = Buffer.concat([known.subarray(0, userAt + 4), window, known.subarray(userAt + 4)]);
    more.writeUInt32BE(known.length - 6 + window.length, 2);
    more.writeUInt16BE(known.readUInt16BE(userAt + 2) + window.length, userAt + 2);
    expect(read(more)).toEqual(read(known));
  });

  test('takes UIDs that are padded as in a data set', () => {
    const contexts = ['1.2.3.4\0'];
    const request = valueOf(read(associateRequest({ called: 'A', calling: 'B', contexts }))[0]);
    expect(request).toMatchObject({ contexts: [{ abstractSyntax: '1.2.3.4' }] });
  });

  test('reads a UID of nothing but padding, almost, in linear time', { timeout: 1_000 }, () => {
    const contexts = [`${'\0'.repeat(60_000)}1`];
    expect(read(associateRequest({ called: 'A', calling: 'B', contexts }))).toHaveLength(1);
  });

  test('says how much of a PDU is missing its end', () => {
    const reader = pduReader({ from: 'client' });
    reader.push(releaseRequest().subarray(0, 7));
    expect(reader.pending()).toBe(7);
  });

  test('puts the blame on whoever sent the bytes, and quotes none of them', () => {
    const canary = Buffer.from('DOE^JANE^19800101');
    for (const from of ['client', 'server'] as const) {
      const [result] = pduReader({ from }).push(canary);
      if (result?.ok !== false) throw new Error('was read');
      expect(result.error.kind.blame).toBe(from);
      expect(result.error.message).not.toContain('DOE');
    }
  });
});

describe('the bytes of the standard', () => {
  const golden: readonly (readonly [string, Pdu])[] = [
    ['03 00 00000004 00 02 03 01', { type: 'A-ASSOCIATE-RJ', result: 2, source: 3, reason: 1 }],
    ['03 00 00000004 00 01 01 07', { type: 'A-ASSOCIATE-RJ', result: 1, source: 1, reason: 7 }],
    ['05 00 00000004 00000000', { type: 'A-RELEASE-RQ' }],
    ['06 00 00000004 00000000', { type: 'A-RELEASE-RP' }],
    ['07 00 00000004 0000 02 06', { type: 'A-ABORT', source: 2, reason: 6 }],
    [
      '04 00 00000008 00000004 05 02 CAFE',
      { type: 'P-DATA-TF', values: [{ contextId: 5, isCommand: false, isLast: true, data: hex('CAFE') }] },
    ],
  ];
  test.each(golden)('%s', (text, value) => {
    expect(encodePdu(value)).toEqual(hex(text));
    expect(valuesOf(read(hex(text)))).toEqual([value]);
  });

  test('an A-ASSOCIATE-RQ that archives in the field accept', () => {
    const bytes = hex(
      '0100000000C800010000414E592D5343502020202020202020204841' +
        '50434845434B2020202020202020000000000000000000000000000000000000000000000000000000000000000010000015312E322E' +
        '3834302E31303030382E332E312E312E312000002E0100000030000011312E322E3834302E31303030382E312E3140000011312E322E' +
        '3834302E31303030382E312E325000003551000004000040005200001C312E322E3832362E302E312E333638303034332E31302E3939' +
        '392E31550000094144435F434845434B',
    );
    expect(bytes).toHaveLength(206);
    const request: Pdu = {
      type: 'A-ASSOCIATE-RQ',
      calledAeTitle: 'ANY-SCP',
      callingAeTitle: 'HAPCHECK',
      applicationContext: '1.2.840.10008.3.1.1.1',
      contexts: [{ id: 1, abstractSyntax: '1.2.840.10008.1.1', transferSyntaxes: ['1.2.840.10008.1.2'] }],
      user: {
        maxPduBytes: 16_384,
        implementationClassUid: '1.2.826.0.1.3680043.10.999.1',
        implementationVersionName: 'ADC_CHECK',
      },
    };
    expect(valuesOf(read(bytes))).toEqual([request]);
    expect(encodePdu(request)).toEqual(bytes);
  });
});

describe('the bytes of a check', () => {
  test('A-ASSOCIATE-RQ: AE titles at their places, one context in implicit VR little endian', () => {
    const bytes = associateRequest({ called: 'ARCHIVE', calling: 'VAGUS', contexts: [UID.verification] });
    expect(bytes.toString('latin1', 10, 26)).toBe('ARCHIVE         ');
    expect(bytes.toString('latin1', 26, 42)).toBe('VAGUS           ');
    expect(valuesOf(read(bytes))).toEqual([
      {
        type: 'A-ASSOCIATE-RQ',
        calledAeTitle: 'ARCHIVE',
        callingAeTitle: 'VAGUS',
        applicationContext: UID.applicationContext,
        contexts: [{ id: 1, abstractSyntax: UID.verification, transferSyntaxes: [UID.implicitVrLittleEndian] }],
        user: VAGUS_USER,
      },
    ]);
  });

  test('A-ASSOCIATE-RQ: context ids are odd', () => {
    const contexts = [UID.verification, UID.studyRootFind];
    const request = valueOf(read(associateRequest({ called: 'A', calling: 'B', contexts }))[0]);
    expect(request.type === 'A-ASSOCIATE-RQ' && request.contexts.map(({ id }) => id)).toEqual([1, 3]);
  });

  test('C-ECHO-RQ: the bytes of PS3.7 §9.3.5.1', () => {
    expect(echoRequest(1, 1)).toEqual(
      hex(
        '04000000004A 00000046 01 03 0000 0000 04000000 38000000 0000 0200 12000000' +
          '312E322E3834302E31303030382E312E3100 0000 0001 02000000 3000 0000 1001 02000000 0100' +
          '0000 0008 02000000 0101',
      ),
    );
  });

  test('C-FIND-RQ: the command, then the identifier of one study, padded to even lengths', () => {
    const [command, identifier, ...others] = valuesOf(read(findStudyRequest(7, 3, '2.25.1')));
    expect(others).toEqual([]);
    expect(command?.type === 'P-DATA-TF' && command.values.map(({ isCommand, isLast }) => [isCommand, isLast])).toEqual(
      [[true, true]],
    );
    expect(identifier).toEqual({
      type: 'P-DATA-TF',
      values: [
        {
          contextId: 3,
          isCommand: false,
          isLast: true,
          data: hex('0800 5200 06000000 535455445920 2000 0D00 06000000 322E32352E31'),
        },
      ],
    });
  });

  test('the UIDs of our own are valid', () => {
    for (const uid of [ABSENT_STUDY_UID, VAGUS_USER.implementationClassUid]) {
      expect(uid).toMatch(/^2\.25\.[1-9]\d{0,38}$/);
      expect(BigInt(uid.slice('2.25.'.length))).toBeLessThan(2n ** 128n);
    }
  });
});

describe('AE titles', () => {
  test.each(['A', 'ANY-SCP', 'ABCDEFGHIJKLMNOP', 'with space', ' A '])('%j is one', (title) => {
    expect(isAeTitle(title)).toBe(true);
  });
  test.each(['', ' ', '                ', 'ABCDEFGHIJKLMNOPQ', 'A\\B', 'A\tB', 'A\n', 'RÖNTGEN', 'A\x7f'])(
    '%j is none',
    (title) => {
      expect(isAeTitle(title)).toBe(false);
    },
  );
  test('what does not fit is not cut short', () => {
    expect(() => associateRequest({ called: 'ABCDEFGHIJKLMNOPQ', calling: 'B', contexts: [] })).toThrow(RangeError);
  });
});
