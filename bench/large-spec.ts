import { presets } from '#spec';

/** How large a site can be thought: 1,000 services with ten servers each. */
export const SERVICES = 1_000;
export const SERVERS = 10;

/** A spec with every preset in turn and, here and there, what services have beyond it. The same text every time. */
export function largeSpec(certificate: string): string {
  const names = presets.map(({ name }) => name);
  const services = Array.from({ length: SERVICES }, (_, index) => service(index, names[index % names.length] ?? ''));
  return `version: 1\nsite: large\ncertificates:\n  site: { file: ${certificate} }\nservices:\n${services.join('')}`;
}

function service(index: number, preset: string): string {
  const lines = [
    `s${index}:`,
    `  preset: ${preset}`,
    `  listen: ${address(10, index)}:${preset.startsWith('dicom') ? 11112 : 8443}`,
    ...(index % 4 === 0 ? ['  allow: { sources: [10.0.0.0/8, "2001:db8::/32"] }'] : []),
    ...(index % 5 === 0 ? ['  check: { interval: 3s }', '  limits: { connections: 2000 }'] : []),
    ...(preset === 'dicom' ? routed(index) : ['  servers:', ...servers(index, 0, SERVERS, '    ')]),
  ];
  return lines.map((line) => `  ${line}\n`).join('');
}

/** Archives have a pool of their own for another AE title. */
const routed = (index: number): readonly string[] => [
  '  routes:',
  '    - { when: { calledAeTitle: [VNA, VNA_TEST] }, pool: vna }',
  '  pools:',
  '    default:',
  '      servers:',
  ...servers(index, 0, SERVERS / 2, '        '),
  '    vna:',
  '      servers:',
  ...servers(index, SERVERS / 2, SERVERS, '        '),
];

const servers = (index: number, from: number, to: number, indent: string): readonly string[] =>
  Array.from({ length: to - from }, (_, offset) => from + offset).map((server) => {
    const where = `${address(20 + server, index)}:8080`;
    return `${indent}server${server + 1}: ${server % 3 === 0 ? `{ address: ${where}, weight: 50, limits: { connections: 100 } }` : where}`;
  });

const address = (net: number, host: number): string => `10.${net}.${Math.floor(host / 250)}.${(host % 250) + 1}`;
