import { createServer, type Socket } from 'node:net';
import { parseArgs } from 'node:util';
import {
  encodeMessage,
  encodePdu,
  isResponse,
  messageReader,
  pduReader,
  responseTo,
  UID,
  VAGUS_USER,
} from '#protocols';
import type { AssociateRequest, ContextAnswer, DimseRequest, Pdu, PresentationContext, Rejection } from '#protocols';
import { standIn } from './stand-in.ts';

// A DICOM archive that takes everything and keeps nothing: C-ECHO, C-STORE of any kind, and queries that find nothing.

const { values } = parseArgs({
  options: {
    name: { type: 'string', default: 'pacs1' },
    port: { type: 'string', default: '0' },
    ae: { type: 'string', default: 'PACS' },
    strict: { type: 'boolean', default: false },
  },
});
const me = standIn(values.name);

/** PS3.4 Annex B: the SOP classes for storage begin with this. */
const STORAGE = '1.2.840.10008.5.1.4.1.1.';
const CALLED_AE_TITLE_NOT_RECOGNISED: Rejection = { result: 1, source: 1, reason: 7 };
/** PS3.7 Annex C: refused, out of resources. */
const REFUSED = 0xa700;
const USER = { ...VAGUS_USER, maxPduBytes: 64 * 1024, implementationVersionName: 'ST_ELSEWHERE' };
/** PS3.8 §9.2, ARTIM: how long a peer has to close the connection after a rejection or a release. */
const TO_CLOSE = 5_000;

me.listen(createServer({ noDelay: true }, serve), Number(values.port));

function serve(socket: Socket): void {
  const pdus = pduReader({ from: 'client' });
  const messages = messageReader({ from: 'client' });
  let maxPduBytes = 0;

  const send = (pdu: Pdu): void => void socket.write(encodePdu(pdu));
  const awaitClose = (): void => void socket.setTimeout(TO_CLOSE, () => socket.destroy());
  const abort = (): void => void socket.end(encodePdu({ type: 'A-ABORT', source: 2, reason: 0 }));

  function associate(request: AssociateRequest): void {
    const rejection = rejectionOf(request);
    if (rejection) {
      send({ type: 'A-ASSOCIATE-RJ', ...rejection });
      awaitClose();
      return;
    }
    maxPduBytes = request.user.maxPduBytes;
    send({ ...request, type: 'A-ASSOCIATE-AC', user: USER, contexts: request.contexts.map(answerTo) });
  }

  async function answer(contextId: number, request: DimseRequest): Promise<void> {
    if (request.type !== 'C-ECHO-RQ') await me.work();
    const status = request.type === 'C-FIND-RQ' && me.faults().find === 'refuse' ? REFUSED : 0;
    if (!socket.writable) return;
    socket.write(encodeMessage({ contextId, command: responseTo(request, status), dataSet: undefined }, maxPduBytes));
  }

  /** False where the association cannot go on. */
  function take(pdu: Pdu): boolean {
    switch (pdu.type) {
      case 'A-ASSOCIATE-RQ':
        associate(pdu);
        return true;
      case 'P-DATA-TF':
        for (const message of messages.push(pdu)) {
          if (!message.ok) return false;
          const { contextId, command } = message.value;
          if (!isResponse(command)) void answer(contextId, command);
        }
        return true;
      case 'A-RELEASE-RQ':
        send({ type: 'A-RELEASE-RP' });
        awaitClose();
        return true;
      case 'A-ABORT':
        socket.end();
        return true;
      default:
        return false;
    }
  }

  socket.on('data', (chunk) => {
    for (const pdu of pdus.push(chunk)) {
      if (pdu.ok && take(pdu.value)) continue;
      abort();
      return;
    }
  });
}

function rejectionOf(request: AssociateRequest): Rejection | undefined {
  const { reject } = me.faults();
  if (reject) return { result: reject[0], source: reject[1], reason: reject[2] };
  return values.strict && request.calledAeTitle !== values.ae ? CALLED_AE_TITLE_NOT_RECOGNISED : undefined;
}

/** Images are taken in any encoding, because nobody looks at them. */
function answerTo({ id, abstractSyntax, transferSyntaxes }: PresentationContext): ContextAnswer {
  const isStorage = abstractSyntax.startsWith(STORAGE);
  if (!isStorage && abstractSyntax !== UID.verification && abstractSyntax !== UID.studyRootFind) {
    return { id, result: 3, transferSyntax: '' };
  }
  const transferSyntax = isStorage
    ? transferSyntaxes[0]
    : transferSyntaxes.find((syntax) => syntax === UID.implicitVrLittleEndian);
  return transferSyntax === undefined ? { id, result: 4, transferSyntax: '' } : { id, result: 0, transferSyntax };
}
