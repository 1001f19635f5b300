const AE_TITLE_BYTES = 16;

/**
 * True for 1–16 characters of the default repertoire (printable ASCII) without a backslash, not all of them spaces
 * (PS3.5 §6.2, value representation AE). Spaces around it mean nothing.
 */
export const isAeTitle = (text: string): boolean => /^[\x20-\x5b\x5d-\x7e]{1,16}$/.test(text) && text.trim() !== '';

/** The 16 bytes of an AE title in a PDU (PS3.8 §9.3.2). Throws a RangeError for what does not fit into them. */
export function encodeAeTitle(title: string): Buffer {
  if (!/^[\0-\xff]{0,16}$/.test(title)) throw new RangeError('an AE title has at most 16 one-byte characters');
  return Buffer.from(title.padEnd(AE_TITLE_BYTES), 'latin1');
}

/** Reads an AE title without the spaces around it. Peers send titles that are none; see `isAeTitle`. */
export const decodeAeTitle = (bytes: Buffer): string => bytes.toString('latin1').replace(/^ +| +$/g, '');
