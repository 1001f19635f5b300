import { expect, test } from 'vitest';

import { sectionOf } from '../../console/src/pages/service/section.ts';

const SPEC = `version: 1
site: harbour
services:
  # The archive.
  pacs:
    preset: dicom
    # Both of them.
    servers: { pacs1: 10.0.2.1:104 }

  portal:
    preset: http
    servers:
      web1: 10.0.2.4:80
      pacs: 10.0.2.5:80

# The end of the services.
defaults: {}
`;

test('the lines about a service, without what stands around them', () => {
  expect(sectionOf(SPEC, 'pacs')).toBe(`pacs:
  preset: dicom
  # Both of them.
  servers: { pacs1: 10.0.2.1:104 }`);
  expect(sectionOf(SPEC, 'portal')).toBe(`portal:
  preset: http
  servers:
    web1: 10.0.2.4:80
    pacs: 10.0.2.5:80`);
});

test('what is not a service, or not written in lines, has none', () => {
  expect(sectionOf(SPEC, 'web1')).toBeUndefined();
  expect(sectionOf(SPEC, 'nowhere')).toBeUndefined();
  expect(sectionOf('services: { pacs: { preset: dicom } }', 'pacs')).toBeUndefined();
});
