import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatProblem, patchText, patchValue, readServices, readSpec, valueOf } from '#spec';

const SPEC = `# my hospital
version: 1
site: st-elsewhere # where

services:
  pacs:
    preset: dicom
    listen: 0.0.0.0:11112
    check: { calledAeTitle: ARCHIVE } # ask Anna
    servers: { pacs1: 10.0.2.11:104, pacs2: 10.0.2.12:104 }

  # records
  records: { preset: http, listen: 0.0.0.0:8080, servers: &ehr { ehr1: 10.0.1.11:8080, ehr2: 10.0.1.12:8080 } }
  other:
    preset: http
    listen: 0.0.0.0:8081
    servers: *ehr
  viewer:
    preset: http
    listen: 0.0.0.0:8082
    check: { follow: records }
    servers: { ehr1: 10.0.1.11:8090 }
`;

const servers = (service: string, patch: object) => ({ services: { [service]: { servers: patch } } });

describe('a patch of the text', () => {
  test('changes what it names, and leaves comments, order and style of the rest', () => {
    const patched = patchText(SPEC, servers('pacs', { pacs1: { weight: 50 }, pacs2: null, pacs3: '10.0.2.13:104' }));
    expect(patched).toBe(
      SPEC.replace(
        '{ pacs1: 10.0.2.11:104, pacs2: 10.0.2.12:104 }',
        '{ pacs1: { address: 10.0.2.11:104, weight: 50 }, pacs3: 10.0.2.13:104 }',
      ),
    );
  });

  test('says nothing where nothing changes', () => {
    expect(patchText(SPEC, servers('pacs', { pacs1: '10.0.2.11:104' }))).toBe(SPEC);
  });

  test('of an alias changes that place alone', () => {
    const patched = valueOf(patchText(SPEC, servers('other', { ehr1: { weight: 50 } })));
    expect(patched).toEqual(patchValue(valueOf(SPEC), servers('other', { ehr1: { weight: 50 } })));
    expect(readSpec(patchText(SPEC, servers('other', { ehr1: null })), { file: '', directory: '/' }).problems).toEqual(
      [],
    );
  });

  test('of an anchor changes that place alone', () => {
    const patch = servers('records', { ehr3: '10.0.1.13:8080' });
    const patched = valueOf(patchText(SPEC, patch));
    expect(patched).toEqual(patchValue(valueOf(SPEC), patch));
    expect(JSON.stringify([...patched.keys()])).toBe(JSON.stringify([...valueOf(SPEC).keys()]));
  });

  test('and of the values are the same, whatever the patches', () => {
    const name = fc.constantFrom(
      'pacs',
      'records',
      'other',
      'viewer',
      'site',
      'servers',
      'ehr1',
      'ehr2',
      'pacs1',
      'check',
    );
    const leaf = fc.oneof(
      fc.constant(null),
      fc.constant('10.9.9.9:80'),
      fc.integer(),
      fc.boolean(),
      fc.constant(['a', 'b']),
    );
    const patches = fc.letrec((tie) => ({
      patch: fc.dictionary(name, fc.oneof({ depthSize: 'small' }, leaf, tie('patch'))),
    })).patch;
    fc.assert(
      fc.property(fc.array(patches, { minLength: 1, maxLength: 3 }), (each) => {
        const all = each.map((services) => ({ services: services as object }));
        expect(valueOf(patchText(SPEC, ...all))).toEqual(all.reduce(patchValue, valueOf(SPEC)));
      }),
    );
  });
});

describe('reading one service of a spec', () => {
  const readPatched = (service: string, patch: object) =>
    readServices(patchValue(valueOf(SPEC), servers(service, patch)), service, '/');

  test('gives what reading all of it gives', () => {
    const whole = readSpec(SPEC, { file: '', directory: '/' }).spec?.services;
    for (const service of whole ?? []) {
      const part = readServices(valueOf(SPEC), service.name, '/').spec?.services;
      expect(part?.find(({ name }) => name === service.name)).toEqual(service);
    }
  });

  test('says what is wrong, and where', () => {
    expect(readPatched('pacs', { pacs1: { weight: 300 } }).problems.map(formatProblem)).toEqual([
      expect.stringMatching(/^services\.pacs\.servers\.pacs1\.weight: `300` is not .* \[/),
    ]);
    expect(readPatched('pacs', { pacs1: { wieght: 3 } }).problems.map(formatProblem)).toEqual([
      expect.stringContaining('weight'),
    ]);
  });

  test('sees that another service follows a server which would go', () => {
    expect(readPatched('records', { ehr1: null }).problems.map(({ code }) => code)).toEqual(['follow-server-missing']);
    expect(readPatched('records', { ehr2: null }).problems).toEqual([]);
  });

  test('sees that the followed service has no such server', () => {
    expect(readPatched('viewer', { ehr9: '10.1.1.1:80' }).problems.map(({ code }) => code)).toEqual([
      'follow-server-missing',
    ]);
  });
});
