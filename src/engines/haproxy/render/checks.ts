import { formatDuration } from '#lib';
import {
  ABSENT_STUDY_UID,
  associateRequest,
  echoRequest,
  encodeFrame,
  findStudyRequest,
  releaseRequest,
  selfTestMessage,
  UID,
} from '#protocols';
import type { ProbingCheck } from '#spec';

import { WRONG_PAGE } from '../words.ts';
import { quote, quoteFormat } from './line.ts';

/** What a health check asks of a server, as lines of a backend. `withHeader`: every server expects a PROXY header. */
export function checkLines(check: ProbingCheck, withHeader: boolean): readonly string[] {
  return [`timeout check ${formatDuration(check.timeout)}`, ...conversation({ ...check, withHeader })];
}

type Asked = ProbingCheck & { readonly withHeader: boolean };

function conversation(check: Asked): readonly string[] {
  switch (check.type) {
    case 'tcp':
      return ['option tcp-check', connect('tcp-check', check)];
    case 'http':
    case 'fhir':
      return http(check);
    case 'dicom-echo':
      return dicom(check, 'C-ECHO', UID.verification, [echoRequest(1, 1)], '3080');
    case 'dicom-find':
      return dicom(check, 'C-FIND', UID.studyRootFind, [findStudyRequest(1, 1, ABSENT_STUDY_UID)], '2080');
    case 'hl7':
      return hl7(check);
  }
}

/**
 * `linger`: the check ends with FIN. Without it HAProxy resets, which servers log as an error, every few seconds.
 * `default`: TLS, its name and the PROXY header as on the server's line, since the servers of one pool may differ. A check with
 * TLS of its own has none of that.
 */
function connect(kind: 'tcp-check' | 'http-check', check: Asked): string {
  const port = check.port === undefined ? '' : ` port ${check.port}`;
  const tls = { 'as-server': ' default', unverified: ' ssl', never: '' }[check.tls];
  const header = check.withHeader && check.tls !== 'as-server' ? ' send-proxy' : '';
  return `${kind} connect${tls}${port}${header} linger`;
}

/** FHIR R4 §3.2.0.10: a capability statement may be asked for in short, which also fits the 16 KiB a check can read. */
const CAPABILITIES = /\/metadata$/;

function http(check: Extract<Asked, { type: 'http' | 'fhir' }>): readonly string[] {
  const capabilities = check.type === 'fhir' && CAPABILITIES.test(check.uri);
  const uri = capabilities ? `${check.uri}?_summary=true` : check.uri;
  const accept = check.type === 'fhir' ? ' hdr Accept application/fhir+json' : '';
  const { status, body } = check.expect;
  return [
    'option httpchk',
    connect('http-check', check),
    `http-check send meth ${check.method} uri ${quote(uri)} ver HTTP/1.1 hdr Host ${quoteFormat(check.host ?? 'localhost')} hdr User-Agent vagus-health-check${accept} hdr Connection close`,
    `http-check expect status ${status.join(',')}`,
    capabilities &&
      `http-check expect rstring ${quote('"resourceType"[[:space:]]*:[[:space:]]*"CapabilityStatement"')} error-status L7STS on-error "${WRONG_PAGE.capabilities}"`,
    body !== undefined && `http-check expect string ${quote(body)} error-status L7STS on-error "${WRONG_PAGE.text}"`,
  ].filter((text) => text !== false);
}

/**
 * Associate, ask, release. The regular expressions look at an upper-case hex dump of what has arrived; they are not
 * anchored, since the tail of one PDU may still be coming when the next step begins. An expectation that must not match
 * needs `min-recv`, or it waits for the time-out: A-ASSOCIATE-RJ and A-ABORT have 10 bytes (PS3.8 §9.3.4, §9.3.8).
 */
function dicom(
  check: Extract<Asked, { type: 'dicom-echo' | 'dicom-find' }>,
  operation: string,
  sopClass: string,
  requests: readonly Buffer[],
  responseField: string,
): readonly string[] {
  const associate = associateRequest({
    called: check.calledAeTitle,
    calling: check.callingAeTitle,
    contexts: [sopClass],
  });
  const response = `0000000102000000${responseField}`;
  const status = (code: string) => `${response}.*0000000902000000${code}`;
  return [
    'option tcp-check',
    connect('tcp-check', check),
    `tcp-check send-binary ${hex(associate)} comment A-ASSOCIATE-RQ`,
    'tcp-check expect min-recv 10 !rbinary ^03 error-status L7STS on-error "A-ASSOCIATE-RJ result=%[res.payload(7,1),hex] source=%[res.payload(8,1),hex] reason=%[res.payload(9,1),hex]"',
    'tcp-check expect min-recv 10 !rbinary ^07 error-status L7STS on-error "A-ABORT source=%[res.payload(8,1),hex] reason=%[res.payload(9,1),hex]"',
    'tcp-check expect min-recv 10 rbinary ^0200 error-status L7RSP on-error "no DICOM answer"',
    `tcp-check expect min-recv 74 !rbinary ^02.*2100....01000[1-4]00 error-status L7STS on-error "${operation} not offered"`,
    'tcp-check expect rbinary ^02.*2100....01000000 comment A-ASSOCIATE-AC',
    ...requests.map((request) => `tcp-check send-binary ${hex(request)} comment ${operation}-RQ`),
    `tcp-check expect min-recv 10 !rbinary 0700000000040000.... error-status L7STS on-error "A-ABORT after ${operation}-RQ"`,
    `tcp-check expect min-recv 84 !rbinary ${status('(?!0000|00FF|01FF)....')} error-status L7STS on-error "${operation} refused"`,
    `tcp-check expect rbinary ${status('0000')} comment ${operation}-RSP`,
    `tcp-check send-binary ${hex(releaseRequest())} comment A-RELEASE-RQ`,
    `tcp-check expect rbinary 060000000004 on-success "${operation} ok" comment A-RELEASE-RP`,
  ];
}

const hex = (bytes: Buffer): string => bytes.toString('hex').toUpperCase();

/** What the control id of a check's message begins with; the time follows, so that no two are the same. */
const CONTROL_ID = 'VAGUS';

/** One message and its acknowledgement, which must name the message's control id (HL7 v2 §2.9.2). */
function hl7(check: Extract<Asked, { type: 'hl7' }>): readonly string[] {
  const clock = '%[date,utime(%Y%m%d%H%M%S)]';
  const message = selfTestMessage({ messageType: check.messageType, controlId: `${CONTROL_ID}${clock}`, time: clock });
  return [
    'option tcp-check',
    connect('tcp-check', check),
    `tcp-check send-lf ${quoteBytes(encodeFrame(message))} comment self-test`,
    'tcp-check expect min-recv 4 rstring ^\\x0bMSH error-status L7RSP on-error "no HL7 answer"',
    'tcp-check expect rstring \\rMSA\\|(AA|AE|AR|CA|CE|CR)\\|[^\\r]*\\r comment acknowledgement',
    ...(check.acknowledgement === 'any' ? [] : NEGATIVE_ACKNOWLEDGEMENTS),
    `tcp-check expect min-recv 4 !rstring \\rMSA\\|..\\|(?!${CONTROL_ID}) error-status L7STS on-error "acknowledged another message than the one sent"`,
    `tcp-check expect rstring \\rMSA\\|..\\|${CONTROL_ID} on-success "acknowledged" comment MSA`,
  ];
}

const NEGATIVE_ACKNOWLEDGEMENTS = ['AE', 'AR', 'CE', 'CR'].map(
  (code) =>
    `tcp-check expect min-recv 4 !rstring \\rMSA\\|${code}\\| error-status L7STS on-error "acknowledged with ${code}"`,
);

/** Bytes as a double-quoted string in which HAProxy's own escapes stand for the control characters. */
const quoteBytes = (bytes: Uint8Array): string =>
  `"${Buffer.from(bytes)
    .toString('latin1')
    .replace(/[\\"$]/g, '\\$&')
    .replace(/[\0-\x1f]/g, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`)}"`;
