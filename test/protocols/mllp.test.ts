import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeFrame, frameReader } from '#protocols';
import { chunked, codeOf, expectValuesThenOneError, noise, pushAll, valuesOf } from './support.ts';

const text = (bytes: string): Buffer => Buffer.from(bytes, 'latin1');

/** Any bytes at all but an end block; those that matter to framing more often than the rest. */
const content = fc
  .array(fc.oneof(fc.constantFrom(0x0b, 0x1c, 0x0d, 0x0a), fc.nat({ max: 255 })), { maxLength: 60 })
  .map((bytes) => Buffer.from(bytes))
  .filter((bytes) => Buffer.concat([bytes, text('\x1c\r')]).indexOf('\x1c\r') === bytes.length);

const bounded = () => frameReader({ from: 'client', maxFrameBytes: 4 });

describe('MLLP frames', () => {
  test('give back every message, byte for byte, wherever the stream is cut', () => {
    const stream = fc.array(content, { minLength: 1, maxLength: 4 }).chain((messages) =>
      fc.record({
        messages: fc.constant(messages),
        chunks: chunked(Buffer.concat(messages.map(encodeFrame))),
      }),
    );
    fc.assert(
      fc.property(stream, ({ messages, chunks }) => {
        const reader = frameReader({ from: 'client' });
        expect(valuesOf(pushAll(reader, chunks))).toEqual(messages);
        expect(reader.pending()).toBe(0);
      }),
    );
  });

  test('never throw: noise is frames or one coded error', () => {
    fc.assert(
      fc.property(noise([0x0b], [0x0b, 0x4d, 0x1c, 0x0d], [0x0d, 0x0a]).chain(chunked), (chunks) =>
        expectValuesThenOneError(frameReader({ from: 'client', maxFrameBytes: 100 }), chunks),
      ),
      { numRuns: 500 },
    );
  });

  test('are 0x0B, the message, 0x1C 0x0D', () => {
    expect(encodeFrame(text('MSH|'))).toEqual(Buffer.from('0b4d53487c1c0d', 'hex'));
  });

  test('come several in one chunk', () => {
    const reader = frameReader({ from: 'client' });
    expect(valuesOf(reader.push(text('\x0bone\x1c\r\x0btwo\x1c\r\x0bth'))).map(String)).toEqual(['one', 'two']);
    expect(reader.pending()).toBe(3);
    expect(valuesOf(reader.push(text('ree\x1c\r'))).map(String)).toEqual(['three']);
  });

  test('may have blank lines between them, and nothing else', () => {
    const reader = frameReader({ from: 'client' });
    expect(valuesOf(reader.push(text('\r\n\x0bone\x1c\r\n\x0btwo\x1c\r\n'))).map(String)).toEqual(['one', 'two']);
    expect(reader.pending()).toBe(0);
    expect(reader.push(text('MSH|')).map(codeOf)).toEqual(['mllp-not-a-frame']);
  });

  test('frames before garbage are kept', () => {
    const results = frameReader({ from: 'client' }).push(text('\x0bone\x1c\rGET / HTTP/1.1\r\n'));
    expect(results.map((result) => (result.ok ? String(result.value) : result.error.code))).toEqual([
      'one',
      'mllp-not-a-frame',
    ]);
  });

  test('hold at most so many bytes, whether they end or not', () => {
    expect(valuesOf(bounded().push(text('\x0b1234\x1c\r'))).map(String)).toEqual(['1234']);
    fc.assert(
      fc.property(chunked(text('\x0b12345\x1c\r')), (chunks) => {
        const [first] = pushAll(bounded(), chunks);
        expect(codeOf(first)).toBe('mllp-frame-too-large');
      }),
    );
    expect(bounded().push(text('\x0b1234567')).map(codeOf)).toEqual(['mllp-frame-too-large']);
  });

  test('a large message in single bytes is read in linear time', { timeout: 5_000 }, () => {
    const message = Buffer.alloc(300_000, 'x');
    const reader = frameReader({ from: 'client' });
    const frame = encodeFrame(message);
    const results = Array.from(frame, (_, at) => reader.push(frame.subarray(at, at + 1))).flat();
    expect(valuesOf(results)[0]?.equals(message)).toBe(true);
  });

  test('a message with an end block in it is not framed', () => {
    expect(() => encodeFrame(text('a\x1c\rb'))).toThrow(RangeError);
    expect(() => encodeFrame(text('a\x1c'))).not.toThrow();
  });

  test('errors quote nothing of the message', () => {
    const results = frameReader({ from: 'client', maxFrameBytes: 4 }).push(text('\x0bPID|DOE^JANE'));
    expect(results[0]?.ok === false && results[0].error.message).not.toMatch(/DOE|PID/);
  });
});
