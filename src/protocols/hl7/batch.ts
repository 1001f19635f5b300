import { err, type Fault, ok, type Result } from '#lib';
import { faultOf, type Peer } from '../errors.ts';
import { type Hl7Header, readHeader } from './header.ts';

/** Many messages in one frame (HL7 v2 §2.10.3): FHS, BHS, the messages, BTS, FTS. */
export type Batch = {
  /** Its messages, in order, as views of it. */
  readonly messages: readonly { readonly header: Hl7Header; readonly bytes: Buffer }[];
  /** FHS-11 and BHS-11, as they were sent: the control ids of the file and the batches. */
  readonly controlIds: readonly string[];
  /** FHS-12 and BHS-12: what this batch answers. */
  readonly answers: readonly string[];
};

/** True for a file or a batch of messages. */
export const isBatch = (message: Uint8Array): boolean =>
  (message[0] === 0x42 || message[0] === 0x46) && message[1] === 0x48 && message[2] === 0x53;

/**
 * Reads what a relay has to know of a batch. Error: `hl7-header-malformed`, where one of its messages has no header that can
 * be read.
 */
export function readBatch(message: Uint8Array, from: Peer): Result<Batch, Fault> {
  const bytes = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
  const envelopes = ['FHS', 'BHS'].flatMap((name) => segmentsCalled(bytes, name));
  if (envelopes.length === 0) return err(faultOf(from)('hl7-header-malformed', 'a batch must begin with FHS or BHS'));
  const messages: { readonly header: Hl7Header; readonly bytes: Buffer }[] = [];
  const starts = startsOf(bytes, 'MSH');
  for (const [index, start] of starts.entries()) {
    const one = bytes.subarray(start, starts[index + 1]);
    const header = readHeader(one, from);
    if (!header.ok) return header;
    messages.push({ header: header.value, bytes: one });
  }
  const field = (number: number) =>
    envelopes.map((text) => text.split(text.slice(3, 4))[number - 1] ?? '').filter((value) => value !== '');
  return ok({ messages, controlIds: field(11), answers: field(12) });
}

const segmentsCalled = (bytes: Buffer, name: string): readonly string[] =>
  startsOf(bytes, name).map((start) => bytes.toString('latin1', start, segmentEnd(bytes, start)));

const CR = 0x0d;
const LF = 0x0a;

/** Where segments with this name begin. */
export function startsOf(bytes: Buffer, name: string): readonly number[] {
  const starts: number[] = [];
  for (let at = bytes.indexOf(name, 0, 'latin1'); at >= 0; at = bytes.indexOf(name, at + name.length, 'latin1')) {
    if (at === 0 || bytes[at - 1] === CR || bytes[at - 1] === LF) starts.push(at);
  }
  return starts;
}

/** Where the segment that begins at `start` ends: at a CR, or at an LF where the message has no CR. */
export function segmentEnd(bytes: Buffer, start: number): number {
  const end = bytes.indexOf(CR, start);
  if (end >= 0) return end;
  const line = bytes.indexOf(LF, start);
  return line >= 0 ? line : bytes.length;
}
