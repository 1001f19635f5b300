import { encodeAeTitle } from './ae-title.ts';

/** PS3.8 §9.3.2.2. The id is odd, 1–255. */
export type PresentationContext = {
  readonly id: number;
  readonly abstractSyntax: string;
  readonly transferSyntaxes: readonly string[];
};

/** PS3.8 §9.3.3.2. Result 0 accepts; `contextResultInWords` explains the others. The transfer syntax counts only then. */
export type ContextAnswer = { readonly id: number; readonly result: number; readonly transferSyntax: string };

/** PS3.8 Annex D. `maxPduBytes`: the longest P-DATA-TF the sender will take, without its 6 byte header; 0 is without limit. */
export type UserInformation = {
  readonly maxPduBytes: number;
  readonly implementationClassUid: string;
  readonly implementationVersionName: string | undefined;
};

type Associate = {
  readonly calledAeTitle: string;
  readonly callingAeTitle: string;
  readonly applicationContext: string;
  readonly user: UserInformation;
};

export type AssociateRequest = Associate & {
  readonly type: 'A-ASSOCIATE-RQ';
  readonly contexts: readonly PresentationContext[];
};

/** The AE titles repeat the request's; nobody may test them (PS3.8 table 9-17). */
export type AssociateAccept = Associate & {
  readonly type: 'A-ASSOCIATE-AC';
  readonly contexts: readonly ContextAnswer[];
};

/** PS3.8 table 9-21; `rejectionInWords` explains the numbers. */
export type Rejection = { readonly result: number; readonly source: number; readonly reason: number };
export type AssociateReject = Rejection & { readonly type: 'A-ASSOCIATE-RJ' };

/** PS3.8 table 9-26; `abortInWords` explains the numbers. */
export type Abortion = { readonly source: number; readonly reason: number };
export type Abort = Abortion & { readonly type: 'A-ABORT' };

/** A fragment of a command set, or of the data set that follows it (PS3.8 §9.3.5.1 and Annex E). */
export type Pdv = {
  readonly contextId: number;
  readonly isCommand: boolean;
  readonly isLast: boolean;
  readonly data: Buffer;
};
export type DataTransfer = { readonly type: 'P-DATA-TF'; readonly values: readonly Pdv[] };

export type Release = { readonly type: 'A-RELEASE-RQ' | 'A-RELEASE-RP' };

/** A protocol data unit of the DICOM upper layer (PS3.8 §9.3). */
export type Pdu = AssociateRequest | AssociateAccept | AssociateReject | DataTransfer | Release | Abort;

export const PDU_TYPE = {
  'A-ASSOCIATE-RQ': 1,
  'A-ASSOCIATE-AC': 2,
  'A-ASSOCIATE-RJ': 3,
  'P-DATA-TF': 4,
  'A-RELEASE-RQ': 5,
  'A-RELEASE-RP': 6,
  'A-ABORT': 7,
} as const satisfies Readonly<Record<Pdu['type'], number>>;

export const ITEM = {
  applicationContext: 0x10,
  requestedContext: 0x20,
  answeredContext: 0x21,
  abstractSyntax: 0x30,
  transferSyntax: 0x40,
  user: 0x50,
  maxPduBytes: 0x51,
  implementationClassUid: 0x52,
  implementationVersionName: 0x55,
} as const;

/** Type, reserved byte, length: what every PDU begins with. */
export const PDU_HEADER_BYTES = 6;
/** Length, context id, control header: what every PDV begins with. */
export const PDV_HEADER_BYTES = 6;

export const IS_COMMAND = 0b01;
export const IS_LAST = 0b10;

const PROTOCOL_VERSION = 1;

/** Returns the bytes of a PDU (PS3.8 §9.3). Throws a RangeError for a value that its field cannot hold. */
export function encodePdu(pdu: Pdu): Buffer {
  const body = encodeBody(pdu);
  return Buffer.concat([Buffer.of(PDU_TYPE[pdu.type], 0), uint32(body.length), body]);
}

function encodeBody(pdu: Pdu): Buffer {
  switch (pdu.type) {
    case 'A-ASSOCIATE-RQ':
      return encodeAssociate(pdu, pdu.contexts.map(encodeRequestedContext));
    case 'A-ASSOCIATE-AC':
      return encodeAssociate(pdu, pdu.contexts.map(encodeAnsweredContext));
    case 'A-ASSOCIATE-RJ':
      return octets(0, pdu.result, pdu.source, pdu.reason);
    case 'P-DATA-TF':
      return Buffer.concat(pdu.values.map(encodePdv));
    case 'A-RELEASE-RQ':
    case 'A-RELEASE-RP':
      return octets(0, 0, 0, 0);
    default:
      return octets(0, 0, pdu.source, pdu.reason);
  }
}

function encodeAssociate(pdu: Associate, contexts: readonly Buffer[]): Buffer {
  return Buffer.concat([
    uint16(PROTOCOL_VERSION),
    Buffer.alloc(2),
    encodeAeTitle(pdu.calledAeTitle),
    encodeAeTitle(pdu.callingAeTitle),
    Buffer.alloc(32),
    textItem(ITEM.applicationContext, pdu.applicationContext),
    ...contexts,
    encodeUser(pdu.user),
  ]);
}

const encodeRequestedContext = (context: PresentationContext): Buffer =>
  item(
    ITEM.requestedContext,
    octets(context.id, 0, 0, 0),
    textItem(ITEM.abstractSyntax, context.abstractSyntax),
    ...context.transferSyntaxes.map((uid) => textItem(ITEM.transferSyntax, uid)),
  );

const encodeAnsweredContext = (context: ContextAnswer): Buffer =>
  item(
    ITEM.answeredContext,
    octets(context.id, 0, context.result, 0),
    textItem(ITEM.transferSyntax, context.transferSyntax),
  );

function encodeUser(user: UserInformation): Buffer {
  const versionName = user.implementationVersionName;
  return item(
    ITEM.user,
    item(ITEM.maxPduBytes, uint32(user.maxPduBytes)),
    textItem(ITEM.implementationClassUid, user.implementationClassUid),
    ...(versionName === undefined ? [] : [textItem(ITEM.implementationVersionName, versionName)]),
  );
}

const encodePdv = (pdv: Pdv): Buffer =>
  Buffer.concat([
    uint32(pdv.data.length + 2),
    octets(pdv.contextId, (pdv.isCommand ? IS_COMMAND : 0) | (pdv.isLast ? IS_LAST : 0)),
    pdv.data,
  ]);

function item(type: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.of(type, 0), uint16(body.length), body]);
}

const textItem = (type: number, text: string): Buffer => item(type, Buffer.from(text, 'latin1'));

function octets(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length);
  for (const [offset, value] of values.entries()) bytes.writeUInt8(value, offset);
  return bytes;
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
