import { findProgram } from './programs.ts';
import { CALLED_AE_TITLE, type ServiceName, SERVICES, SLOWER } from './site.ts';

/** What a newcomer needs to know. */
export type Scene = {
  readonly addresses: Readonly<Record<ServiceName, string>>;
  readonly ca: string;
  readonly orthanc: boolean;
  /** Ports that were taken, in words. */
  readonly moved: readonly string[];
};

/**
 * The text that greets a newcomer: where everything is, one command for each protocol, and how to break things.
 * `vagus` writes a command of the program the way it has to be typed here.
 */
export function welcomeText({ addresses, ca, orthanc, moved }: Scene, vagus: (words: string) => string): string {
  const { portal, fhir, pacs, adt, results } = addresses;
  const curl = `curl --cacert ${quoted(ca)}`;
  const [pacsHost = '', pacsPort = ''] = pacs.split(':');
  const archives = orthanc ? 'DICOM archives (Orthanc)' : 'DICOM archives';

  return [
    'St. Elsewhere, a demonstration hospital. It lives on this machine only; its patients are invented.',
    '',
    ...table([
      ['portal', portal, 'EHR portals', serversOf('portal')],
      ['fhir', fhir, 'FHIR R4 servers', serversOf('fhir')],
      ['pacs', pacs, archives, `${serversOf('pacs')}, called ${CALLED_AE_TITLE}`],
      ['adt', adt, 'HL7 v2 engines (MLLP)', serversOf('adt')],
      ['results', results, 'HL7 v2, stored on the way', serversOf('results')],
    ]),
    ...moved.map((words) => `  (${words})`),
    '',
    'Be a client of it:',
    '',
    `  ${curl} ${portal}/`,
    `  ${curl} ${fhir}/Patient/p1`,
    `  echoscu -v -aec ${CALLED_AE_TITLE} ${pacsHost} ${pacsPort}${needs('echoscu', 'dcmtk')}`,
    `  ${vagus(`probe dicom://${CALLED_AE_TITLE}@${pacs}`)}`,
    `  ${vagus(`probe mllp://${adt}`)}`,
    `  printf '\\013MSH|^~\\\\&|ME||||||ADT^A01|1|P|2.5\\r\\034\\r' |`,
    `    curl -sm1 telnet://${adt} | tr '\\r' '\\n'`,
    '',
    'Break it, and watch what its clients notice:',
    '',
    ...table([
      [vagus('demo kill pacs1'), 'the process is gone'],
      [vagus('demo hang ehr1'), 'it takes connections and never answers'],
      [vagus('demo slow ehr2'), '2 s more for every page; its health checks stay quick'],
      [vagus('explain portal'), 'what each server is given meanwhile, and why'],
      [vagus('demo kill store1'), 'results wait on disk; who sends them does not notice'],
      [vagus('queue'), 'how many, and since when'],
      [vagus('demo heal'), 'all is well again'],
      [vagus('status'), 'what Vagus makes of it'],
    ]),
    '',
  ].join('\n');
}

const serversOf = (service: ServiceName): string =>
  Object.keys(SERVICES[service].servers)
    .map((name) => (name === SLOWER.server ? `${name} (slower)` : name))
    .join(' ');

const needs = (program: string, debianPackage: string): string =>
  findProgram(program) === undefined ? `    # apt install ${debianPackage}` : '';

/** A path as a shell takes it. */
const quoted = (path: string): string => (/^[\w./~@%+=:,-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`);

function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('   ')}`.trimEnd());
}
