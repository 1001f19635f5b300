import { err, type Fault, ok, type Result } from '#lib';
import { faultOf, type Peer } from './errors.ts';
import { streamReader, type StreamReader } from './stream.ts';

const START = 0x0b;
const END = Buffer.of(0x1c, 0x0d);
const CR = 0x0d;
const LF = 0x0a;

const MAX_FRAME_BYTES = 16 * 1024 * 1024;

/**
 * Returns `message` between a start block and an end block (HL7 v2.9 Appendix C, "Minimal Lower Layer Protocol").
 * Throws a RangeError where the message itself holds an end block (0x1C 0x0D): no receiver could tell the two apart.
 */
export function encodeFrame(message: Uint8Array): Buffer {
  const frame = Buffer.concat([Buffer.of(START), message, END]);
  if (frame.indexOf(END) !== frame.length - END.length) throw new RangeError('a message holds an MLLP end block');
  return frame;
}

/**
 * Reads the messages inside MLLP frames, as the bytes that were sent. Blank lines between frames are passed over; some
 * senders end a frame with 0x1C CR LF. Errors: `mllp-not-a-frame`, and `mllp-frame-too-large` for a message of more than
 * `maxFrameBytes` (16 MiB).
 */
export function frameReader(options: { readonly from: Peer; readonly maxFrameBytes?: number }): StreamReader<Buffer> {
  const { from, maxFrameBytes = MAX_FRAME_BYTES } = options;
  const fault = faultOf(from);
  let searched = 0;

  return streamReader((queue) => {
    if (searched === 0) queue.take(blankBytes(queue.view()));
    const bytes = queue.view();
    if (bytes.length === 0) return undefined;
    if (bytes[0] !== START) return err(fault('mllp-not-a-frame', 'an MLLP frame must begin with 0x0B'));

    // A start byte inside a frame is data: word processors write it into free text, and the receiver decides what it means.
    const end = bytes.indexOf(END, Math.max(1, searched - 1));
    searched = end < 0 ? bytes.length : 0;
    const messageBytes = end < 0 ? bytes.length - END.length : end - 1;
    if (messageBytes > maxFrameBytes) {
      return err(fault('mllp-frame-too-large', `an MLLP frame holds more than ${maxFrameBytes} bytes`));
    }
    return end < 0 ? undefined : ok(queue.take(end + END.length).subarray(1, end));
  });
}

function blankBytes(bytes: Buffer): number {
  const first = bytes.findIndex((byte) => byte !== CR && byte !== LF);
  return first < 0 ? bytes.length : first;
}

/** Cuts a stream into frames as they were sent, start and end block included, for whoever passes them on. */
export type FrameSplitter = StreamReader<Buffer> & {
  /** The bytes of an unfinished frame that are held; after an error those of the frame it was found in. */
  held(): Buffer;
};

/**
 * Does what `frameReader` does, without taking copies: a frame that came in one chunk is a view of it. `maxFrameBytes` is for
 * the message inside the frame. The errors are the same.
 */
export function frameSplitter(options: { readonly from: Peer; readonly maxFrameBytes: number }): FrameSplitter {
  const { from, maxFrameBytes } = options;
  const parts = growingParts();
  let failure: Result<never, Fault> | undefined;

  function fail(code: 'mllp-not-a-frame' | 'mllp-frame-too-large', message: string): Result<never, Fault> {
    failure = err(faultOf(from)(code, message));
    return failure;
  }

  function cut(chunk: Buffer, frames: Result<Buffer, Fault>[]): void {
    for (let start = 0; start < chunk.length;) {
      const isNew = parts.length() === 0;
      if (isNew && (chunk[start] === CR || chunk[start] === LF)) {
        start += 1;
        continue;
      }
      if (isNew && chunk[start] !== START) {
        frames.push(fail('mllp-not-a-frame', 'an MLLP frame must begin with 0x0B'));
        return;
      }
      const end = endIn(chunk, isNew ? start + 1 : start, parts.last());
      const piece = chunk.subarray(start, end);
      const messageBytes = parts.length() + piece.length - (end === undefined ? END.length : 1 + END.length);
      if (messageBytes > maxFrameBytes) {
        parts.add(piece);
        frames.push(fail('mllp-frame-too-large', `an MLLP frame holds more than ${maxFrameBytes} bytes`));
        return;
      }
      if (end === undefined) parts.add(piece);
      else frames.push(ok(isNew ? piece : parts.takeWith(piece)));
      start = end ?? chunk.length;
    }
  }

  return {
    push(chunk) {
      if (failure !== undefined) return [failure];
      const frames: Result<Buffer, Fault>[] = [];
      cut(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength), frames);
      return frames;
    },
    pending: () => (failure === undefined ? parts.length() : 0),
    held: () => parts.all(),
  };
}

/** The place after the first end block from `start` on, or after the second half of one whose first half was `before`. */
function endIn(chunk: Buffer, start: number, before: number | undefined): number | undefined {
  if (before === END[0] && chunk[start] === END[1]) return start + 1;
  const found = chunk.indexOf(END, start);
  return found < 0 ? undefined : found + END.length;
}

/** The pieces of a frame so far. Small ones are put together as they come: single bytes cost no more than what they are. */
function growingParts() {
  let pieces: Buffer[] = [];
  let length = 0;
  return {
    length: () => length,
    last: () => pieces.at(-1)?.at(-1),
    all: () => Buffer.concat(pieces),
    add(piece: Buffer): void {
      if (piece.length === 0) return;
      length += piece.length;
      let end = piece;
      for (let before = pieces.at(-1); before !== undefined && isWorthJoining(before, end); before = pieces.at(-1)) {
        pieces.pop();
        end = Buffer.concat([before, end]);
      }
      pieces.push(end);
    },
    takeWith(piece: Buffer): Buffer {
      const whole = Buffer.concat([...pieces, piece]);
      pieces = [];
      length = 0;
      return whole;
    },
  };
}

/** A piece of this size is no burden of its own, bytes. */
const LARGE_PIECE = 16_384;

/** Pieces are joined with those of about their own size, so that a byte is copied a few times and not for each that comes. */
const isWorthJoining = (before: Buffer, piece: Buffer): boolean =>
  piece.length < LARGE_PIECE && before.length <= 2 * piece.length;
