import { err, type Fault, ok, type Result } from '#lib';
import { type FieldPlace, type Hl7Header, isBatch, readBatch, readHeader, readKeys } from '#protocols';

import { fault } from './errors.ts';

/** What is ordered: the messages of a patient, those of a sender, or none. */
export type Order = 'patient' | 'sender' | 'none';

/** How messages of a service are read. */
export type Reading = {
  readonly order: Order;
  readonly patientField: FieldPlace;
  readonly batches: 'whole' | 'refuse';
};

/** A message, or a batch that is passed on as one, and what the relay has to know of it. */
export type Message = {
  /** As it was sent, between start and end block. Never changed, never copied. */
  readonly frame: Buffer;
  /** Its MSH; of a batch that of the first message. */
  readonly header: Hl7Header;
  /** What an acknowledgement of it may name in MSA-2: MSH-10; of a batch the control ids of all that is in it. */
  readonly controlIds: readonly string[];
  /** What it has to keep its order with. Patient data: to be compared, never shown. */
  readonly keys: readonly string[];
};

/** What is inside a frame. */
export const contentOf = (frame: Buffer): Buffer => frame.subarray(1, frame.length - 2);

/**
 * Reads a frame of a sender. A message that names no patient keeps its order with the others of its sender that name none.
 * Errors: `relay-message-unreadable`, where there is no header to answer to.
 */
export function readMessage(frame: Buffer, reading: Reading): Result<Message, Fault> {
  const content = contentOf(frame);
  if (isBatch(content)) return readWhole(frame, content, reading);
  const header = readHeader(content, 'client');
  if (!header.ok) return err(unreadable(header.error));
  const { controlId } = header.value;
  return ok({ frame, header: header.value, controlIds: [controlId], keys: keysOf(content, header.value, reading) });
}

function readWhole(frame: Buffer, content: Buffer, reading: Reading): Result<Message, Fault> {
  const batch = readBatch(content, 'client');
  if (!batch.ok) return err(unreadable(batch.error));
  const { messages, controlIds } = batch.value;
  const [first] = messages;
  if (first === undefined) return err(fault('relay-message-unreadable', 'a batch without messages'));
  return ok({
    frame,
    header: first.header,
    controlIds: [...new Set([...controlIds, ...messages.map(({ header }) => header.controlId)])],
    keys: [...new Set(messages.flatMap(({ bytes, header }) => keysOf(bytes, header, reading)))],
  });
}

function keysOf(message: Buffer, header: Hl7Header, { order, patientField }: Reading): readonly string[] {
  if (order === 'none') return [];
  if (order === 'patient') {
    const patients = readKeys(message, patientField, header.separators);
    if (patients.length > 0) return patients;
  }
  // No identifier of a patient begins like this.
  return [`\0${header.sendingApplication}\0${header.sendingFacility}`];
}

const unreadable = (why: Fault): Fault => fault('relay-message-unreadable', why.message, why);

/** Why a message that can be read must not be passed on, as it is told to its sender; undefined where it may. */
export function objectionTo(message: Message, reading: Reading): string | undefined {
  if (reading.batches === 'refuse' && isBatch(contentOf(message.frame))) return 'batches are not accepted here';
  // Nothing could be told to be its acknowledgement.
  return message.controlIds.includes('') ? 'MSH-10 must hold a control id' : undefined;
}
