import { describe, expect, test } from 'vitest';
import { findPreset, presets, readSpec } from '#spec';

test('the catalogue has the presets of the language', () => {
  expect(presets.map(({ name }) => name)).toEqual([
    'http',
    'tcp',
    'ehr-web',
    'viewer',
    'fhir',
    'dicomweb',
    'xds',
    'dicom',
    'dicom-tls',
    'hl7-mllp',
    'hl7-mllp-tls',
  ]);
  expect(findPreset('fhir')?.name).toBe('fhir');
  expect(findPreset('constructor')).toBeUndefined();
});

/** What a spec means, without where it is written. */
const withoutPaths = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (key, inner: unknown) => (key === 'path' ? undefined : inner)));

describe.each(presets)('$name', ({ name, fields, version, title, speaksTls }) => {
  test('gives a reason for each of its values, and a source that can be looked up', () => {
    expect(version).toBeGreaterThanOrEqual(1);
    expect(title).not.toBe('');
    for (const [field, { why, basis }] of Object.entries(fields)) {
      expect(why, field).toMatch(/^[A-Z].*\.$/);
      if (basis !== 'reasoned') expect(basis.sourced.length, field).toBeGreaterThan(20);
    }
  });

  test('holds only what a person could write into a spec', () => {
    const service: Record<string, unknown> = { preset: name, listen: '10.0.0.1:443', servers: { a: '10.1.0.1:80' } };
    for (const [field, { value }] of Object.entries(fields)) {
      const [section = '', key] = field.split('.');
      if (Array.isArray(value) && value.length === 0) continue;
      if (section === 'tls' && !speaksTls) continue;
      service[section] = key === undefined ? value : { ...(service[section] as object), [key]: value };
    }
    const site = { version: 1, site: 'x', certificates: { a: { file: 'a.pem' } }, services: { it: service } };
    const plain = {
      ...site,
      services: { it: { preset: name, listen: '10.0.0.1:443', servers: { a: '10.1.0.1:80' } } },
    };
    const [spelled, short] = [site, plain].map((document) =>
      readSpec(JSON.stringify(document), { file: 'spec.yaml', directory: '/' }),
    );
    expect(spelled?.problems).toEqual([]);
    expect(withoutPaths(spelled?.spec)).toEqual(withoutPaths(short?.spec));
  });
});
