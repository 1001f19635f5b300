import { inspect } from 'node:util';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readAcknowledgement, readHeader, readPatientId } from '#protocols';
import { codeOf, damaged, noise, valueOf } from '../support.ts';

const message = (...segments: readonly string[]): Buffer =>
  Buffer.from(segments.map((s) => `${s}\r`).join(''), 'latin1');

const ADMIT = message(
  'MSH|^~\\&|EPICADT|HOSP A|LAB|HOSP B|20260314092653||ADT^A01^ADT_A01|MSG00001|P|2.5.1|||AL|NE||8859/1',
  'EVN|A01|20260314',
  'PID|1||0815^^^MPI&1.2.3&ISO^MR~4711^^^OTHER||MÜLLER^ANNA',
);

const header = (bytes: Uint8Array) => valueOf(readHeader(bytes, 'client'));
const patient = (bytes: Uint8Array) => readPatientId(bytes, header(bytes))?.reveal();

describe('the header of a message', () => {
  test('is its MSH segment', () => {
    expect(header(ADMIT)).toEqual({
      separators: { field: '|', component: '^', repetition: '~', escape: '\\', subcomponent: '&' },
      encodingCharacters: '^~\\&',
      sendingApplication: 'EPICADT',
      sendingFacility: 'HOSP A',
      receivingApplication: 'LAB',
      receivingFacility: 'HOSP B',
      time: '20260314092653',
      messageType: 'ADT',
      triggerEvent: 'A01',
      controlId: 'MSG00001',
      processingId: 'P',
      version: '2.5.1',
      acceptAcknowledgement: 'AL',
      applicationAcknowledgement: 'NE',
      characterSet: '8859/1',
    });
  });

  test('may use separators of its own, and end early', () => {
    const { separators, messageType, triggerEvent, controlId, version } = header(message('MSH#*@!%#A##B####ORU*R01#7'));
    expect(separators).toEqual({ field: '#', component: '*', repetition: '@', escape: '!', subcomponent: '%' });
    expect({ messageType, triggerEvent, controlId, version }).toEqual({
      messageType: 'ORU',
      triggerEvent: 'R01',
      controlId: '7',
      version: '',
    });
  });

  test('may leave out separators it does not use, and have the truncation character of 2.7', () => {
    expect(header(message('MSH|^|A')).separators).toMatchObject({ component: '^', repetition: '', escape: '' });
    expect(header(message('MSH|^~\\&#|A')).encodingCharacters).toBe('^~\\&#');
  });

  test('keeps every byte of every character set', () => {
    const all = Buffer.from(Array.from({ length: 128 }, (_, n) => n + 128));
    const { sendingApplication } = header(Buffer.concat([Buffer.from('MSH|^~\\&|'), all, Buffer.from('|\r')]));
    expect(Buffer.from(sendingApplication, 'latin1')).toEqual(all);
  });

  test.each([
    ['nothing', ''],
    ['another segment', 'PID|1\r'],
    ['a name that only begins alike', 'MSHA^~\\&\r'],
    ['no separators', 'MSH'],
    ['no MSH-2', 'MSH||A\r'],
    ['separators that are the same', 'MSH|^~^&|A\r'],
    ['separators that are letters', 'MSH|ABCD|A\r'],
    ['an MSH segment with an end block byte', 'MSH|^~\\&|A\x1c|\r'],
    ['UTF-16', 'M\0S\0H\0|\0^\0~\0'],
  ])('is not found in %s', (_, text) => {
    expect(codeOf(readHeader(Buffer.from(text, 'latin1'), 'client'))).toBe('hl7-header-malformed');
  });

  test('never throws: noise and damaged messages are values or a coded error', () => {
    const beginnings = ['MSH|^~\\&|', 'MSH|^~\\&|A\rPID|', 'MSH|^~\\&|A\rMSA|AA|'].map((text) =>
      Array.from(Buffer.from(text)),
    );
    fc.assert(
      fc.property(fc.oneof(noise(...beginnings), damaged(ADMIT)), (bytes) => {
        const read = readHeader(bytes, 'client');
        if (read.ok) readPatientId(bytes, read.value);
        else expect(codeOf(read)).toBe('hl7-header-malformed');
        const acknowledgement = readAcknowledgement(bytes, 'server');
        if (!acknowledgement.ok) expect(acknowledgement.error.code).toMatch(/^hl7-/);
      }),
      { numRuns: 500 },
    );
  });

  test('errors quote nothing of the message', () => {
    const result = readHeader(Buffer.from('PID|1||0815||DOE^JANE\r'), 'client');
    expect(!result.ok && result.error.message).not.toMatch(/0815|DOE/);
  });
});

describe('whom a message is about', () => {
  test('is the first repetition of PID-3: identifier and assigning authority', () => {
    expect(patient(ADMIT)).toEqual({ id: '0815', assigningAuthority: 'MPI&1.2.3&ISO' });
  });

  test('is undefined where there is no PID or no PID-3', () => {
    expect(patient(message('MSH|^~\\&|A'))).toBeUndefined();
    expect(patient(message('MSH|^~\\&|A', 'PID|1|'))).toBeUndefined();
    expect(patient(message('MSH|^~\\&|A', 'PID|1||^^^MPI'))).toBeUndefined();
    expect(patient(message('MSH|^~\\&|A', 'NTE|1||PID|1||7'))).toBeUndefined();
  });

  test('is the same under other separators and in escape sequences', () => {
    const plain = message('MSH#^~\\%#A', 'PID#1##A|B&C^^^X');
    const escaped = message('MSH|^~\\&|A', 'PID|1||A\\F\\B\\T\\C^^^X');
    expect(patient(escaped)).toEqual({ id: 'A|B&C', assigningAuthority: 'X' });
    expect(patient(plain)).toEqual(patient(escaped));
  });

  test.each([
    ['a\\E\\b', 'a\\b'],
    ['a\\S\\b\\R\\c', 'a^b~c'],
    ['a\\X41\\F\\b', 'a\\X41\\F\\b'],
    ['a\\H\\b', 'a\\H\\b'],
    ['a\\b', 'a\\b'],
    ['\\E\\F\\E\\', '\\F\\'],
  ])('%s is %s', (written, meant) => {
    expect(patient(message('MSH|^~\\&|A', `PID|1||${written}`))?.id).toBe(meant);
  });

  test.each(['\r', '\r\n', '\n'])('is found behind segments that end with %j', (end) => {
    const bytes = Buffer.from(['MSH|^~\\&|A', 'EVN|A01', 'PID|1||7^^^X', ''].join(end));
    expect(patient(bytes)).toEqual({ id: '7', assigningAuthority: 'X' });
  });

  test('is not found inside a text with a line feed', () => {
    expect(patient(message('MSH|^~\\&|A', 'NTE|1||first line\nPID|1||8', 'PID|1||7'))?.id).toBe('7');
  });

  test('cannot be printed by accident', () => {
    const secret = readPatientId(ADMIT, header(ADMIT));
    expect(`${String(secret)} ${JSON.stringify({ secret })} ${inspect(secret)}`).not.toContain('0815');
  });
});
