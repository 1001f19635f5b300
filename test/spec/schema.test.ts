import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { jsonSchema, presets, readSpec } from '#spec';

const published = new URL('../../docs/spec.schema.json', import.meta.url);
const guide = new URL('../../docs/spec.md', import.meta.url);
const cases = new URL('../cases/spec/', import.meta.url);

const textOf = (name: string): string => readFileSync(new URL(`${name}/spec.yaml`, cases), 'utf8');

const validate = new Ajv2020({ strict: false, allErrors: true }).compile(jsonSchema());

describe('the JSON Schema', () => {
  test('is the one that is published', () => {
    const generated = `${JSON.stringify(jsonSchema(), null, 2)}\n`;
    if (process.env['VAGUS_REWRITE'] === '1') writeFileSync(published, generated);
    expect(readFileSync(published, 'utf8')).toBe(generated);
  });

  test('is of draft 2020-12', () => {
    expect(jsonSchema()).toMatchObject({ $schema: 'https://json-schema.org/draft/2020-12/schema' });
  });

  test('takes whatever Vagus takes', () => {
    for (const name of readdirSync(cases)) {
      const text = textOf(name);
      if (!readSpec(text, { file: 'spec.yaml', directory: '/' }).spec) continue;
      expect(validate(parse(text)), `${name}: ${JSON.stringify(validate.errors)}`).toBe(true);
    }
  });

  test.each([
    'twenty-mistakes',
    'required-fields',
    'values-of-the-wrong-kind',
    'presets-are-suggested',
    'addresses',
    'names',
    'numbers-have-bounds',
    'conditions',
    'persistence',
    'unknown-fields-name-the-nearest',
    'steering-mistakes',
    'relay-mistakes',
  ])('refuses %s', (name) => {
    expect(validate(parse(textOf(name), { uniqueKeys: false }))).toBe(false);
  });

  test('explains every field to an editor', () => {
    const unexplained: string[] = [];
    const walk = (schema: unknown, path: string): void => {
      if (typeof schema !== 'object' || schema === null) return;
      for (const [field, inner] of Object.entries((schema as { properties?: object }).properties ?? {})) {
        if (!(inner as { description?: string }).description) unexplained.push(`${path}.${field}`);
      }
      for (const [key, inner] of Object.entries(schema)) walk(inner, `${path}.${key}`);
    };
    walk(jsonSchema(), '');
    expect(unexplained).toEqual([]);
  });
});

describe('docs/spec.md', () => {
  const text = readFileSync(guide, 'utf8');

  test('names every field of the language', () => {
    const fields = new Set<string>();
    const walk = (schema: unknown): void => {
      if (typeof schema !== 'object' || schema === null) return;
      for (const field of Object.keys((schema as { properties?: object }).properties ?? {})) fields.add(field);
      for (const inner of Object.values(schema)) walk(inner);
    };
    walk(jsonSchema());
    expect([...fields].filter((field) => !text.includes(`\`${field}\``))).toEqual([]);
  });

  test('has every preset as it is', () => {
    for (const { name, title, protocol, speaksTls, fields } of presets) {
      const { persistence } = fields;
      const kept = typeof persistence.value === 'string' ? persistence.value : Object.entries(persistence.value).join();
      const cells = [
        `\`${name}\``,
        title,
        protocol,
        speaksTls ? fields['tls.profile'].value : '–',
        fields.balance.value,
        kept.replace(/^cookie,.*/, 'cookie').replace(',', ', '),
        `${fields['check.type'].value} ${fields['check.path']?.value ?? ''}`.trim(),
        `${fields['check.interval'].value} / ${fields['check.timeout'].value}`,
        `${fields['timeouts.client'].value} / ${fields['timeouts.server'].value}`,
        fields['timeouts.queue'].value,
        fields['drain.timeout'].value,
      ];
      expect(text).toContain(`\n| ${cells.join(' | ')} |\n`);
    }
  });
});
