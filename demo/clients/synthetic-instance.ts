import { randomUUID } from 'node:crypto';

export const SECONDARY_CAPTURE = '1.2.840.10008.5.1.4.1.1.7';

/** A small grey picture of nobody, in implicit VR little endian. */
export type SyntheticInstance = { readonly uid: string; readonly dataSet: Buffer };

/** A UID from a random UUID (PS3.5 §B.2). */
export const newUid = (): string => `2.25.${BigInt(`0x${randomUUID().replaceAll('-', '')}`)}`;

const SIDE = 64;

/** The instances of one new study. `pixelBytes` may blow each of them up; default 4096, the picture's own size. */
export function syntheticStudy(count: number, pixelBytes: number = SIDE * SIDE): readonly SyntheticInstance[] {
  const [study, series] = [newUid(), newUid()];
  const columns = Math.ceil(pixelBytes / SIDE);
  return Array.from({ length: count }, (_, index) => {
    const uid = newUid();
    return {
      uid,
      dataSet: Buffer.concat([
        element(0x0008_0016, SECONDARY_CAPTURE),
        element(0x0008_0018, uid),
        element(0x0008_0060, 'OT'),
        element(0x0010_0010, 'Demo^Synthetic'),
        element(0x0010_0020, 'DEMO'),
        element(0x0020_000d, study),
        element(0x0020_000e, series),
        element(0x0020_0013, String(index + 1)),
        element(0x0028_0002, short(1)),
        element(0x0028_0004, 'MONOCHROME2'),
        element(0x0028_0010, short(SIDE)),
        element(0x0028_0011, short(columns)),
        element(0x0028_0100, short(8)),
        element(0x0028_0101, short(8)),
        element(0x0028_0102, short(7)),
        element(0x0028_0103, short(0)),
        element(0x7fe0_0010, Buffer.alloc(SIDE * columns, 0x80)),
      ]),
    };
  });
}

/** A data element in implicit VR little endian (PS3.5 §7.1.3), its value padded to an even length (§6.2). */
function element(tag: number, value: string | Buffer): Buffer {
  const bytes = typeof value === 'string' ? Buffer.from(value, 'latin1') : value;
  const padding = Buffer.from(bytes.length % 2 === 0 ? '' : isUid(value) ? '\0' : ' ', 'latin1');
  const header = Buffer.alloc(8);
  header.writeUInt16LE(tag >>> 16, 0);
  header.writeUInt16LE(tag & 0xffff, 2);
  header.writeUInt32LE(bytes.length + padding.length, 4);
  return Buffer.concat([header, bytes, padding]);
}

const isUid = (value: string | Buffer): boolean => typeof value === 'string' && /^\d+(\.\d+)+$/.test(value);

function short(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}
