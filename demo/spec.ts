import { CALLED_AE_TITLE, type Places, type ServiceName, SERVICES } from './site.ts';

/** The demonstration's spec: its whole site in one file that is worth reading. Certificate files are relative to it. */
export function hospitalYaml(places: Places, certificateFiles: readonly string[]): string {
  const listen = (service: ServiceName): string => `127.0.0.1:${places.services[service]}`;
  const servers = (service: ServiceName): string =>
    Object.keys(SERVICES[service].servers)
      .map((name) => `      ${name}: 127.0.0.1:${places.servers.get(name)}`)
      .join('\n');

  return `# St. Elsewhere, a demonstration hospital. Written by \`vagus demo\` at every start.
version: 1
site: st-elsewhere

certificates:
  hospital: { file: [${certificateFiles.join(', ')}] }

services:
  # The EHR portal: HTTPS, and a cookie that keeps people on their server. Newcomers go where it is quick.
  portal:
    preset: ehr-web
    listen: ${listen('portal')}
    tls: { certificate: hospital, redirectFrom: 127.0.0.1:${places.redirect} }
    check: { path: /health, interval: 1s }
    steering: on
    servers:
${servers('portal')}

  # The FHIR API. A real server would be asked for its heavy capability statement less often.
  fhir:
    preset: fhir
    listen: ${listen('fhir')}
    check: { path: /metadata, interval: 2s }
    steering: on
    servers:
${servers('fhir')}

  # The archives, asked with C-ECHO.
  pacs:
    preset: dicom
    listen: ${listen('pacs')}
    check: { calledAeTitle: ${CALLED_AE_TITLE}, interval: 1s }
    servers:
${servers('pacs')}

  # The integration engines: one at a time, so that messages stay in order.
  adt:
    preset: hl7-mllp
    listen: ${listen('adt')}
    check: { type: hl7, interval: 1s }
    servers:
${servers('adt')}

  # Laboratory results: ours once they are on disk, and delivered in order for each patient. Their only receiver may be down.
  results:
    preset: hl7-mllp
    listen: ${listen('results')}
    check: { type: hl7, interval: 1s }
    relay: { delivery: stored }
    servers:
${servers('results')}
`;
}
