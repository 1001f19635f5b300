export type { Peer, ProtocolFaultCode } from './errors.ts';
export type { StreamReader } from './stream.ts';

export { isAeTitle } from './dicom/ae-title.ts';
export { encodePdu } from './dicom/pdu.ts';
export type {
  Abort,
  Abortion,
  AssociateAccept,
  AssociateReject,
  AssociateRequest,
  ContextAnswer,
} from './dicom/pdu.ts';
export type { DataTransfer, Pdu, Pdv, PresentationContext, Rejection, Release, UserInformation } from './dicom/pdu.ts';
export { pduReader } from './dicom/reader.ts';
export { isResponse, responseTo } from './dicom/command.ts';
export type { Command, DimseRequest, DimseResponse } from './dicom/command.ts';
export { encodeMessage, messageReader } from './dicom/message.ts';
export type { DimseMessage, MessageReader } from './dicom/message.ts';
export { ABSENT_STUDY_UID, associateRequest, echoRequest, findStudyRequest } from './dicom/requests.ts';
export { releaseRequest, UID, VAGUS_USER } from './dicom/requests.ts';
export { abortInWords, contextResultInWords, rejectionInWords, statusInWords } from './dicom/words.ts';

export { encodeFrame, frameReader, frameSplitter } from './mllp.ts';
export type { FrameSplitter } from './mllp.ts';
export { readHeader, readPatientId } from './hl7/header.ts';
export type { Hl7Header, PatientId, Separators } from './hl7/header.ts';
export { acknowledge, isAckFor, isPositive, readAcknowledgement } from './hl7/ack.ts';
export type { Acknowledgement, AcknowledgementCode } from './hl7/ack.ts';
export { isBatch, readBatch } from './hl7/batch.ts';
export type { Batch } from './hl7/batch.ts';
export { parseFieldPlace, readKeys } from './hl7/keys.ts';
export type { FieldPlace } from './hl7/keys.ts';
export { hl7Time } from './hl7/write.ts';
export { selfTestMessage } from './hl7/self-test.ts';

export { FHIR_MEDIA_TYPE, fhirFormatFor, ISSUE_CODE, operationOutcome } from './fhir/outcome.ts';
export type { FhirFormat, Issue, IssueCode } from './fhir/outcome.ts';
export { readFeedback } from './telemetry/feedback.ts';
export type { Feedback } from './telemetry/feedback.ts';
export { readExposition } from './telemetry/exposition.ts';
export type { Exposition, MetricSample } from './telemetry/exposition.ts';
export { amountAt } from './telemetry/pointer.ts';
export { cpuShare, readResources, RESOURCE_NAMES, shareOf, usedShare } from './telemetry/resources.ts';
export type { CpuTimes, Resources } from './telemetry/resources.ts';
