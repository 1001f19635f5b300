import { err, ok, type Result } from '#lib';
import {
  ABSENT_STUDY_UID,
  abortInWords,
  associateRequest,
  contextResultInWords,
  echoRequest,
  encodePdu,
  findStudyRequest,
  isResponse,
  messageReader,
  type Pdu,
  pduReader,
  rejectionInWords,
  releaseRequest,
  statusInWords,
  UID,
} from '#protocols';
import type { Connection } from '#system';

import { healthy, lastSpan, type Session, unhealthy, unitsOf, type Verdict } from './session.ts';

type Asked = { readonly called: string; readonly calling: string; readonly operation: 'C-ECHO' | 'C-FIND' };

const MESSAGE_ID = 1;
const CONTEXT_ID = 1;
const ACCEPTED = 0;
const SUCCESS = 0;
const isPending = (status: number): boolean => status === 0xff00 || status === 0xff01;

const OPERATIONS = {
  'C-ECHO': { sopClass: UID.verification, request: echoRequest(MESSAGE_ID, CONTEXT_ID) },
  'C-FIND': { sopClass: UID.studyRootFind, request: findStudyRequest(MESSAGE_ID, CONTEXT_ID, ABSENT_STUDY_UID) },
} as const;

/** Associates, asks, and releases (PS3.8 §7, PS3.7 §9.1). What does not come to its release is aborted, never just cut. */
export async function probeDicom(connection: Connection, asked: Asked, session: Session): Promise<Verdict> {
  const association = associationOn(connection, session);
  const verdict = await converse(association, asked, session);
  if (!association.isOver()) connection.write(encodePdu({ type: 'A-ABORT', source: 0, reason: 0 }));
  await connection.end();
  return verdict;
}

async function converse(association: Association, asked: Asked, session: Session): Promise<Verdict> {
  const { operation } = asked;
  const context = await session.step('associate', () => associate(association, asked));
  if (!context.ok) return unhealthy(context.error);
  const isOffered = context.value === ACCEPTED;
  const status = isOffered
    ? await session.step(operation, () => ask(association, operation), statusInWords)
    : undefined;
  const time = lastSpan(session);
  if (status?.ok === false) return unhealthy(status.error);

  const released = await session.step('release', () => release(association));
  if (status === undefined) {
    return unhealthy(`association accepted, but not for ${operation}: ${contextResultInWords(context.value)}`);
  }
  if (status.value !== SUCCESS) return unhealthy(`${operation} refused: ${statusInWords(status.value)}`);
  return healthy(`${operation} answered in ${time}${released.ok ? '' : ', but the release was not'}`);
}

/** What the parts of an association share. */
type Association = {
  send(bytes: Uint8Array): void;
  /** The next PDU; a rejection or an abort is an error, in words. */
  next(): Promise<Result<Pdu, string>>;
  /** True after a rejection, an abort or a release: there is nothing left to abort. */
  isOver(): boolean;
};

function associationOn(connection: Connection, session: Session): Association {
  const pdus = unitsOf(connection, pduReader({ from: 'server' }), 'DICOM', session);
  let over = false;
  return {
    send: (bytes) => connection.write(bytes),
    isOver: () => over,
    async next() {
      const pdu = await pdus.next();
      if (!pdu.ok) return pdu;
      over = ['A-ASSOCIATE-RJ', 'A-ABORT', 'A-RELEASE-RP'].includes(pdu.value.type);
      if (pdu.value.type === 'A-ASSOCIATE-RJ') return err(`association rejected: ${rejectionInWords(pdu.value)}`);
      if (pdu.value.type === 'A-ABORT') return err(`association aborted: ${abortInWords(pdu.value)}`);
      return pdu;
    },
  };
}

/** What became of the one presentation context that was proposed; 0 is accepted. */
async function associate(association: Association, asked: Asked): Promise<Result<number, string>> {
  const { called, calling, operation } = asked;
  association.send(associateRequest({ called, calling, contexts: [OPERATIONS[operation].sopClass] }));
  const answer = await association.next();
  if (!answer.ok) return answer;
  if (answer.value.type !== 'A-ASSOCIATE-AC') return unexpected(answer.value, 'the association request');
  const context = answer.value.contexts.find(({ id }) => id === CONTEXT_ID);
  return context === undefined
    ? err('association accepted without a word about what was asked for')
    : ok(context.result);
}

/** The final status of the operation. */
async function ask(association: Association, operation: Asked['operation']): Promise<Result<number, string>> {
  const messages = messageReader({ from: 'server' });
  association.send(OPERATIONS[operation].request);
  for (;;) {
    const pdu = await association.next();
    if (!pdu.ok) return pdu;
    if (pdu.value.type !== 'P-DATA-TF') return unexpected(pdu.value, `the ${operation} request`);
    for (const message of messages.push(pdu.value)) {
      if (!message.ok) return err(`answered the ${operation} request, but not in DICOM: ${message.error.message}`);
      const { command } = message.value;
      if (!isResponse(command)) return err(`answered the ${operation} request with a request`);
      if (!isPending(command.status)) return ok(command.status);
    }
  }
}

async function release(association: Association): Promise<Result<void, string>> {
  association.send(releaseRequest());
  const answer = await association.next();
  if (!answer.ok) return answer;
  return answer.value.type === 'A-RELEASE-RP' ? ok(undefined) : unexpected(answer.value, 'the release request');
}

const unexpected = (pdu: Pdu, what: string): Result<never, string> => err(`answered ${what} with ${pdu.type}`);
