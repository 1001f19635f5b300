import type { BackendServerTls, FrontendTls } from '#plan';
import type { TlsProfile } from '#spec';

const AEAD_ECDHE =
  'ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384';
const AEAD_DHE = 'DHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-GCM-SHA384';
const CHACHA = 'ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305';

/**
 * What each profile allows. `dicom-bcp195` and its modified form are PS3.15 B.12 and B.13: TLS 1.2 is the least, only
 * ephemeral keys with AES-GCM; the modified form names the curves, none under 256 bits. DHE parameters are 2048 bits
 * (`tune.ssl.default-dh-param`).
 */
const PROFILES: Readonly<Record<TlsProfile, string>> = {
  modern: 'ssl-min-ver TLSv1.3',
  intermediate: `ssl-min-ver TLSv1.2 ciphers ${AEAD_ECDHE}:${CHACHA}:${AEAD_DHE}`,
  'dicom-bcp195': `ssl-min-ver TLSv1.2 ciphers ${AEAD_ECDHE}:${AEAD_DHE}`,
  'dicom-bcp195-modified': `ssl-min-ver TLSv1.2 ciphers ${AEAD_ECDHE}:${AEAD_DHE} curves P-256:P-384:P-521`,
  legacy: 'ssl-min-ver TLSv1.0 ciphers DEFAULT:@SECLEVEL=0',
};

export const certificateListName = (service: string): string => `tls/${service}.list`;

/** The list of a service's certificates: HAProxy picks by the name the client asks for, and ECDSA where it can. */
export const certificateList = (tls: FrontendTls): string => tls.certificates.map((file) => `${file}\n`).join('');

/** The words of a `bind` line that make it speak TLS. */
export function bindTls(service: string, tls: FrontendTls, alpn: string | undefined): string {
  const words = [
    `ssl crt-list ${certificateListName(service)}`,
    PROFILES[tls.profile],
    alpn === undefined ? undefined : `alpn ${alpn}`,
    tls.clients && `ca-file ${tls.clients.caFile} verify ${tls.clients.verify}`,
  ];
  return words.filter((word) => word !== undefined).join(' ');
}

/** The words of a `server` line that make it speak TLS to the server. */
export function serverTls(tls: BackendServerTls): string {
  const words = [
    'ssl',
    tls.caFile === undefined ? 'verify none' : `verify required ca-file ${tls.caFile}`,
    tls.serverName && `sni str(${tls.serverName}) check-sni ${tls.serverName}`,
    tls.caFile && tls.serverName && `verifyhost ${tls.serverName}`,
    tls.certificate && `crt ${tls.certificate}`,
  ];
  return words.filter(Boolean).join(' ');
}
