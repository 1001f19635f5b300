import {
  acknowledge,
  type AcknowledgementCode,
  encodeFrame,
  type Hl7Header,
  isBatch,
  readAcknowledgement,
  readBatch,
} from '#protocols';

import { contentOf, type Message } from './message.ts';

/** What a server sent, as far as it is an acknowledgement. */
export type Answer = {
  /** As it was sent, between start and end block. */
  readonly frame: Buffer;
  /** MSA-2; of a batch of acknowledgements what FHS-12, BHS-12 and every MSA-2 in it name. */
  readonly controlIds: readonly string[];
  /** MSA-1; of a batch the worst in it. */
  readonly code: AcknowledgementCode;
};

/** Reads a frame of a server: undefined where it acknowledges nothing. */
export function readAnswer(frame: Buffer): Answer | undefined {
  const content = contentOf(frame);
  if (!isBatch(content)) {
    const ack = readAcknowledgement(content, 'server');
    return ack.ok ? { frame, controlIds: [ack.value.messageControlId], code: ack.value.code } : undefined;
  }
  const batch = readBatch(content, 'server');
  if (!batch.ok) return undefined;
  const acks = batch.value.messages.flatMap(({ bytes }) => {
    const ack = readAcknowledgement(bytes, 'server');
    return ack.ok ? [ack.value] : [];
  });
  const worst = acks.find(({ code }) => !code.endsWith('A')) ?? acks[0];
  if (worst === undefined) return undefined;
  return {
    frame,
    controlIds: [...batch.value.answers, ...acks.map(({ messageControlId }) => messageControlId)],
    code: worst.code,
  };
}

/** True where `answer` is this message's: what it names is the message's control id, byte for byte, and not empty. */
export const isAnswerTo = (message: Message, answer: Answer): boolean =>
  answer.controlIds.some((id) => id !== '' && message.controlIds.includes(id));

/**
 * What a sender waits for (HL7 v2 §2.9.2, MSH-15 and MSH-16, table 0155): an answer; an answer perhaps, since it wants to be told
 * of errors, or of successes, alone; or none.
 */
export type Expectation = 'always' | 'perhaps' | 'never';

/** What the sender of a message waits for. Without MSH-15 and MSH-16, in original mode, that is always an answer. */
export function expectationOf({ acceptAcknowledgement, applicationAcknowledgement }: Hl7Header): Expectation {
  const wants = [acceptAcknowledgement, applicationAcknowledgement];
  if (wants.includes('AL') || wants.every((want) => want === '')) return 'always';
  return wants.every((want) => want === '' || want === 'NE') ? 'never' : 'perhaps';
}

/** True where a sender wants to be told that its message is safe (HL7 v2 table 0155: ER asks for errors alone). */
export const isAcceptanceWanted = (header: Hl7Header): boolean =>
  expectationOf(header) !== 'never' && header.acceptAcknowledgement !== 'ER';

/** True where the acknowledgement of the application follows one of acceptance. */
export const isApplicationAwaited = ({ acceptAcknowledgement, applicationAcknowledgement }: Hl7Header): boolean =>
  acceptAcknowledgement !== '' && applicationAcknowledgement !== '' && applicationAcknowledgement !== 'NE';

/** True where an acknowledgement of the application with this code is one that the sender asked to be told (MSH-16, table 0155). */
export function isApplicationWanted(header: Hl7Header, code: AcknowledgementCode): boolean {
  if (!isApplicationAwaited(header) || code.startsWith('C')) return false;
  const { applicationAcknowledgement: wants } = header;
  return wants === 'ER' ? code !== 'AA' : wants !== 'SU' || code === 'AA';
}

/** An acknowledgement of our own, in a frame. Whoever sends it has the message on disk. */
export const accept = (
  header: Hl7Header,
  code: 'AA' | 'CA',
  { controlId, time }: { readonly controlId: string; readonly time: string },
): Buffer => encodeFrame(acknowledge(header, { code, controlId, time }));

/** Whether a refusal is the message's own fault, and sending it again unchanged would change nothing. */
export type Refusal = 'reject' | 'error';

/**
 * An answer of our own, in a frame: AR or AE in original mode, CR or CE in enhanced mode, where an acceptance was asked for
 * (HL7 v2 §2.9.3). `text` is printable ASCII; `time`: see `hl7Time`; `controlId`: MSH-10 of the answer.
 */
export function refuse(
  header: Hl7Header,
  refusal: Refusal,
  { text, controlId, time }: { readonly text: string; readonly controlId: string; readonly time: string },
): Buffer {
  const { acceptAcknowledgement } = header;
  const isEnhanced = acceptAcknowledgement !== '' && acceptAcknowledgement !== 'NE';
  const code = `${isEnhanced ? 'C' : 'A'}${refusal === 'error' ? 'E' : 'R'}` as const;
  return encodeFrame(acknowledge(header, { code, controlId, time, text }));
}
