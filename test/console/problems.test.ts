import { describe, expect, test } from 'vitest';

import { ratesOf, take } from '../../console/src/design/rates.ts';
import type { Server, Service } from '../../console/src/design/states.ts';
import { problemsOf } from '../../console/src/pages/overview/problems.ts';

const NOW = 1_800_000_000_000;

const server = (label: string, more: Partial<Server> = {}): Server => ({
  name: label.split('/').at(-1) ?? '',
  label,
  address: '10.0.2.1:104',
  state: 'up',
  backup: false,
  why: 'C-ECHO ok',
  since: 60,
  weight: 100,
  configuredWeight: 100,
  connections: 0,
  connectionsBeforeReload: 0,
  queued: 0,
  served: 0,
  responseTime: 0,
  errors: 0,
  ...more,
});

const service = (name: string, ...servers: readonly Server[]): Service => ({
  name,
  preset: 'dicom',
  listen: ['10.0.0.1:104'],
  verdict: 'up',
  connections: 0,
  refused: 0,
  pools: [{ name: 'default', queued: 0, servers: [...servers] }],
});

const down = { state: 'down', why: 'port closed' } as const;

describe('problems', () => {
  const of = (...services: readonly Service[]) => problemsOf(services, undefined, [], NOW);

  test('all is well where every server takes work', () => {
    expect(of(service('pacs', server('pacs/pacs1'), server('pacs/pacs2')))).toEqual([]);
  });

  test('where nobody serves comes first, then what is worse, then what is newer', () => {
    const found = of(
      service('fhir', server('fhir/fhir1', { state: 'maint' }), server('fhir/fhir2')),
      service('pacs', server('pacs/pacs1', { ...down, since: 900 }), server('pacs/pacs2')),
      service('adt', server('adt/engine1', { ...down, since: 5_000 })),
      service('portal', server('portal/ehr1', { ...down, since: 3 }), server('portal/ehr2', { state: 'failing' })),
    );
    expect(found.map(({ subject }) => subject)).toEqual([
      'adt/engine1',
      'portal/ehr1',
      'pacs/pacs1',
      'portal/ehr2',
      'fhir/fhir1',
    ]);
    expect(found.map(({ meaning }) => meaning)).toMatchObject([
      'Nobody serves adt now.',
      'ehr2 carries its work.',
      'pacs2 carries its work.',
      'It still gets new work; a check or two will tell.',
      'fhir2 carries its work.',
    ]);
  });

  test('what people did says who and why', () => {
    const override = { state: 'drain', by: 'anna', why: 'new disk', since: NOW } as const;
    const [found] = of(service('pacs', server('pacs/pacs1', { state: 'drain', override }), server('pacs/pacs2')));
    expect(found).toMatchObject({ words: 'by anna: new disk', shown: { tone: 'apart', word: 'Draining' } });
  });

  test('who waits is told, and a certificate that ends soon', () => {
    const certificate = {
      file: 'site.pem',
      use: 'certificate',
      subject: 'CN=portal.example',
      names: [],
      issuer: 'CN=ca',
      notBefore: 0,
      notAfter: NOW + 3 * 86_400_000,
      fingerprint: 'AB',
      algorithm: 'EC',
      services: ['portal'],
    } as const;
    const found = problemsOf(
      [service('pacs', server('pacs/pacs1', { queued: 3 }))],
      undefined,
      [
        { ...certificate, names: [], services: ['portal'] },
        { ...certificate, names: [], services: [], notAfter: NOW + 90 * 86_400_000 },
      ],
      NOW,
    );
    expect(found.map(({ subject, words }) => [subject, words])).toEqual([
      ['pacs', '3 waiting'],
      ['portal.example', 'its certificate expires in 3 d'],
    ]);
  });
});

describe('rates', () => {
  const at = (seconds: number, served: number) =>
    take([service('pacs', server('pacs/pacs1', { served }))], NOW + seconds * 1_000);

  test('what is given in a second is the difference of two counts; before there are two, nobody knows', () => {
    expect(ratesOf([at(0, 100)]).ofServer('pacs/pacs1')).toBeUndefined();
    expect(ratesOf([at(0, 100), at(2, 110)]).ofServer('pacs/pacs1')).toBe(5);
    expect(ratesOf([at(0, 100), at(20, 140)]).ofServer('pacs/pacs1')).toBe(2);
  });

  test('a count that fell was begun anew by a reload: a gap, and no negative traffic', () => {
    const rates = ratesOf([at(0, 100), at(2, 110), at(4, 2), at(6, 12)]);
    expect(rates.line(service('pacs', server('pacs/pacs1')))).toEqual([5, null, 5]);
    expect(ratesOf([at(0, 100), at(2, 3)]).ofServer('pacs/pacs1')).toBeUndefined();
  });
});
