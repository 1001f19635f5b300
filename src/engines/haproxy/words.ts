import { abortInWords, rejectionInWords } from '#protocols';

import type { CheckResult } from './read.ts';

/** What a check says of a page that came with the right status and is the wrong one. */
export const WRONG_PAGE = {
  text: 'the expected text is not in the answer',
  capabilities: 'no CapabilityStatement in the answer',
} as const;

const wrongPages: readonly string[] = Object.values(WRONG_PAGE);

/** What the last check found, in words a person can act on. */
export function checkInWords(check: CheckResult): string {
  const { status, code, detail } = check;
  const dicom = dicomInWords(detail);
  if (dicom !== undefined) return dicom;
  if (wrongPages.includes(detail)) return detail;
  if (detail.startsWith('TCPCHK got an empty response')) return 'closes the connection without an answer';
  switch (status) {
    case '':
    case 'INI':
      return 'not checked yet';
    case 'L4OK':
      return 'port open';
    case 'L6OK':
      return 'TLS ok';
    case 'L7OK':
    case 'L7OKC':
      return said(detail) ?? (code ? `HTTP ${code}` : 'ok');
    case 'L4CON':
      return /refused/i.test(detail) ? 'port closed (connection refused)' : `cannot be reached${suffix(said(detail))}`;
    case 'L4TOUT':
      return 'no answer to the connection attempt (host down, or packets dropped)';
    case 'L6TOUT':
      return 'accepts connections, but the TLS handshake hangs';
    case 'L6RSP':
      return 'TLS handshake failed (wrong certificate, name, protocol, or no TLS at all)';
    case 'L7TOUT':
      return 'accepts connections but hangs: no answer in time';
    case 'L7STS':
      return code ? `answered HTTP ${code}` : (said(detail) ?? 'answered that it is not well');
    case 'L7RSP':
      return said(detail) ?? 'closed the connection, or answered in another protocol than the expected one';
    case 'SOCKERR':
      return 'accepts connections and closes them at once';
    case 'HANA':
      return 'failed to answer traffic several times in a row';
    default:
      return `check ended with ${status}${suffix(said(detail))}`;
  }
}

function dicomInWords(detail: string): string | undefined {
  const rejected = /A-ASSOCIATE-RJ result=(\w\w) source=(\w\w) reason=(\w\w)/.exec(detail);
  if (rejected) {
    const [result, source, reason] = rejected.slice(1).map((digits) => Number.parseInt(digits, 16)) as [
      number,
      number,
      number,
    ];
    return `association rejected: ${rejectionInWords({ result, source, reason })}`;
  }
  const aborted = /A-ABORT(?: source=(\w\w) reason=(\w\w))?/.exec(detail);
  if (!aborted) return undefined;
  const [, source, reason] = aborted;
  if (source === undefined || reason === undefined)
    return `association aborted after it was accepted: ${detail.replace(/^.*A-ABORT after /, 'at ')}`;
  return `association aborted: ${abortInWords({ source: Number.parseInt(source, 16), reason: Number.parseInt(reason, 16) })}`;
}

const suffix = (text: string | undefined): string => (text === undefined ? '' : `: ${text}`);

/** The part of HAProxy's text that a check of ours put there, or the reason of the operating system. */
function said(detail: string): string | undefined {
  const text = detail.replace(/^(Layer[467]|TCPCHK|HTTP)[^:]*: ?/, '').trim();
  return text === '' || /at step \d+ of/.test(text) ? undefined : text;
}
