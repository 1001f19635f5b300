import { err, ok } from '#lib';
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
