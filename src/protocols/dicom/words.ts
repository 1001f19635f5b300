import type { Abortion, Rejection } from './pdu.ts';

type Words = Readonly<Record<number, string>>;

const REJECTION_RESULT: Words = { 1: 'permanent', 2: 'transient' };

const REJECTION_SOURCE: Words = { 1: 'service user', 2: 'service provider, ACSE', 3: 'service provider, presentation' };

const REJECTION_REASON: Readonly<Record<number, Words>> = {
  1: {
    1: 'no reason given',
    2: 'application context name not supported',
    3: 'calling AE title not recognised',
    7: 'called AE title not recognised',
  },
  2: { 1: 'no reason given', 2: 'protocol version not supported' },
  3: { 1: 'temporary congestion', 2: 'local limit exceeded' },
};

/** An A-ASSOCIATE-RJ for people, e.g. `called AE title not recognised (permanent)` (PS3.8 table 9-21). */
export function rejectionInWords({ result, source, reason }: Rejection): string {
  const permanence = REJECTION_RESULT[result] ?? `result ${result}`;
  const words = REJECTION_REASON[source]?.[reason];
  if (words !== undefined) return `${words} (${permanence})`;
  return `reason ${reason} of ${REJECTION_SOURCE[source] ?? `source ${source}`} (${permanence})`;
}

const USER = 0;
const PROVIDER = 2;

const ABORT_REASON: Words = {
  0: 'reason not specified',
  1: 'unrecognised PDU',
  2: 'unexpected PDU',
  4: 'unrecognised PDU parameter',
  5: 'unexpected PDU parameter',
  6: 'invalid PDU parameter value',
};

/** An A-ABORT for people, e.g. `unexpected PDU (service provider)` (PS3.8 table 9-26). Only a provider gives a reason. */
export function abortInWords({ source, reason }: Abortion): string {
  if (source === PROVIDER) return `${ABORT_REASON[reason] ?? `reason ${reason}`} (service provider)`;
  return source === USER ? 'by the service user' : `by source ${source}`;
}

const CONTEXT_RESULT: Words = {
  0: 'accepted',
  1: 'rejected by the user',
  2: 'rejected by the provider, no reason given',
  3: 'abstract syntax not supported',
  4: 'transfer syntaxes not supported',
};

/** What became of a presentation context (PS3.8 table 9-18). */
export const contextResultInWords = (result: number): string => CONTEXT_RESULT[result] ?? `result ${result}`;

const STATUS: Words = {
  0x0000: 'success',
  0x0122: 'SOP class not supported',
  0x0124: 'not authorised',
  0x0210: 'duplicate invocation',
  0x0211: 'unrecognised operation',
  0x0212: 'mistyped argument',
  0xa700: 'out of resources',
  0xa900: 'identifier does not match the SOP class',
  0xfe00: 'cancelled',
  0xff00: 'pending',
  0xff01: 'pending',
};

/** The status of a response with its number, e.g. `not authorised (0124)` (PS3.7 Annex C, PS3.4 tables B.2-1 and C.4-1). */
export function statusInWords(status: number): string {
  const words = STATUS[status] ?? (status >> 12 === 0xc ? 'unable to process' : 'failure or warning');
  return `${words} (${status.toString(16).toUpperCase().padStart(4, '0')})`;
}
