import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseDocument, stringify } from 'yaml';
import { digestOf } from '#engines/haproxy';
import { Secret } from '#lib';
import { configurationOf, desiredOf, judged, readText, rendered } from './support.ts';

const example = readFileSync('test/cases/haproxy/whole-language/spec.yaml', 'utf8');

/** The first lines of sections: what does not begin with a blank, and is no comment. */
const headsOf = (configuration: string): readonly string[] =>
  configuration.split('\n').filter((text) => /^[^\s#]/.test(text));

describe('the same state gives the same bytes', () => {
  test('rendered twice', () => {
    const [first, second] = [rendered(example), rendered(example)];
    expect([...second.files].map(([name, content]) => [name, String(content)])).toEqual(
      [...first.files].map(([name, content]) => [name, String(content)]),
    );
    expect(digestOf(second)).toBe(digestOf(first));
    expect(digestOf(first)).toMatch(/^[0-9a-f]{16}$/);
  });

  test('however the fields of the spec are ordered, and wherever they stand in the file', () => {
    const document = parseDocument(example);
    const service = document.getIn(['services', 'fhir']) as { items: unknown[] };
    service.items.reverse();
    const moved = `\n\n# moved\n${document.toString()}`;
    expect(moved).not.toBe(example);
    expect(configurationOf(rendered(moved))).toBe(configurationOf(rendered(example)));
  });

  test('a certificate with other content is another configuration', () => {
    const one = rendered(example);
    const name = 'tls/portal.pem';
    expect(one.files.get(name)).toBeInstanceOf(Secret);
    const other = { ...one, files: new Map([...one.files, [name, new Secret('other')]]) };
    expect(digestOf(other)).not.toBe(digestOf(one));
  });
});

describe('what a line comes from', () => {
  const result = rendered(example);
  const lines = configurationOf(result).split('\n');

  const originOf = (start: string, section?: string): unknown => {
    const from = section === undefined ? 0 : lines.indexOf(section);
    const index = lines.findIndex((text, at) => at >= from && text.startsWith(start));
    if (index < 0) throw new Error(`no line begins with ${start}`);
    return result.origin(index + 1);
  };

  test.each([
    ['global', undefined, []],
    ['resolvers', undefined, ['dns']],
    ['frontend portal', undefined, ['services', 'portal']],
    ['  bind 10.0.0.10:8443', undefined, ['services', 'fhir', 'listen', 0]],
    ['  bind [2001:db8::10]:8443', undefined, ['services', 'fhir', 'listen', 1]],
    ['  timeout client', 'frontend fhir from http', ['services', 'fhir', 'timeouts', 'client']],
    ['  acl priority-1', 'frontend pacs from tcp', ['services', 'pacs', 'priority', 0]],
    ['  use_backend pacs.vna', undefined, ['services', 'pacs', 'routes', 0]],
    ['  http-request deny deny_status 429', undefined, ['services', 'fhir', 'limits', 'connections']],
    ['backend pacs.vna', undefined, ['services', 'pacs', 'pools', 'vna']],
    ['  timeout check', 'backend pacs.vna from tcp', ['services', 'pacs', 'pools', 'vna', 'check']],
    ['  timeout check', 'backend pacs from tcp', ['services', 'pacs', 'check']],
    ['  server fhir2', undefined, ['services', 'fhir', 'servers', 'fhir2']],
    ['  server vna1', undefined, ['services', 'pacs', 'pools', 'vna', 'servers', 'vna1']],
    ['  server ccw1', 'backend ccw-dicom from tcp', ['services', 'ccw-dicom', 'servers', 'ccw1']],
  ])('%s', (start, section, path) => {
    expect(originOf(start, section)).toEqual(path);
  });

  test('every line of a service comes from within that service', () => {
    let service: string | undefined;
    for (const [index, text] of lines.entries()) {
      if (/^[^\s#]/.test(text)) service = /^(?:frontend|backend) ([a-z0-9-]+)/.exec(text)?.[1];
      if (service === undefined || text === '' || text.startsWith('#')) continue;
      expect([text, result.origin(index + 1)?.slice(0, 2)]).toEqual([text, ['services', service]]);
    }
  });

  test('a line that there is not comes from nowhere', () => {
    expect(result.origin(0)).toBeUndefined();
    expect(result.origin(lines.length + 1)).toBeUndefined();
  });
});

test('no key and no certificate is in a text', () => {
  for (const [name, content] of rendered(example).files) {
    expect([name, String(content).includes('-----BEGIN')]).toEqual([name, false]);
  }
});

const characters = (from: string): fc.Arbitrary<string> => fc.constantFrom(...from.split(''));
const LETTERS = 'abcXYZ019';

const urlPath = fc
  .array(fc.oneof(characters(`${LETTERS}-._~!$&'()*+,;=:@/`), fc.constantFrom('%20', '%25', '%0A', '%23')))
  .map((parts) => `/${parts.join('')}`);
const printable = fc.string({ unit: fc.oneof(characters(`${LETTERS} '"\\$%#{}[]()|&;,<>~\``), fc.constant('ü')) });
const body = printable.filter((text) => text.length > 0);
const aeTitle = fc
  .string({ minLength: 1, maxLength: 16, unit: characters(`${LETTERS} '"$%#{}[]()|&;,-~\`/:`) })
  .filter((text) => text.trim() !== '');
const token = fc.string({ minLength: 1, maxLength: 10, unit: characters(`${LETTERS}_`) });
const network = fc.constantFrom('10.0.0.0/8', '192.0.2.7', '2001:db8::/32', '::1');
const some = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(value, { minLength: 1, maxLength: 4 });
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });

const pools = {
  default: { servers: { a: '10.0.1.1:80', b: { address: '10.0.1.2:81', backup: true, limits: { connections: 9 } } } },
  odd: { servers: { a: { address: '[2001:db8::1]:82', tls: { verify: 'none', serverName: 'a.example' } } } },
};

const http = fc.record({
  preset: fc.constantFrom('http', 'fhir', 'dicomweb', 'viewer'),
  tls: fc.constant('none'),
  allow: maybe(fc.record({ sources: some(network) })),
  persistence: fc.oneof(
    fc.record({ cookie: token }),
    fc.record({ header: token }),
    fc.constant({ path: 'study' }),
    fc.constant('none'),
  ),
  check: fc.record({
    type: fc.constant('http'),
    path: urlPath,
    host: fc.constantFrom('a.example', '[::1]:80', 'LOCALHOST'),
    expect: fc.record({ body, status: some(fc.integer({ min: 100, max: 599 })) }),
  }),
  priority: maybe(some(fc.record({ when: fc.record({ path: some(urlPath) }), class: fc.constant('stat') }))),
  routes: some(
    fc.record({
      when: fc.record({ path: some(urlPath), host: fc.constantFrom('A.example', '_b') }),
      pool: fc.constant('odd'),
    }),
  ),
  pools: fc.constant(pools),
});

const dicom = fc.record({
  preset: fc.constant('dicom'),
  allow: maybe(fc.record({ callingAeTitles: some(aeTitle), sources: some(network) })),
  check: fc.record({
    type: fc.constantFrom('dicom-echo', 'dicom-find'),
    calledAeTitle: aeTitle,
    callingAeTitle: aeTitle,
  }),
  priority: maybe(
    some(fc.record({ when: fc.record({ callingAeTitle: some(aeTitle) }), class: fc.constant('urgent') })),
  ),
  routes: some(
    fc.record({
      when: fc.record({ calledAeTitle: some(aeTitle), callingAeTitle: some(aeTitle) }),
      pool: fc.constant('odd'),
    }),
  ),
  pools: fc.constant(pools),
});

const hl7 = fc.record({
  preset: fc.constant('hl7-mllp'),
  allow: maybe(fc.record({ sources: some(network) })),
  check: fc.record({
    type: fc.constant('hl7'),
    messageType: fc.constantFrom('NMQ^N01', 'ADT^A01^ADT_A01', 'ACK'),
    expect: fc.record({ acknowledgement: fc.constantFrom('any', 'positive') }),
  }),
  routes: some(fc.record({ when: fc.record({ sources: some(network) }), pool: fc.constant('odd') })),
  pools: fc.constant(pools),
});

const site = fc.array(fc.oneof(http, dicom, hl7), { minLength: 8, maxLength: 8 }).map((services) =>
  stringify({
    version: 1,
    site: 'any',
    services: Object.fromEntries(
      services.map((service, index) => [`s${index}`, { ...service, listen: `127.0.0.1:${2_000 + index}` }]),
    ),
  }),
);

test('whatever a spec may say, HAProxy takes it, and it adds no line of its own', { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(site, async (text) => {
      const errors = readText(text).problems.filter(({ severity }) => severity === 'error');
      expect(errors.map(({ message }) => message)).toEqual([]);
      const desired = desiredOf(text);
      const result = rendered(text);
      const heads = headsOf(configurationOf(result)).map((head) => head.replace(/ from .*/, ''));
      expect(heads.filter((head) => /^(front|back)end /.test(head))).toEqual([
        ...desired.frontends.map(({ name }) => `frontend ${name}`),
        ...desired.backends.map(({ name }) => `backend ${name}`),
      ]);
      expect(heads.filter((head) => !/^(front|back)end /.test(head)).map((head) => head.split(' ')[0])).toEqual(
        ['global', 'ring', 'peers', 'resolvers', 'defaults', 'defaults'].filter((head) =>
          head === 'peers' ? heads.some((each) => each.startsWith('peers')) : true,
        ),
      );
      for (const { name, allow } of desired.frontends) {
        const listed = result.files.get(`lists/${name}.calling`);
        if (allow.callingAeTitles.length > 0) expect(listed).toBe(`${allow.callingAeTitles.join('\n')}\n`);
      }
      expect(await judged(result)).toEqual([]);
    }),
    { numRuns: 15 },
  );
});
