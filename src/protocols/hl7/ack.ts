import { err, type Fault, ok, type Result } from '#lib';
import { faultOf, type Peer } from '../errors.ts';
import { escapeText, type Hl7Header, readFields, readSeparators } from './header.ts';
import { writeMessage } from './write.ts';

const CODES = ['AA', 'AE', 'AR', 'CA', 'CE', 'CR'] as const;

/**
 * MSA-1 (HL7 table 0008). AA: the application has it. CA: safely stored. AE, CE: an error, must not be sent again
 * unchanged. AR, CR: rejected, may be sent again later. A… is the original mode, C… the enhanced one.
 */
export type AcknowledgementCode = (typeof CODES)[number];

export type Acknowledgement = {
  readonly code: AcknowledgementCode;
  /** MSA-2: the control id of the message that is acknowledged, as it was sent. */
  readonly messageControlId: string;
};

/** Reads the MSA segment of an acknowledgement. Errors: `hl7-header-malformed`, `hl7-not-an-acknowledgement`. */
export function readAcknowledgement(message: Uint8Array, from: Peer): Result<Acknowledgement, Fault> {
  const separators = readSeparators(message, from);
  if (!separators.ok) return separators;
  const [, code, messageControlId = ''] = readFields(message, 'MSA', separators.value) ?? [];
  if (code === undefined) return err(faultOf(from)('hl7-not-an-acknowledgement', 'a message without an MSA segment'));
  if (!isCode(code)) return err(faultOf(from)('hl7-not-an-acknowledgement', 'MSA-1 is not in HL7 table 0008'));
  return ok({ code, messageControlId });
}

/**
 * True where `acknowledgement` answers `message`: MSA-2 equals MSH-10, byte for byte. A message without a control id has
 * no acknowledgement of its own, so whatever comes is not taken for it.
 */
export const isAckFor = (message: Hl7Header, acknowledgement: Acknowledgement): boolean =>
  message.controlId !== '' && message.controlId === acknowledgement.messageControlId;

/** True for AA and CA. */
export const isPositive = (code: AcknowledgementCode): boolean => code.endsWith('A');

/** ERR-3 and ERR-4 (HL7 tables 0357 and 0516). ERR-2 stays empty: no field of the message is to blame. */
const internalError = (component: string): string => ['207', 'Application internal error', 'HL70357'].join(component);
const ERROR_SEVERITY = 'E';

/**
 * Returns the acknowledgement of a message (HL7 v2 §2.9.2, §2.14.8), without a frame: sender and receiver swapped,
 * separators, version, processing id and character set of the message, its control id in MSA-2 byte for byte. An error or
 * a rejection carries `text` and, from version 2.5, an ERR segment. `controlId`: MSH-10 of the acknowledgement itself;
 * `time`: see `hl7Time`. Whoever sends AA or CA says that the message is safe.
 */
export function acknowledge(
  header: Hl7Header,
  options: {
    readonly code: AcknowledgementCode;
    readonly controlId: string;
    readonly time: string;
    readonly text?: string;
  },
): Buffer {
  const { separators } = header;
  const text = escapeText(options.text ?? '', separators);
  const version = versionOf(header);
  const msh = [
    'MSH',
    header.encodingCharacters,
    header.receivingApplication,
    header.receivingFacility,
    header.sendingApplication,
    header.sendingFacility,
    options.time,
    '',
    messageTypeOf(header, version),
    escapeText(options.controlId, separators),
    header.processingId,
    header.version,
    '',
    '',
    '',
    '',
    '',
    header.characterSet,
  ];
  // MSA-3 was withdrawn in 2.7; ERR-8 takes its place from 2.5 on. Between them, engines show either.
  const msa = ['MSA', options.code, header.controlId, isSince(version, 2, 7) ? '' : text];
  const err207 = ['ERR', '', '', internalError(separators.component), ERROR_SEVERITY, '', '', '', text];
  const withError = !isPositive(options.code) && isSince(version, 2, 5);
  return writeMessage(withError ? [msh, msa, err207] : [msh, msa], separators.field);
}

/** MSH-9 of an acknowledgement: the event of the message since 2.2, the name of the structure since 2.3.1. */
function messageTypeOf({ triggerEvent, separators }: Hl7Header, version: readonly number[]): string {
  if (triggerEvent === '' || !isSince(version, 2, 2)) return 'ACK';
  return ['ACK', triggerEvent, ...(isSince(version, 2, 3, 1) ? ['ACK'] : [])].join(separators.component);
}

/** The numbers of the version that MSH-12 names. */
const versionOf = ({ version, separators }: Hl7Header): readonly number[] =>
  (version.split(separators.component, 1)[0] ?? '').split('.').map(Number);

/** True where a version of HL7 is this one or a later one. */
function isSince(version: readonly number[], ...minimum: readonly number[]): boolean {
  for (const [place, least] of minimum.entries()) {
    const actual = version[place] ?? 0;
    if (actual !== least) return actual > least;
  }
  return true;
}

const isCode = (text: string): text is AcknowledgementCode => (CODES as readonly string[]).includes(text);
