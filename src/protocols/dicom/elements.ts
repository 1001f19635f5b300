/** A data element in implicit VR little endian (PS3.5 §7.1.3). The tag is group and element in one number: 0x0020_000d. */
export type Element = { readonly tag: number; readonly value: Buffer };

const HEADER_BYTES = 8;

/** Returns the elements, which must be in the order of their tags, one after the other. */
export const encodeElements = (elements: readonly Element[]): Buffer =>
  Buffer.concat(elements.flatMap(({ tag, value }) => [elementHeader(tag, value.length), value]));

/** The value of each tag; undefined where an element is longer than what is left. Sequences are not looked into. */
export function decodeElements(bytes: Buffer): ReadonlyMap<number, Buffer> | undefined {
  const values = new Map<number, Buffer>();
  let rest = bytes;
  while (rest.length >= HEADER_BYTES) {
    const tag = rest.readUInt16LE(0) * 0x1_0000 + rest.readUInt16LE(2);
    const end = HEADER_BYTES + rest.readUInt32LE(4);
    if (end > rest.length) return undefined;
    values.set(tag, rest.subarray(HEADER_BYTES, end));
    rest = rest.subarray(end);
  }
  return rest.length === 0 ? values : undefined;
}

export function unsignedShort(tag: number, value: number): Element {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return { tag, value: bytes };
}

export function unsignedLong(tag: number, value: number): Element {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return { tag, value: bytes };
}

/** A UID, padded to an even length with a NUL (PS3.5 §9.1). */
export const uid = (tag: number, value: string): Element => ({ tag, value: padded(value, '\0') });

/** A code string, padded to an even length with a space. */
export const codeString = (tag: number, value: string): Element => ({ tag, value: padded(value, ' ') });

/** Undefined where the value is not two bytes long. */
export const readUnsignedShort = (value: Buffer | undefined): number | undefined =>
  value?.length === 2 ? value.readUInt16LE(0) : undefined;

/** The text of a UID or a name without the NULs and spaces that pad it. */
export function readText(value: Buffer): string {
  let end = value.length;
  while (value[end - 1] === 0 || value[end - 1] === 0x20) end--;
  return value.toString('latin1', 0, end);
}

const padded = (text: string, padding: string): Buffer =>
  Buffer.from(text.length % 2 === 0 ? text : text + padding, 'latin1');

function elementHeader(tag: number, length: number): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES);
  bytes.writeUInt16LE(tag >>> 16, 0);
  bytes.writeUInt16LE(tag & 0xffff, 2);
  bytes.writeUInt32LE(length, 4);
  return bytes;
}
