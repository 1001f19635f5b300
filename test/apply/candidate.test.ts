import * as fc from 'fast-check';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Machine, stateIn } from '#apply';
import { type SpecPatch, patchText, patchValue } from '#spec';
import { beginRevision, endRevision, type Store } from '#store';

import { type Candidate, fromPatch, fromRevision, fromText, keptFiles } from '../../src/apply/candidate.ts';
import type { Standing } from '../../src/apply/standing.ts';
import { makeCertificates } from '../engines/haproxy/certificates.ts';
import { closeStores, temporaryStore, value } from '../store/support.ts';
import { endPrograms, temporaryDirectory } from '../support/programs.ts';

let directory: string;
let file: string;
let store: Store;
let machine: Machine;
const write = (name: string, content: string): void => writeFileSync(join(directory, name), content);

beforeAll(() => {
  directory = temporaryDirectory('candidate');
  file = join(directory, 'site.yaml');
  store = temporaryStore();
  machine = { state: stateIn(join(directory, 'state')), store } as Machine;
  const certificates = makeCertificates();
  write('one.pem', certificates.authority().certificate);
  write('two.pem', certificates.authority().certificate);
  write('site.pem', certificates.issue('site').text);
  rmSync(certificates.directory, { recursive: true });
});

afterAll(async () => {
  closeStores();
  await endPrograms();
});

/** A text in force: what a change starts from. */
function inForce(text: string, configuration?: string): Standing {
  const candidate = fromText(text, { file, origin: 'api' });
  if (!candidate.ok) throw new Error(candidate.error.problems.map(({ message }) => message).join('\n'));
  const number = value(beginRevision(store, { at: 1, by: 'anna', origin: 'api', file, text }));
  value(endRevision(store, number, { state: 'applied', configuration }));
  const revision = { number, state: 'applied' as const, confirmBy: undefined, by: 'anna' };
  return { ...candidate.value, revision, settled: true };
}

const servers = (service: string, patch: unknown): SpecPatch => ({ services: { [service]: { servers: patch } } });

const SITE = JSON.stringify({
  version: 1,
  site: 'harbour',
  certificates: { site: { file: 'site.pem' } },
  services: {
    records: { preset: 'http', listen: '0.0.0.0:80', servers: { ehr1: '10.0.0.1:80', ehr2: '10.0.0.2:80' } },
    viewer: {
      preset: 'http',
      listen: '0.0.0.0:81',
      check: { follow: 'records' },
      servers: { ehr1: '10.0.0.1:81' },
    },
    secure: {
      preset: 'http',
      listen: '0.0.0.0:82',
      servers: {
        s1: { address: '10.0.0.3:443', tls: { verify: 'one.pem' } },
        s2: { address: '10.0.0.4:443', tls: { verify: 'none' } },
      },
    },
    pacs: {
      preset: 'dicom',
      listen: '0.0.0.0:104',
      routes: [{ when: { calledAeTitle: 'VNA' }, pool: 'vna' }],
      pools: {
        default: { servers: { p1: '10.0.0.5:104', p2: { address: '10.0.0.6:104', weight: 50 } } },
        vna: { servers: { v1: '10.0.0.7:104' } },
      },
    },
  },
});

const NAMES = ['ehr1', 'ehr2', 's1', 's2', 'p1', 'v1', 'new1'];
const SERVER = fc.oneof(
  fc.constant(null),
  fc.constantFrom('10.1.1.1:8080', 'files.example:9'),
  fc.record(
    {
      address: fc.constantFrom('10.1.1.1:8080', '10.1.1.2:443'),
      weight: fc.constantFrom(0, 7, 100, 256, 300),
      backup: fc.boolean(),
      limits: fc.constantFrom({ connections: 5 }, null),
      tls: fc.constantFrom(
        { verify: 'one.pem' },
        { verify: 'two.pem' },
        { verify: 'missing.pem' },
        { verify: 'none' },
        { certificate: 'site' },
        null,
      ),
    },
    { requiredKeys: [] },
  ),
);
const SERVERS = fc.dictionary(fc.constantFrom(...NAMES), SERVER, { maxKeys: 3 });
const SERVICE = fc.oneof(
  fc.record({ servers: SERVERS }),
  fc.record({
    pools: fc.dictionary(fc.constantFrom('default', 'vna'), fc.record({ servers: SERVERS }), { maxKeys: 2 }),
  }),
);
const PATCHES = fc
  .dictionary(fc.constantFrom('records', 'viewer', 'secure', 'pacs'), SERVICE, { minKeys: 1, maxKeys: 2 })
  .map((services): SpecPatch => ({ services }));

const seen = ({ value: spec, desired }: Candidate) => ({
  spec,
  ...desired,
  files: desired.files.map(({ name, path, digest }) => ({ name, path, digest })),
});

describe('a patch of servers', () => {
  test('gives what reading and compiling the whole patched text gives, whatever it says', () => {
    let standing = inForce(SITE);
    const quick = { count: 0 };
    fc.assert(
      fc.property(fc.array(PATCHES, { minLength: 1, maxLength: 3 }), (patches) => {
        standing = inForce(SITE);
        let text = SITE;
        for (const patch of patches) {
          const candidate = fromPatch(machine, standing, patch);
          const whole = fromText(patchText(text, patch), { file, origin: 'api' });
          expect(candidate.ok).toBe(whole.ok);
          if (!candidate.ok || !whole.ok) return;
          expect(seen(candidate.value)).toEqual(seen(whole.value));
          if (candidate.value.services !== undefined) quick.count += 1;
          text = patchText(text, patch);
          standing = inForce(text);
        }
      }),
      { numRuns: 200 },
    );
    // Some fifty go the quick way; with none this would say nothing.
    expect(quick.count).toBeGreaterThan(10);
  }, 30_000);

  test('reads their services alone', () => {
    const candidate = fromPatch(machine, inForce(SITE), servers('records', { ehr1: { weight: 7 } }));
    expect(candidate).toMatchObject({ ok: true, value: { services: ['records'], origin: 'patch' } });
  });

  test.each([
    [
      'a server that is verified with a file',
      'secure',
      { s3: { address: '10.0.0.9:443', tls: { verify: 'two.pem' } } },
    ],
    ['another file to verify one with', 'secure', { s1: { tls: { verify: 'two.pem' } } }],
    ['the end of one that was verified with a file', 'secure', { s1: null }],
  ])('needs the whole way for %s', (_, service, patch) => {
    const candidate = fromPatch(machine, inForce(SITE), servers(service, patch));
    if (!candidate.ok) throw candidate.error.fault;
    expect(candidate.value.services).toBeUndefined();
    expect(seen(candidate.value)).toEqual(
      seen(value(asResult(fromText(patchText(SITE, servers(service, patch)), { file, origin: 'api' })))),
    );
  });

  test('needs the whole way where it is about anything else', () => {
    for (const patch of [
      { site: 'inland' },
      { services: { records: { check: { interval: '9s' } } } },
      { services: { records: { servers: { ehr1: { weight: 7 } } } }, site: 'inland' },
      { services: { viewer: null } },
    ]) {
      const candidate = fromPatch(machine, inForce(SITE), patch);
      if (!candidate.ok) throw candidate.error.fault;
      expect(candidate.value.services).toBeUndefined();
    }
  });

  test('that names a file which is not there is refused, with the place', () => {
    const candidate = fromPatch(machine, inForce(SITE), servers('secure', { s1: { tls: { verify: 'missing.pem' } } }));
    expect(candidate).toMatchObject({
      ok: false,
      error: { fault: { code: 'apply-invalid' }, problems: [{ code: 'file-unreadable' }] },
    });
  });

  test('that makes the spec wrong is refused, with the problems', () => {
    const candidate = fromPatch(machine, inForce(SITE), servers('records', { ehr1: null }));
    expect(candidate).toMatchObject({
      ok: false,
      error: { fault: { code: 'apply-invalid' }, problems: [{ code: 'follow-server-missing' }] },
    });
  });

  test.each([
    [{ services: null }],
    [{ services: 5 }],
    [{ services: { records: null } }],
    [{ services: { x: {} } }],
    [{}],
  ])('is never thrown over: %j', (patch) => {
    expect(() => fromPatch(machine, inForce(SITE), patch)).not.toThrow();
  });

  test('of a service whose follower follows others, too', () => {
    const pool = (name: string, follow: string) => ({ [name]: { check: { follow }, servers: { x1: '10.0.0.1:1' } } });
    const http = (port: number, more: object) => ({ preset: 'http', listen: `0.0.0.0:${port}`, ...more });
    const text = JSON.stringify({
      version: 1,
      site: 'harbour',
      services: {
        a: http(80, { servers: { x1: '10.0.0.1:80' } }),
        b: http(81, { servers: { x1: '10.0.0.1:81' } }),
        both: http(82, {
          routes: [{ when: { path: '/b' }, pool: 'two' }],
          pools: { ...pool('default', 'a'), ...pool('two', 'b') },
        }),
      },
    });
    const candidate = fromPatch(machine, inForce(text), servers('a', { x1: { weight: 7 } }));
    expect(candidate.ok ? candidate.value.services : candidate.error.problems).toEqual(['a']);
  });
});

const asResult = <T>(result: { ok: true; value: T } | { ok: false; error: { fault: Error } }) => {
  if (!result.ok) throw result.error.fault;
  return { ok: true as const, value: result.value };
};

describe('an earlier revision', () => {
  test('has the files that its configuration was kept with, and those on disk where that has them no more', () => {
    const { configurations } = machine.state.haproxy;
    mkdirSync(join(configurations, 'old', 'tls'), { recursive: true });
    writeFileSync(join(configurations, 'old', 'tls', 'site.pem'), 'kept');
    const reference = { file: join(directory, 'one.pem'), path: [], use: 'certificate' as const };
    const read = keptFiles(machine, 'old');
    expect(value(read({ ...reference, name: 'tls/site.pem' }))).toBe('kept');
    expect(value(read({ ...reference, name: 'tls/other.pem' }))).toContain('BEGIN CERTIFICATE');
    expect(value(keptFiles(machine, undefined)({ ...reference, name: 'tls/site.pem' }))).toContain('BEGIN CERTIFICATE');
  });

  test('that was a quick change has the files of what it was a change of', () => {
    const certificates = makeCertificates();
    const old = certificates.issue('site').text;
    rmSync(certificates.directory, { recursive: true });
    const { configurations } = machine.state.haproxy;
    mkdirSync(join(configurations, 'older', 'tls'), { recursive: true });
    writeFileSync(join(configurations, 'older', 'tls', 'site.pem'), old);
    const standing = inForce(SITE, 'older');
    const patch = servers('records', { ehr1: { weight: 7 } });
    const number = value(
      beginRevision(store, { parent: standing.revision.number, at: 1, by: 'anna', origin: 'patch', patch }),
    );
    value(endRevision(store, number, { state: 'applied' }));
    const candidate = fromRevision(machine, standing, { number, file });
    if (!candidate.ok) throw candidate.error.fault;
    const site = candidate.value.desired.files.find(({ name }) => name === 'tls/site.pem');
    expect(site?.content.reveal()).toBe(old);
    expect(candidate.value.value).toEqual(patchValue(standing.value, patch));
  });
});
