import { err, type Fault, ok, type Result } from '#lib';
import { faultOf, type Peer } from '../errors.ts';
import { type Command, decodeCommand, encodeCommand } from './command.ts';
import { type DataTransfer, encodePdu, type Pdv, PDV_HEADER_BYTES } from './pdu.ts';

/** A command and the data set that goes with it, in the transfer syntax of its presentation context. */
export type DimseMessage = {
  readonly contextId: number;
  readonly command: Command;
  readonly dataSet: Buffer | undefined;
};

/** What an implementation can be expected to take before it has said so. */
const DEFAULT_MAX_PDU_BYTES = 16 * 1024;
const MAX_COMMAND_BYTES = 16 * 1024;
const MAX_DATA_SET_BYTES = 64 * 1024 * 1024;

/**
 * Returns a message as P-DATA-TF PDUs with one fragment each (PS3.8 Annex E). `maxPduBytes`: what the receiver announced
 * in its user information, 0 for no limit. One too small to hold a fragment is exceeded by the least possible.
 */
export function encodeMessage(message: DimseMessage, maxPduBytes: number = DEFAULT_MAX_PDU_BYTES): Buffer {
  const { contextId, command, dataSet } = message;
  const size = maxPduBytes === 0 ? Infinity : fragmentBytes(maxPduBytes);
  const values = [
    ...fragments(encodeCommand(command, dataSet !== undefined), size, { contextId, isCommand: true }),
    ...(dataSet === undefined ? [] : fragments(dataSet, size, { contextId, isCommand: false })),
  ];
  return Buffer.concat(values.map((value) => encodePdu({ type: 'P-DATA-TF', values: [value] })));
}

/** Fragments have an even length (PS3.8 Annex E). */
const fragmentBytes = (maxPduBytes: number): number =>
  2 * Math.max(1, Math.floor((maxPduBytes - PDV_HEADER_BYTES) / 2));

function fragments(bytes: Buffer, size: number, kind: Pick<Pdv, 'contextId' | 'isCommand'>): readonly Pdv[] {
  const pdvs: Pdv[] = [];
  let start = 0;
  do {
    const end = Math.min(start + size, bytes.length);
    pdvs.push({ ...kind, isLast: end === bytes.length, data: bytes.subarray(start, end) });
    start = end;
  } while (start < bytes.length);
  return pdvs;
}

/** Puts messages together from the fragments in P-DATA-TF PDUs. */
export type MessageReader = {
  /** Returns the messages that this PDU completes, in order. An error is the last one; the association cannot go on. */
  push(pdu: DataTransfer): readonly Result<DimseMessage, Fault>[];
};

/**
 * Reads the messages that one peer of an association sends. Errors: `dicom-fragment-unexpected` (fragments of two
 * messages mixed, or a data set where a command was due), `dicom-message-too-large` (a command of more than 16 KiB, a data
 * set of more than `maxDataSetBytes`, 64 MiB), `dicom-command-malformed`, `dicom-command-unsupported`.
 */
export function messageReader(options: { readonly from: Peer; readonly maxDataSetBytes?: number }): MessageReader {
  const { from, maxDataSetBytes = MAX_DATA_SET_BYTES } = options;
  const fault = faultOf(from);
  let failure: Result<never, Fault> | undefined;
  let awaitingDataSet: { readonly contextId: number; readonly command: Command } | undefined;
  let contextId: number | undefined;
  let parts: Buffer[] = [];
  let bytes = 0;

  /** Undefined while the message is not complete. */
  function add(pdv: Pdv): Result<DimseMessage, Fault> | undefined {
    contextId ??= pdv.contextId;
    if (pdv.contextId !== contextId || pdv.isCommand === (awaitingDataSet !== undefined)) {
      return err(
        fault('dicom-fragment-unexpected', `a ${pdv.isCommand ? 'command' : 'data set'} fragment out of turn`),
      );
    }
    bytes += pdv.data.length;
    const limit = pdv.isCommand ? MAX_COMMAND_BYTES : maxDataSetBytes;
    if (bytes > limit) {
      const what = pdv.isCommand ? 'command' : 'data set';
      return err(fault('dicom-message-too-large', `a ${what} of more than ${limit} bytes`));
    }
    if (pdv.data.length > 0) parts.push(pdv.data);
    if (!pdv.isLast) return undefined;

    const whole = Buffer.concat(parts);
    [parts, bytes] = [[], 0];
    if (awaitingDataSet !== undefined) {
      const message = { ...awaitingDataSet, dataSet: whole };
      [awaitingDataSet, contextId] = [undefined, undefined];
      return ok(message);
    }
    const decoded = decodeCommand(whole, from);
    if (!decoded.ok) return decoded;
    const { command, hasDataSet } = decoded.value;
    if (hasDataSet) {
      awaitingDataSet = { contextId, command };
      return undefined;
    }
    const message = { contextId, command, dataSet: undefined };
    contextId = undefined;
    return ok(message);
  }

  return {
    push(pdu) {
      if (failure !== undefined) return [failure];
      const messages: Result<DimseMessage, Fault>[] = [];
      for (const pdv of pdu.values) {
        const message = add(pdv);
        if (message !== undefined) messages.push(message);
        if (message?.ok === false) {
          failure = message;
          parts = [];
          break;
        }
      }
      return messages;
    },
  };
}
