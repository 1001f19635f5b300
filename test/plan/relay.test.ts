import { rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { intakeSocketName, stepsBetween } from '#plan';

import { makeCertificates } from '../engines/haproxy/certificates.ts';
import { can, desired } from './support.ts';

const TLS = ', tls: { verify: none }';
const engine = (name: string, host: number, more = '') => `${name}: { address: 10.0.3.${host}:2575${more} }`;

const spec = (relay: string, servers = `${engine('a', 1)}, ${engine('b', 2)}`): string => `version: 1
site: s
services:
  adt:
    preset: hl7-mllp
    listen: 10.0.0.1:2575
    timeouts: { client: 2h }
    drain: { timeout: 3d }
    ${relay}
    pools:
      default: { servers: { ${servers} } }
      lab: { servers: { c: { address: 10.0.3.3, limits: { connections: 4 } } } }
`;

const STORED = 'delivery: stored, destinations: { default: {}, results: { pool: lab, when: { messageType: ORU } } }';

const relayOf = (text: string) => desired(text).relays[0];

const steps = (from: string, to: string) =>
  stepsBetween(desired(from), desired(to), can).map(
    ({ engine: who, change, subject, fields, how }) => `${who} ${how}: ${change} ${subject}: ${fields.join(', ')}`,
  );

test('what is not said is filled in; a service without relay is nothing to the relay', () => {
  expect(relayOf(spec('relay: on'))).toMatchObject({
    name: 'adt',
    order: 'patient',
    patientField: 'PID-3',
    balance: 'least-outstanding',
    delivery: 'direct',
    acknowledge: 'commit',
    duplicates: 'refuse',
    batches: 'whole',
    attempts: 100,
    timeout: 30_000,
    maxMessage: 10 * 1024 * 1024,
    idle: 2 * 3_600_000,
    drain: 86_400_000,
    showControlIds: false,
    destinations: [{ name: 'default', backend: 'adt', when: {}, rate: undefined }],
  });
  expect(desired(spec('')).relays).toEqual([]);
});

test('destinations are pools with conditions and rates; servers have ports and connections of their own', () => {
  const relay = relayOf(spec(`relay: { ${STORED.replace('ORU }', 'ORU, version: ["2.3", "2.5"] }, rate: 20/s')} }`));
  expect(relay?.destinations).toMatchObject([
    {
      name: 'default',
      backend: 'adt',
      when: {},
      servers: [
        { name: 'a', address: { host: '10.0.3.1', port: 2575 }, connections: 1, tls: undefined },
        { name: 'b', address: { host: '10.0.3.2', port: 2575 }, connections: 1, tls: undefined },
      ],
    },
    {
      name: 'results',
      backend: 'adt.lab',
      when: { messageType: ['ORU'], version: ['2.3', '2.5'] },
      rate: 20,
      servers: [{ name: 'c', address: { host: '10.0.3.3', port: 2575 }, connections: 4, tls: undefined }],
    },
  ]);
});

test('backups stand behind the others', () => {
  const servers = `${engine('spare', 9, ', backup: true')}, ${engine('a', 1, TLS)}`;
  const [destination] = relayOf(spec('relay: { balance: failover }', servers))?.destinations ?? [];
  expect(destination?.servers.map(({ name, tls }) => [name, tls])).toEqual([
    ['a', { ca: undefined, certificate: undefined, serverName: undefined }],
    ['spare', undefined],
  ]);
});

test('HAProxy has clients go to the relay, and keeps the pools to check their servers', () => {
  const { frontends, backends } = desired(spec('relay: on'));
  expect(frontends[0]).toMatchObject({ name: 'adt', routes: [], defaultBackend: 'adt:relay' });
  expect(backends.map(({ name, relayed, persistence }) => [name, relayed, persistence.kind])).toEqual([
    ['adt', true, 'none'],
    ['adt.lab', true, 'none'],
  ]);
  expect(backends[1]?.servers[0]?.maxConnections).toBeUndefined();
});

test('what only the relay does is changed without a reload', () => {
  expect(steps(spec('relay: on'), spec('relay: { order: sender, balance: failover, timeout: 5s }'))).toEqual([
    'relay live: change relay adt: order, balance, timeout',
  ]);
  expect(
    steps(spec(`relay: { ${STORED} }`), spec(`relay: { ${STORED.replace('ORU }', 'ORU }, rate: 5/s')} }`)),
  ).toEqual(['relay live: change relay adt: destinations.results']);
  const four = `${engine('a', 1, ', limits: { connections: 4 }')}, ${engine('b', 2)}`;
  expect(steps(spec('relay: on'), spec('relay: on', four))).toEqual([
    'relay live: change relay adt: destinations.default',
  ]);
});

test('of destinations that mean the same messages the first gets them, so that their order counts', () => {
  const both = ['default: {}', 'results: { pool: lab }'];
  const relay = (destinations: readonly string[]) => spec(`relay: { destinations: { ${destinations.join(', ')} } }`);
  expect(steps(relay(both), relay(both.toReversed()))).toEqual(['relay live: change relay adt: destinations']);
});

test('servers come, go and move live in both, also those that are spoken to in TLS', () => {
  const moved = `${engine('a', 1)}, ${engine('b', 5)}, ${engine('d', 4)}`;
  expect(steps(spec('relay: on'), spec('relay: on', moved))).toEqual([
    'relay live: change relay adt: destinations.default',
    'haproxy live: add server adt/d: ',
    'haproxy live: change server adt/b: address',
  ]);
  const inTls = (servers: readonly (readonly [string, number])[]) =>
    spec('relay: on', servers.map(([name, host]) => engine(name, host, TLS)).join(', '));
  const of = (from: string, to: string) => steps(from, to).filter((step) => step.startsWith('haproxy'));
  const before = inTls([
    ['a', 1],
    ['b', 2],
  ]);
  expect(of(before, inTls([['a', 1]]))).toEqual(['haproxy live: remove server adt/b: ']);
  expect(of(inTls([['a', 1]]), before)).toEqual(['haproxy live: add server adt/b: ']);
  expect(
    of(
      before,
      inTls([
        ['a', 1],
        ['b', 5],
      ]),
    ),
  ).toEqual(['haproxy live: change server adt/b: address']);
});

test('a server’s CA is the relay’s by its content; HAProxy, which checks the server by it, reloads', () => {
  const certificates = makeCertificates();
  const [one, other] = ['one', 'other'].map((name) => certificates.authority(name).certificate);
  rmSync(certificates.directory, { recursive: true });
  const text = spec('relay: on', engine('a', 1, ', tls: { verify: ca.pem, serverName: lab.example }'));
  const [before, after] = [desired(text, { 'ca.pem': one ?? '' }), desired(text, { 'ca.pem': other ?? '' })];
  const [file] = before.files;
  expect(before.relays[0]?.destinations[0]?.servers[0]?.tls).toEqual({
    ca: file?.digest,
    certificate: undefined,
    serverName: 'lab.example',
  });
  expect(stepsBetween(before, after, can)).toMatchObject([
    { engine: 'relay', how: 'live', subject: 'relay adt', fields: ['destinations.default'] },
    { engine: 'haproxy', how: 'reload', subject: 'file tls/adt.default.a.authorities.pem' },
  ]);
});

test('a service begins and ends to be relayed by one reload', () => {
  const come = steps(spec(''), spec('relay: on'));
  expect(come).toContain('relay live: add relay adt: ');
  expect(come.some((step) => step.startsWith('haproxy reload: change service adt'))).toBe(true);
  expect(steps(spec('relay: on'), spec(''))).toContain('relay live: remove relay adt: ');
  expect(stepsBetween(undefined, desired(spec('relay: on')), can)).toContainEqual(
    expect.objectContaining({ engine: 'relay', how: 'start', subject: 'relay adt' }),
  );
});

test('sockets have short names, one for each service', () => {
  const long = 'x'.repeat(63);
  const names = [intakeSocketName({ name: 'adt' }), intakeSocketName({ name: long })];
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name.length).toBeLessThanOrEqual('0123456789ab.sock'.length);
});
