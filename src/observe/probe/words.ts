import { approximate } from '#lib';
import { DEADLINE } from '#system';

/** A time that was measured, for people: at least `1 ms`. */
export const span = (milliseconds: number): string => approximate(Math.max(1, milliseconds));

/** A limit, as it was set: `5 s`, `250 ms`. */
const limit = (milliseconds: number): string =>
  milliseconds % 1_000 === 0 ? `${milliseconds / 1_000} s` : `${milliseconds} ms`;

/** Why a name has no address. */
export function resolveFailure(code: string, timeout: number): string {
  if (code === DEADLINE) return `the name could not be resolved within ${limit(timeout)}`;
  return code === 'ENOTFOUND' ? 'the name has no address' : `the name cannot be resolved (${code})`;
}

/** Why there is no connection. */
export function connectFailure(code: string, timeout: number): string {
  switch (code) {
    case 'ECONNREFUSED':
      return 'port closed (connection refused)';
    case DEADLINE:
    case 'ETIMEDOUT':
      return `no answer to the connection attempt within ${limit(timeout)} (host down, or packets dropped)`;
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return 'cannot be reached (no route to the host)';
    default:
      return `cannot be reached (${code})`;
  }
}

/** What a TLS library says, by its code without `ERR_SSL_`. */
const TLS: readonly (readonly [RegExp, string])[] = [
  [/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST/, 'what answers there does not speak TLS'],
  [/CERTIFICATE_REQUIRED|PEER_DID_NOT_RETURN_A_CERTIFICATE/, 'the server asks for a client certificate'],
  [/ALERT_(UNKNOWN_CA|BAD_CERTIFICATE|CERTIFICATE_\w+|UNSUPPORTED_CERTIFICATE)/, 'the server refuses our certificate'],
  [/PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL/, 'no protocol version in common'],
  [/HANDSHAKE_FAILURE|NO_SHARED_CIPHER|NO_CIPHERS/, 'no cipher in common, or the server asks for a client certificate'],
  [/UNRECOGNIZED_NAME/, 'the server does not know the name'],
];

/** Why a TLS handshake failed. */
export function tlsFailure(code: string, timeout: number): string {
  if (code === DEADLINE) return `accepts connections, but the TLS handshake hangs: no answer within ${limit(timeout)}`;
  if (code.startsWith('ERR_OSSL_')) return `our certificate file, or the CA file, cannot be used (${code})`;
  if (code === 'ECONNRESET' || code === 'EPIPE') return 'TLS handshake failed: the server closes the connection';
  return `TLS handshake failed: ${TLS.find(([pattern]) => pattern.test(code))?.[1] ?? code}`;
}

const DISTRUST: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'certificate has expired',
  CERT_NOT_YET_VALID: 'certificate is not valid yet',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'certificate is self-signed; name it, or its CA, as trusted',
  SELF_SIGNED_CERT_IN_CHAIN: 'certificate is signed by a CA that is not trusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'certificate is signed by a CA that is not trusted',
  UNABLE_TO_GET_ISSUER_CERT: 'certificate chain is incomplete',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'certificate is signed by a CA that is not trusted',
  ERR_TLS_CERT_ALTNAME_INVALID: 'certificate is for another name',
};

/** Why a certificate is not to be trusted, by the code of its verification; undefined for a code of anything else. */
export const distrustInWords = (code: string): string | undefined => DISTRUST[code];

/** Why nothing could be read where an answer was due. TLS 1.3 servers refuse a client only after the handshake. */
export function readFailure(code: string, timeout: number): string {
  if (code === DEADLINE) return `accepts connections but hangs: no answer within ${limit(timeout)}`;
  if (code.startsWith('ERR_SSL_')) return tlsFailure(code, timeout);
  return code === 'ECONNRESET' || code === 'EPIPE'
    ? 'accepts connections and resets them'
    : `the connection broke (${code})`;
}
