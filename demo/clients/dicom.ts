import { err, ok, type Result } from '#lib';
import {
  abortInWords,
  contextResultInWords,
  type DimseRequest,
  echoRequest,
  encodeMessage,
  isResponse,
  messageReader,
  type Pdu,
  pduReader,
  rejectionInWords,
  releaseRequest,
  statusInWords,
  UID,
} from '#protocols';
import { associateRequest, findStudyRequest } from '#protocols';
import { type Conversation, converse, type Peer } from './conversation.ts';
import { SECONDARY_CAPTURE, type SyntheticInstance } from './synthetic-instance.ts';

export type DicomPeer = Peer & { readonly called: string; readonly calling: string };

/** An open association, one request at a time. After an error it is gone. */
export type Association = {
  echo(): Promise<Result<void, string>>;
  store(instance: SyntheticInstance): Promise<Result<void, string>>;
  /** A study-level query for one study; what matches is not looked at. */
  find(studyInstanceUid: string): Promise<Result<void, string>>;
  /** Releases in order (PS3.8 §9.3.6) and closes. */
  release(): Promise<Result<void, string>>;
  /** Cuts the connection without a word. */
  cut(): void;
};

const CONTEXTS = [UID.verification, UID.studyRootFind, SECONDARY_CAPTURE] as const;
type Syntax = (typeof CONTEXTS)[number];
const contextIdOf = (syntax: Syntax): number => 2 * CONTEXTS.indexOf(syntax) + 1;

/** Opens an association for C-ECHO, C-STORE and C-FIND. The reason of an error says how it was refused. */
export async function openAssociation(peer: DicomPeer): Promise<Result<Association, string>> {
  const connection = await converse(peer, pduReader({ from: 'server' }));
  if (!connection.ok) return connection;
  const pdus = connection.value;
  pdus.send(associateRequest({ called: peer.called, calling: peer.calling, contexts: CONTEXTS }));
  const answer = await pdus.receive();
  if (!answer.ok) return answer;
  if (answer.value.type !== 'A-ASSOCIATE-AC') {
    pdus.end();
    return err(unexpected(answer.value));
  }
  return ok(association(pdus, answer.value));
}

function association(
  pdus: Conversation<Pdu>,
  accepted: Extract<Pdu, { readonly type: 'A-ASSOCIATE-AC' }>,
): Association {
  const messages = messageReader({ from: 'server' });
  let lastMessageId = 0;

  const fail = (reason: string): Result<never, string> => {
    pdus.cut();
    return err(reason);
  };

  /** Sends what `encode` makes and waits for a final status of success. */
  async function ask(syntax: Syntax, encode: (messageId: number, contextId: number) => Buffer) {
    const contextId = contextIdOf(syntax);
    const context = accepted.contexts.find(({ id }) => id === contextId);
    if (context?.result !== 0) return fail(`context refused: ${contextResultInWords(context?.result ?? 1)}`);
    lastMessageId += 1;
    pdus.send(encode(lastMessageId, contextId));
    for (;;) {
      const pdu = await pdus.receive();
      if (!pdu.ok) return pdu;
      if (pdu.value.type !== 'P-DATA-TF') return fail(unexpected(pdu.value));
      for (const message of messages.push(pdu.value)) {
        if (!message.ok) return fail(message.error.code);
        const { command } = message.value;
        if (!isResponse(command) || command.messageId !== lastMessageId) return fail('an answer to something else');
        if (isPending(command.status)) continue;
        return command.status === 0 ? ok(undefined) : fail(`status: ${statusInWords(command.status)}`);
      }
    }
  }

  return {
    echo: () => ask(UID.verification, echoRequest),
    find: (study) => ask(UID.studyRootFind, (messageId, contextId) => findStudyRequest(messageId, contextId, study)),
    store: (instance) =>
      ask(SECONDARY_CAPTURE, (messageId, contextId) => {
        const command: DimseRequest = {
          type: 'C-STORE-RQ',
          messageId,
          sopClassUid: SECONDARY_CAPTURE,
          sopInstanceUid: instance.uid,
        };
        return encodeMessage({ contextId, command, dataSet: instance.dataSet }, accepted.user.maxPduBytes);
      }),
    async release() {
      pdus.send(releaseRequest());
      const answer = await pdus.receive();
      if (!answer.ok) return answer;
      pdus.end();
      return answer.value.type === 'A-RELEASE-RP' ? ok(undefined) : err(unexpected(answer.value));
    },
    cut: () => pdus.cut(),
  };
}

/** PS3.7 Annex C, C-FIND: more matches follow. */
const isPending = (status: number): boolean => status === 0xff00 || status === 0xff01;

function unexpected(pdu: Pdu): string {
  switch (pdu.type) {
    case 'A-ASSOCIATE-RJ':
      return `rejected: ${rejectionInWords(pdu)}`;
    case 'A-ABORT':
      return `aborted: ${abortInWords(pdu)}`;
    default:
      return `an unexpected ${pdu.type}`;
  }
}

/** A whole visit of a modality: an association with an echo and these instances, released in order. */
export async function sendInstances(
  peer: DicomPeer,
  instances: readonly SyntheticInstance[],
): Promise<Result<void, string>> {
  const opened = await openAssociation(peer);
  if (!opened.ok) return opened;
  const echoed = await opened.value.echo();
  if (!echoed.ok) return echoed;
  for (const instance of instances) {
    const stored = await opened.value.store(instance);
    if (!stored.ok) return stored;
  }
  return opened.value.release();
}
