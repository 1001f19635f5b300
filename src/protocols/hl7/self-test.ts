import { writeMessage } from './write.ts';

/**
 * A message that asks nothing of its receiver but an acknowledgement, without a frame. `messageType`: MSH-9 with `^`
 * between its components, e.g. `NMQ^N01`; `controlId`: MSH-10, without separators; `time`: see `hl7Time`. The processing
 * id is P: many receivers refuse any other.
 */
export const selfTestMessage = (options: {
  readonly messageType: string;
  readonly controlId: string;
  readonly time: string;
}): Buffer =>
  writeMessage(
    [['MSH', '^~\\&', 'VAGUS', '', '', '', options.time, '', options.messageType, options.controlId, 'P', '2.4']],
    '|',
  );
