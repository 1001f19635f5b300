import { decodeAeTitle } from './ae-title.ts';
import { readText } from './elements.ts';
import { type ContextAnswer, IS_COMMAND, IS_LAST, ITEM, PDU_HEADER_BYTES, PDU_TYPE, PDV_HEADER_BYTES } from './pdu.ts';
import type { Pdu, Pdv, PresentationContext, UserInformation } from './pdu.ts';

const TYPE_NAME = new Map<number, Pdu['type']>(
  (Object.keys(PDU_TYPE) as Pdu['type'][]).map((name) => [PDU_TYPE[name], name]),
);

/** The name of the PDU that begins with this byte; undefined where none does. */
export const pduTypeOf = (firstByte: number): Pdu['type'] | undefined => TYPE_NAME.get(firstByte);

/**
 * Reads one whole PDU of a known type, its header included; undefined where its parts do not fit its length. What the
 * standard lets a receiver ignore (reserved fields, items it does not know) is ignored.
 */
export function decodePdu(type: Pdu['type'], bytes: Buffer): Pdu | undefined {
  const body = bytes.subarray(PDU_HEADER_BYTES);
  switch (type) {
    case 'A-ASSOCIATE-RQ': {
      const associate = decodeAssociate(body);
      const contexts =
        associate && whole(associate.items.filter(isItem(ITEM.requestedContext)).map(decodeRequestedContext));
      return contexts && { type, ...associate.fields, contexts };
    }
    case 'A-ASSOCIATE-AC': {
      const associate = decodeAssociate(body);
      const contexts =
        associate && whole(associate.items.filter(isItem(ITEM.answeredContext)).map(decodeAnsweredContext));
      return contexts && { type, ...associate.fields, contexts };
    }
    case 'A-ASSOCIATE-RJ':
      return body.length === 4
        ? { type, result: body.readUInt8(1), source: body.readUInt8(2), reason: body.readUInt8(3) }
        : undefined;
    case 'P-DATA-TF': {
      const values = decodePdvs(body);
      return values && { type, values };
    }
    case 'A-RELEASE-RQ':
    case 'A-RELEASE-RP':
      return body.length === 4 ? { type } : undefined;
    default:
      return body.length === 4 ? { type, source: body.readUInt8(2), reason: body.readUInt8(3) } : undefined;
  }
}

const ASSOCIATE_FIXED_BYTES = 68;

function decodeAssociate(body: Buffer) {
  if (body.length < ASSOCIATE_FIXED_BYTES) return undefined;
  const items = decodeItems(body.subarray(ASSOCIATE_FIXED_BYTES));
  const user = items && decodeUser(items.find(isItem(ITEM.user))?.body);
  if (items === undefined || user === undefined) return undefined;
  return {
    items,
    fields: {
      calledAeTitle: decodeAeTitle(body.subarray(4, 20)),
      callingAeTitle: decodeAeTitle(body.subarray(20, 36)),
      applicationContext: textOf(items, ITEM.applicationContext) ?? '',
      user,
    },
  };
}

function decodeRequestedContext({ body }: Item): PresentationContext | undefined {
  const items = decodeItems(body.subarray(4));
  if (body.length < 4 || items === undefined) return undefined;
  return {
    id: body.readUInt8(0),
    abstractSyntax: textOf(items, ITEM.abstractSyntax) ?? '',
    transferSyntaxes: items.filter(isItem(ITEM.transferSyntax)).map((item) => readText(item.body)),
  };
}

function decodeAnsweredContext({ body }: Item): ContextAnswer | undefined {
  const items = decodeItems(body.subarray(4));
  if (body.length < 4 || items === undefined) return undefined;
  return {
    id: body.readUInt8(0),
    result: body.readUInt8(2),
    transferSyntax: textOf(items, ITEM.transferSyntax) ?? '',
  };
}

function decodeUser(body: Buffer = Buffer.alloc(0)): UserInformation | undefined {
  const items = decodeItems(body);
  const maximum = items?.find(isItem(ITEM.maxPduBytes))?.body;
  if (items === undefined || (maximum !== undefined && maximum.length !== 4)) return undefined;
  return {
    maxPduBytes: maximum?.readUInt32BE(0) ?? 0,
    implementationClassUid: textOf(items, ITEM.implementationClassUid) ?? '',
    implementationVersionName: textOf(items, ITEM.implementationVersionName),
  };
}

function decodePdvs(body: Buffer): readonly Pdv[] | undefined {
  const values: Pdv[] = [];
  let rest = body;
  while (rest.length >= PDV_HEADER_BYTES) {
    const length = rest.readUInt32BE(0);
    const end = 4 + length;
    if (length < 2 || end > rest.length) return undefined;
    const control = rest.readUInt8(5);
    values.push({
      contextId: rest.readUInt8(4),
      isCommand: (control & IS_COMMAND) !== 0,
      isLast: (control & IS_LAST) !== 0,
      data: rest.subarray(PDV_HEADER_BYTES, end),
    });
    rest = rest.subarray(end);
  }
  return rest.length === 0 && values.length > 0 ? values : undefined;
}

/** The parts of the association PDUs and of their parts (PS3.8 §9.3.1): type, reserved byte, length, body. */
type Item = { readonly type: number; readonly body: Buffer };

function decodeItems(bytes: Buffer): readonly Item[] | undefined {
  const items: Item[] = [];
  let rest = bytes;
  while (rest.length >= 4) {
    const end = 4 + rest.readUInt16BE(2);
    if (end > rest.length) return undefined;
    items.push({ type: rest.readUInt8(0), body: rest.subarray(4, end) });
    rest = rest.subarray(end);
  }
  return rest.length === 0 ? items : undefined;
}

const isItem =
  (type: number) =>
  (item: Item): boolean =>
    item.type === type;

/** UIDs need no padding here, yet some peers pad them as they would in a data set. */
const textOf = (items: readonly Item[], type: number): string | undefined => {
  const found = items.find(isItem(type));
  return found && readText(found.body);
};

const whole = <T>(values: readonly (T | undefined)[]): readonly T[] | undefined =>
  values.every((value) => value !== undefined) ? values : undefined;
