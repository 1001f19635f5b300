import type { Preset } from './presets.ts';

/** Text for a place of a spec, and what of it somebody has to fill in first. */
export type Insertion = { readonly at: number; readonly text: string; readonly name: string };

const PORTS: Readonly<Record<Preset['protocol'], number>> = { http: 443, tcp: 443, dicom: 104, hl7: 2575 };

/** A service of a preset, for the end of `services:`; addresses are examples, and have to be given. */
export function serviceOf({ name: preset, protocol }: Preset, spec: string): Insertion {
  const name = freeName(preset, spec);
  const service = [
    `  ${name}:`,
    `    preset: ${preset}`,
    `    listen: 10.0.0.10:${PORTS[protocol]}`,
    '    servers:',
    `      server1: 10.0.1.1:${PORTS[protocol]}`,
    '',
  ].join('\n');
  const lines = spec.split('\n');
  const top = lines.findIndex((line) => line.startsWith('services:'));
  if (top === -1) {
    const before = spec === '' || spec.endsWith('\n') ? '' : '\n';
    return { at: spec.length, text: `${before}services:\n${service}`, name };
  }
  const following = lines.findIndex((line, index) => index > top && /^[^\s#]/.test(line));
  let end = following === -1 ? lines.length : following;
  while (end > top + 1 && (lines[end - 1] ?? '').trim() === '') end -= 1;
  const at = lines.slice(0, end).join('\n').length;
  return { at, text: `\n\n${service.trimEnd()}`, name };
}

function freeName(name: string, spec: string): string {
  const isTaken = (candidate: string): boolean => new RegExp(`^  ${candidate}:`, 'm').test(spec);
  let free = name;
  for (let count = 2; isTaken(free); count += 1) free = `${name}-${count}`;
  return free;
}
