import { codeString, encodeElements, uid } from './elements.ts';
import { encodeMessage } from './message.ts';
import { encodePdu, type UserInformation } from './pdu.ts';

/** The UIDs a check needs (PS3.6 Annex A). */
export const UID = {
  applicationContext: '1.2.840.10008.3.1.1.1',
  implicitVrLittleEndian: '1.2.840.10008.1.2',
  verification: '1.2.840.10008.1.1',
  studyRootFind: '1.2.840.10008.5.1.4.1.2.2.1',
} as const;

/** How Vagus introduces itself to other DICOM applications. */
export const VAGUS_USER: UserInformation = {
  maxPduBytes: 16 * 1024,
  implementationClassUid: '2.25.131967817905979163003695538554049766899',
  implementationVersionName: 'VAGUS',
};

/** A study that no archive has: a UID derived from a random UUID that was used nowhere else (PS3.5 §B.2). */
export const ABSENT_STUDY_UID = '2.25.73011697445334695170312570875710361955';

/**
 * An A-ASSOCIATE-RQ. The called AE title is at bytes 10–25 and the calling one at 26–41. `contexts`: abstract syntaxes,
 * proposed with implicit VR little endian as presentation contexts 1, 3, 5 and so on.
 */
export const associateRequest = (options: {
  readonly called: string;
  readonly calling: string;
  readonly contexts: readonly string[];
}): Buffer =>
  encodePdu({
    type: 'A-ASSOCIATE-RQ',
    calledAeTitle: options.called,
    callingAeTitle: options.calling,
    applicationContext: UID.applicationContext,
    contexts: options.contexts.map((abstractSyntax, index) => ({
      id: 2 * index + 1,
      abstractSyntax,
      transferSyntaxes: [UID.implicitVrLittleEndian],
    })),
    user: VAGUS_USER,
  });

/** A C-ECHO-RQ in one P-DATA-TF (PS3.7 §9.3.5.1). */
export const echoRequest = (messageId: number, contextId: number): Buffer =>
  encodeMessage({
    contextId,
    command: { type: 'C-ECHO-RQ', messageId, sopClassUid: UID.verification, sopInstanceUid: undefined },
    dataSet: undefined,
  });

/** A C-FIND-RQ for one study, in two P-DATA-TF: the command, then its identifier (PS3.7 §9.3.2.1, PS3.4 §C.6.2). */
export const findStudyRequest = (messageId: number, contextId: number, studyInstanceUid: string): Buffer =>
  encodeMessage({
    contextId,
    command: { type: 'C-FIND-RQ', messageId, sopClassUid: UID.studyRootFind, sopInstanceUid: undefined },
    dataSet: encodeElements([codeString(0x0008_0052, 'STUDY'), uid(0x0020_000d, studyInstanceUid)]),
  });

/** An A-RELEASE-RQ (PS3.8 §9.3.6). */
export const releaseRequest = (): Buffer => encodePdu({ type: 'A-RELEASE-RQ' });
