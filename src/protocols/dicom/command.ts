import { err, type Fault, ok, type Result } from '#lib';
import { faultOf, type Peer } from '../errors.ts';
import { decodeElements, type Element, encodeElements } from './elements.ts';
import { readText, readUnsignedShort, uid, unsignedLong, unsignedShort } from './elements.ts';

/** The requests Vagus knows (PS3.7 §9.3.1, §9.3.2, §9.3.5), with the value of (0000,0100). */
const REQUEST_FIELD = { 'C-STORE-RQ': 0x0001, 'C-FIND-RQ': 0x0020, 'C-ECHO-RQ': 0x0030 } as const;
const RESPONSE_FIELD = { 'C-STORE-RSP': 0x8001, 'C-FIND-RSP': 0x8020, 'C-ECHO-RSP': 0x8030 } as const;

export type DimseRequest = {
  readonly type: keyof typeof REQUEST_FIELD;
  /** 0–65535 */
  readonly messageId: number;
  readonly sopClassUid: string;
  /** C-STORE only. */
  readonly sopInstanceUid: string | undefined;
};

export type DimseResponse = {
  readonly type: keyof typeof RESPONSE_FIELD;
  /** The request's message id. */
  readonly messageId: number;
  readonly sopClassUid: string | undefined;
  readonly sopInstanceUid: string | undefined;
  /** 0 is success; `statusInWords` explains the others. */
  readonly status: number;
};

export type Command = DimseRequest | DimseResponse;

const TAG = {
  groupLength: 0x0000_0000,
  affectedSopClassUid: 0x0000_0002,
  commandField: 0x0000_0100,
  messageId: 0x0000_0110,
  messageIdBeingRespondedTo: 0x0000_0120,
  priority: 0x0000_0700,
  dataSetType: 0x0000_0800,
  status: 0x0000_0900,
  affectedSopInstanceUid: 0x0000_1000,
} as const;

/** PS3.7 §E.1: this value says that no data set follows, any other that one does. */
const NO_DATA_SET = 0x0101;
const DATA_SET = 0x0001;
const MEDIUM = 0x0000;

/** The response to `request`, with its message id and UIDs (PS3.7 §9.3). `status`: PS3.7 Annex C, 0 is success. */
export const responseTo = (request: DimseRequest, status: number): DimseResponse => ({
  type: `${request.type.slice(0, -'RQ'.length)}RSP` as DimseResponse['type'],
  messageId: request.messageId,
  sopClassUid: request.sopClassUid,
  sopInstanceUid: request.sopInstanceUid,
  status,
});

/** Returns a command set: implicit VR little endian, group length first (PS3.7 §6.3.1). */
export function encodeCommand(command: Command, hasDataSet: boolean): Buffer {
  const dataSetType = unsignedShort(TAG.dataSetType, hasDataSet ? DATA_SET : NO_DATA_SET);
  const sopClass = uidsOf(TAG.affectedSopClassUid, command.sopClassUid);
  const sopInstance = uidsOf(TAG.affectedSopInstanceUid, command.sopInstanceUid);
  const body = encodeElements(
    isResponse(command)
      ? [
          ...sopClass,
          unsignedShort(TAG.commandField, RESPONSE_FIELD[command.type]),
          unsignedShort(TAG.messageIdBeingRespondedTo, command.messageId),
          dataSetType,
          unsignedShort(TAG.status, command.status),
          ...sopInstance,
        ]
      : [
          ...sopClass,
          unsignedShort(TAG.commandField, REQUEST_FIELD[command.type]),
          unsignedShort(TAG.messageId, command.messageId),
          ...(command.type === 'C-ECHO-RQ' ? [] : [unsignedShort(TAG.priority, MEDIUM)]),
          dataSetType,
          ...sopInstance,
        ],
  );
  return Buffer.concat([encodeElements([unsignedLong(TAG.groupLength, body.length)]), body]);
}

/** Reads a command set, and whether a data set follows it. Errors: `dicom-command-malformed`, `dicom-command-unsupported`. */
export function decodeCommand(
  bytes: Buffer,
  from: Peer,
): Result<{ readonly command: Command; readonly hasDataSet: boolean }, Fault> {
  const fault = faultOf(from);
  const malformed = (what: string) => err(fault('dicom-command-malformed', `a command set ${what}`));

  const values = decodeElements(bytes);
  if (values === undefined) return malformed('whose elements do not fit its length');
  const field = readUnsignedShort(values.get(TAG.commandField));
  const dataSetType = readUnsignedShort(values.get(TAG.dataSetType));
  if (field === undefined || dataSetType === undefined) return malformed('without (0000,0100) or (0000,0800)');
  const hasDataSet = dataSetType !== NO_DATA_SET;
  const sopClassUid = uidIn(values.get(TAG.affectedSopClassUid));
  const sopInstanceUid = uidIn(values.get(TAG.affectedSopInstanceUid));

  const request = nameOf(REQUEST_FIELD, field);
  if (request !== undefined) {
    const messageId = readUnsignedShort(values.get(TAG.messageId));
    if (messageId === undefined || sopClassUid === undefined) return malformed('without (0000,0110) or (0000,0002)');
    return ok({ command: { type: request, messageId, sopClassUid, sopInstanceUid }, hasDataSet });
  }
  const response = nameOf(RESPONSE_FIELD, field);
  if (response !== undefined) {
    const messageId = readUnsignedShort(values.get(TAG.messageIdBeingRespondedTo));
    const status = readUnsignedShort(values.get(TAG.status));
    if (messageId === undefined || status === undefined) return malformed('without (0000,0120) or (0000,0900)');
    return ok({ command: { type: response, messageId, sopClassUid, sopInstanceUid, status }, hasDataSet });
  }
  return err(
    fault('dicom-command-unsupported', `command field ${field.toString(16).padStart(4, '0')} is not known here`),
  );
}

/** True for a response; what is left are requests. */
export const isResponse = (command: Command): command is DimseResponse => command.type in RESPONSE_FIELD;

const uidsOf = (tag: number, value: string | undefined): readonly Element[] =>
  value === undefined ? [] : [uid(tag, value)];

const uidIn = (value: Buffer | undefined): string | undefined => value && readText(value);

const nameOf = <Name extends string>(fields: Readonly<Record<Name, number>>, field: number): Name | undefined =>
  (Object.keys(fields) as Name[]).find((name) => fields[name] === field);
