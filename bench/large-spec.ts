import { presets } from '#spec';

/** How large a site can be thought: 1,000 services with ten servers each. */
export const SERVICES = 1_000;
export const SERVERS = 10;

/** A site that can be started on one machine: all of it on loopback, and every server on one port of a stand-in. */
export type OnLoopback = {
  readonly serverPort: number;
  /** All of them unless told. */
  readonly services?: number;
};

/** A spec with every preset in turn and, here and there, what services have beyond it. The same text every time. */
export function largeSpec(certificate: string, loopback?: OnLoopback): string {
  const names = presets.map(({ name }) => name);
  const services = Array.from({ length: loopback?.services ?? SERVICES }, (_, index) => {
    const text = service(index, names[index % names.length] ?? '');
    return loopback === undefined ? text : onLoopback(text, loopback);
  });
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

/** All addresses are looked for on this machine, and servers are asked seldom, and only whether they take connections. */
const onLoopback = (text: string, { serverPort }: OnLoopback): string =>
  text
    .replace(/^ +check: .*\n/m, '')
    .replaceAll(/\b10\.(\d+\.\d+\.\d+):/g, '127.$1:')
    .replaceAll(/:8080\b/g, `:${serverPort}`)
    .replace(/^( +)listen: /m, '$1check: { type: tcp, interval: 30s }\n$1listen: ');

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
