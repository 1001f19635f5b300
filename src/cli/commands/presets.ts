import { findPreset, type Preset, presets } from '#spec';
import { nearest } from '#lib';

import { columns, paint } from '../paint.ts';
import { EXIT, type World } from '../world.ts';

/** `vagus presets`: the catalogue. */
export function listPresets(world: World, options: { readonly json?: boolean }): number {
  if (options.json) world.print(JSON.stringify(presets, undefined, 2));
  else for (const row of columns(presets.map(({ name, title }) => [name, title]))) world.print(row);
  return EXIT.done;
}

/** `vagus presets show NAME`: one preset, with the reason for each value. */
export function showPreset(world: World, name: string, options: { readonly json?: boolean }): number {
  const preset = findPreset(name);
  if (preset === undefined) {
    const near = nearest(
      name,
      presets.map((candidate) => candidate.name),
    );
    world.complain(`there is no preset ${name}${near === undefined ? '' : `; did you mean ${near}?`}`);
    return EXIT.wrong;
  }
  world.print(options.json ? JSON.stringify(preset, undefined, 2) : inWords(preset, world.colour));
  return EXIT.done;
}

function inWords(preset: Preset, colour: boolean): string {
  const style = paint(colour);
  const facts = Object.entries(preset.fields).flatMap(([field, fact]) => {
    if (fact === undefined) return [];
    const value = typeof fact.value === 'string' ? fact.value : JSON.stringify(fact.value);
    const basis = fact.basis === 'reasoned' ? 'reasoned' : `source: ${fact.basis.sourced}`;
    return [`${style.strong(field)}: ${value}`, `    ${fact.why} ${style.faint(`(${basis})`)}`];
  });
  const clients = preset.speaksTls
    ? 'clients speak TLS (needs a certificate, or `tls: none`)'
    : 'clients speak in the clear';
  return [
    `${style.strong(preset.name)}: ${preset.title}`,
    `${preset.protocol}, version ${preset.version}; ${clients}`,
    '',
    ...facts,
  ].join('\n');
}
