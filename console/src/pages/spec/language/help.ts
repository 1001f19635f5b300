import type { Preset } from './presets.ts';
import { defaultAt, valueText } from './presets.ts';
import { describe, fieldsIn, type Schema, schemasAt, valuesIn } from './schema.ts';
import { whereIs } from './where.ts';

/** What is known of the language: from the controller, so that it fits what checks it. */
export type Knowledge = { readonly schema: Schema; readonly presets: readonly Preset[] };

/** Something that can be written at a place. */
export type Proposal = { readonly text: string; readonly kind: 'key' | 'value'; readonly help: string | undefined };

/** What may be written at a place, and how much of it is there already. */
export function proposalsAt(
  { schema, presets }: Knowledge,
  lines: readonly string[],
  line: number,
  column: number,
): { readonly typed: string; readonly proposals: readonly Proposal[] } | undefined {
  const where = whereIs(lines, line, column);
  if (where === undefined) return undefined;
  const { path, kind, typed } = where;
  const schemas = schemasAt(schema, path);
  if (kind === 'value') {
    const titles = new Map(path.at(-1) === 'preset' ? presets.map(({ name, title }) => [name, title]) : []);
    return { typed, proposals: valuesIn(schemas).map((text) => ({ text, kind, help: titles.get(text) })) };
  }
  const proposals = [...fieldsIn(schemas)].map(([text, description]) => {
    const said = defaultInWords(presets, lines, [...path, text]);
    return { text, kind, help: [description, said].filter((one) => one !== undefined).join('\n') };
  });
  return { typed, proposals };
}

/** What a field means at which somebody points, and what it is where nothing is said. */
export function helpAt(
  { schema, presets }: Knowledge,
  lines: readonly string[],
  line: number,
  endOfWord: number,
): string | undefined {
  const where = whereIs(lines, line, endOfWord);
  if (where === undefined) return undefined;
  const path = where.kind === 'key' ? [...where.path, where.typed] : where.path;
  const parts = [describe(schemasAt(schema, path)), defaultInWords(presets, lines, path)];
  const said = parts.filter((part) => part !== undefined);
  return said.length === 0 ? undefined : said.join('\n');
}

function defaultInWords(
  presets: readonly Preset[],
  lines: readonly string[],
  path: readonly string[],
): string | undefined {
  const found = defaultAt(presets, lines, path);
  if (found === undefined) return undefined;
  const { preset, filled } = found;
  return `Where nothing is said, ${preset.name} has ${valueText(filled.value)}: ${filled.why}`;
}
