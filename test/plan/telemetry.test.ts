import { rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { stepsBetween } from '#plan';

import { makeCertificates } from '../engines/haproxy/certificates.ts';
import { can, compiled, desired, placeOf } from './support.ts';

const spec = (telemetry: string): string => `version: 1
site: s
services:
  web:
    preset: http
    listen: 10.0.0.1:80
    ${telemetry}
    servers: { a: 10.0.1.1:80, b: { address: 10.0.1.2:80, telemetry: none } }
`;

const steps = (from: string, to: string) =>
  stepsBetween(desired(from), desired(to), can).map(
    ({ subject, fields, how }) => `${how}: ${subject}: ${fields.join(', ')}`,
  );

const PROMETHEUS = 'telemetry: { type: prometheus, interval: 1s }';

test('each server has its telemetry, with everything filled in', () => {
  const [a, b] = desired(spec(PROMETHEUS)).backends[0]?.servers ?? [];
  expect(a?.telemetry).toMatchObject({ type: 'prometheus', port: 9100, uri: '/metrics', timeout: 800, stale: 3_000 });
  expect(b?.telemetry).toBeUndefined();
});

test('a change of telemetry tells no engine anything, nor does the first', () => {
  const to = spec('telemetry: { type: feedback-agent }');
  expect(steps(spec(PROMETHEUS), to)).toEqual(['none: server web/a: telemetry']);
  expect(steps(spec(''), spec(PROMETHEUS))).toEqual(['none: server web/a: telemetry']);
});

test('a desired state from before there was telemetry compares as one without', () => {
  const before = JSON.parse(JSON.stringify(desired(spec('')))) as ReturnType<typeof desired>;
  expect(stepsBetween(before, desired(spec('')), can)).toEqual([]);
});

test('a CA that cannot be read is an error where it is written, once; no engine is given one', () => {
  const tls = spec('telemetry: { type: prometheus, tls: { verify: ca/hospital.pem } }').replaceAll(
    'telemetry: none',
    '',
  );
  const { problems } = compiled(tls);
  expect(problems.map(({ code, location }) => `${code} ${placeOf(location)}`)).toEqual(['file-unreadable 7:51']);
  const certificates = makeCertificates();
  const { certificate } = certificates.authority();
  rmSync(certificates.directory, { recursive: true });
  expect(desired(tls, { 'ca/hospital.pem': certificate }).files).toEqual([]);
});
