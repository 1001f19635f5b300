import { err, ok } from '#lib';
import { faultOf, type Peer } from '../errors.ts';
import { streamReader, type StreamReader } from '../stream.ts';
import { decodePdu, pduTypeOf } from './decode.ts';
import { type Pdu, PDU_HEADER_BYTES } from './pdu.ts';

const MAX_PDU_BYTES = 1024 * 1024;
const MAX_ASSOCIATE_BYTES = 64 * 1024;

/**
 * Reads the PDUs that one peer of an association sends. No PDU may be longer than `maxPduBytes` (1 MiB) with its header,
 * and no A-ASSOCIATE-RQ or -AC longer than 64 KiB. Errors: `dicom-not-a-pdu` at the first byte that begins none,
 * `dicom-pdu-too-large` as soon as the length has been read, `dicom-pdu-malformed`.
 */
export function pduReader(options: { readonly from: Peer; readonly maxPduBytes?: number }): StreamReader<Pdu> {
  const { from, maxPduBytes = MAX_PDU_BYTES } = options;
  const fault = faultOf(from);

  return streamReader((queue) => {
    const bytes = queue.view();
    const [firstByte] = bytes;
    if (firstByte === undefined) return undefined;
    const type = pduTypeOf(firstByte);
    if (type === undefined) return err(fault('dicom-not-a-pdu', 'the stream does not continue with a DICOM PDU'));
    if (bytes.length < PDU_HEADER_BYTES) return undefined;

    const length = PDU_HEADER_BYTES + bytes.readUInt32BE(2);
    const limit = type.startsWith('A-ASSOCIATE') ? Math.min(MAX_ASSOCIATE_BYTES, maxPduBytes) : maxPduBytes;
    if (length > limit) {
      return err(fault('dicom-pdu-too-large', `${type} of ${length} bytes; at most ${limit} are read`));
    }
    if (bytes.length < length) return undefined;

    const pdu = decodePdu(type, queue.take(length));
    return pdu ? ok(pdu) : err(fault('dicom-pdu-malformed', `${type} whose parts do not fit its ${length} bytes`));
  });
}
