import { DEADLINE, NO_ANSWER, NO_SENSE, TOO_LARGE } from '#system';

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there',
  EHOSTUNREACH: 'no way to the host',
  ENETUNREACH: 'no way to its network',
  ETIMEDOUT: 'no answer to the connection attempt',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  ENOTFOUND: 'its name has no address',
  EAI_AGAIN: 'its name cannot be resolved now',
  EMFILE: 'too many open files on this machine',
  [NO_ANSWER]: 'the connection ended before an answer',
  [NO_SENSE]: 'what answers there is something else',
  [TOO_LARGE]: 'the answer is longer than 4 MiB',
};

const NOT_TRUSTED = 'its certificate is not signed by the CA that `tls` names';

const DISTRUST: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  DEPTH_ZERO_SELF_SIGNED_CERT: NOT_TRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: NOT_TRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: NOT_TRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: NOT_TRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: NOT_TRUSTED,
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
};

/** Why there is no answer, by the code of what happened. */
export function troubleInWords(code: string, within: number): string {
  if (code === DEADLINE) return `no answer within ${within} ms`;
  if (/^ERR_SSL_(WRONG_VERSION|PACKET_LENGTH)/.test(code)) return 'what answers there does not speak TLS';
  return WORDS[code] ?? DISTRUST[code] ?? `cannot be reached (${code})`;
}

/** Why an HTTP answer is none that can be read. */
export function statusInWords(status: number): string {
  if (status === 401 || status === 403) return `it answers ${status}: it wants another authorization`;
  return status === 404 ? 'it answers 404: there is no such page' : `it answers ${status}`;
}
