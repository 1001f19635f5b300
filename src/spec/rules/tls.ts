import { enumerate, quote } from '../words.ts';
import { lost, type ServiceContext } from './context.ts';

/** A service that speaks TLS has a certificate; one that should and does not, or does so badly, is told. */
export function checkTls({ service, path, preset, site, problems }: ServiceContext): void {
  const place = [...path, 'tls'];
  const { tls } = service;
  if (tls === 'none') {
    if (preset?.speaksTls) {
      const message = `clients of this service speak in clear text, and patient data with them (preset ${quote(preset.name)} expects TLS)`;
      problems.report('clear-text', place, message);
    }
    return;
  }
  if (tls?.profile === 'legacy') {
    const message =
      'DANGEROUS: `legacy` allows TLS versions and ciphers that are broken; use it for one old device, and plan its end';
    problems.report('legacy-tls', [...place, 'profile'], message);
  }
  if (lost(tls, place, problems) || problems.damaged([...place, 'certificate'])) return;
  const speaks = tls !== undefined || preset?.speaksTls;
  if (!speaks || tls?.certificate !== undefined || lost(site.certificates, ['certificates'], problems)) return;
  const names = [...(site.certificates?.keys() ?? [])];
  if (names.length === 1) return;
  const which =
    names.length === 0
      ? 'the site has none'
      : `the site has ${enumerate(names.slice(0, 10))}: say \`tls: { certificate: … }\``;
  const why =
    tls === undefined && preset ? `preset ${quote(preset.name)} speaks TLS and ` : 'this service speaks TLS and ';
  problems.report('needs-certificate', tls === undefined ? path : place, `${why}needs a certificate: ${which}`, 'key');
}
