import type { Answer, routes } from '#api/contract';

import { whereIs } from './where.ts';

export type Preset = Answer<(typeof routes)['presets']>[number];
export type Default = Preset['fields'][number];

/** What the preset of a service fills in for a field, where it does. */
export function defaultAt(
  presets: readonly Preset[],
  lines: readonly string[],
  path: readonly string[],
): { readonly preset: Preset; readonly filled: Default } | undefined {
  const [top, service, ...rest] = path;
  if (top !== 'services' || service === undefined) return undefined;
  // A pool may say the same as its service.
  const field = (rest[0] === 'pools' ? rest.slice(2) : rest).join('.');
  const preset = presets.find(({ name }) => name === presetOf(lines, service));
  const filled = preset?.fields.find((one) => one.field === field);
  return preset && filled && { preset, filled };
}

function presetOf(lines: readonly string[], service: string): string | undefined {
  for (const [line, text] of lines.entries()) {
    const match = /\bpreset: *([\w-]+)/.exec(text);
    if (match === null) continue;
    const where = whereIs(lines, line, match.index);
    if (where?.path.join('.') === `services.${service}`) return match[1];
  }
  return undefined;
}

/** A default as it is written in a spec. */
export const valueText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
