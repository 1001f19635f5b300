import { describe, expect, test } from 'vitest';
import { readSpec, type ProbingCheck, type Service, type Spec } from '#spec';

const read = (text: string): Spec => {
  const { spec, problems } = readSpec(text, { file: 'spec.yaml', directory: '/etc/vagus' });
  if (!spec) throw new Error(problems.map(({ message }) => message).join('\n'));
  return spec;
};

const CERTIFICATES = 'certificates: { portal: { file: [tls/rsa.pem, /srv/ec.pem] } }';

/** The only service of a site. */
const serviceOf = (fields: string): Service => {
  const { services } = read(`version: 1\nsite: x\n${CERTIFICATES}\nservices:\n  it: { ${fields} }\n`);
  if (!services[0]) throw new Error('no service');
  return services[0];
};

const checkOf = (fields: string, pool = 0): ProbingCheck => {
  const check = serviceOf(fields).pools[pool]?.check;
  if (!check || check.type === 'follow') throw new Error('no probing check');
  return check;
};

describe('a site', () => {
  test('has absolute file paths, name servers on port 53, and services in the order they are written', () => {
    const spec = read(`version: 1
site: x
${CERTIFICATES}
dns: { servers: [10.0.0.53, "[2001:db8::53]:5353"] }
services:
  z: { preset: tcp, listen: 10.0.0.1:80, servers: { a: 10.1.0.1 } }
  a: { preset: tcp, listen: 10.0.0.2:80, servers: { a: 10.1.0.1 } }
`);
    expect(spec.certificates[0]?.files).toEqual(['/etc/vagus/tls/rsa.pem', '/srv/ec.pem']);
    expect(spec.dns.servers).toEqual([
      { host: '10.0.0.53', port: 53 },
      { host: '2001:db8::53', port: 5353 },
    ]);
    expect(spec.services.map(({ name }) => name)).toEqual(['z', 'a']);
  });

  test('without services is a site', () => {
    expect(read('version: 1\nsite: x\nservices: {}\n').services).toEqual([]);
  });
});

describe('a small service', () => {
  const service = serviceOf('preset: ehr-web, listen: 10.0.0.10:443, servers: { a: 10.1.0.1:80, b: "ehr.example:80" }');

  test('has everything from its preset', () => {
    expect(service).toMatchObject({
      preset: 'ehr-web',
      protocol: 'http',
      answers: 'html',
      listen: [{ host: '10.0.0.10', port: 443 }],
      tls: { certificates: ['portal'], profile: 'intermediate', clients: undefined, redirectFrom: [] },
      retry: { attempts: 3, on: ['connect', 'empty-response', 'response-timeout', '503'], methods: ['GET', 'HEAD'] },
      limits: { connections: undefined },
      allow: { sources: [], callingAeTitles: [] },
      priority: [],
      routes: [],
      defaultPool: 'default',
      drain: { timeout: 3_600_000 },
    });
  });

  test('has one pool with its servers', () => {
    expect(service.pools).toHaveLength(1);
    expect(service.pools[0]).toMatchObject({ name: 'default', balance: 'leastconn', persistence: { kind: 'cookie' } });
    expect(service.pools[0]?.servers[1]).toEqual({
      name: 'b',
      path: ['services', 'it', 'servers', 'b'],
      address: { host: 'ehr.example', port: 80 },
      weight: 100,
      backup: false,
      limits: { connections: undefined },
      tls: undefined,
      proxyProtocol: 'none',
    });
  });
});

test('what is said wins over the preset, field by field', () => {
  const service = serviceOf(`preset: fhir, listen: 10.0.0.10:443, balance: source, servers: { a: 10.1.0.1:80 },
    timeouts: { server: 10m }, retry: { on: [connect, 503] }, persistence: { header: X-Job }, drain: { timeout: 5m },
    tls: { profile: modern, clients: { ca: ca.pem }, redirectFrom: 10.0.0.10:80 }`);
  expect(service.timeouts).toMatchObject({ server: 600_000, client: 60_000 });
  expect(service.retry).toEqual({ attempts: 3, on: ['connect', '503'], methods: ['GET', 'HEAD'] });
  expect(service.pools[0]).toMatchObject({
    balance: 'source',
    persistence: { kind: 'header', name: 'X-Job', for: 1_800_000 },
  });
  expect(service.drain.timeout).toBe(300_000);
  expect(service.tls).toMatchObject({
    certificates: ['portal'],
    profile: 'modern',
    clients: { ca: '/etc/vagus/ca.pem', verify: 'required' },
    redirectFrom: [{ host: '10.0.0.10', port: 80 }],
  });
});

test('pools take balance, persistence and check from their service', () => {
  const { pools, defaultPool, routes } = serviceOf(`preset: dicom, listen: 10.0.0.20:104, balance: random,
    routes: [{ when: { calledAeTitle: " VNA ", sources: [10.0.0.0/8] }, pool: vna }],
    pools: {
      main: { servers: { a: 10.1.0.1:104 }, balance: failover, persistence: { source: 1h } },
      vna: { servers: { v: 10.1.0.2:104 } } }`);
  expect(pools.map(({ balance }) => balance)).toEqual(['failover', 'random']);
  expect(pools.map(({ persistence }) => persistence)).toEqual([{ kind: 'source', for: 3_600_000 }, { kind: 'none' }]);
  expect(defaultPool).toBeUndefined();
  expect(routes[0]).toMatchObject({
    pool: 'vna',
    when: { calledAeTitle: ['VNA'], sources: ['10.0.0.0/8'], host: undefined },
  });
});

test('a server has everything that is said of it', () => {
  const { pools } =
    serviceOf(`preset: http, listen: 10.0.0.10:80, servers: { a: 10.1.0.1:80, b: { address: 10.1.0.2:443, weight: 0,
    backup: true, limits: { connections: 5 }, tls: { verify: ca.pem, serverName: B.Example, certificate: portal } },
    c: { address: 10.1.0.3:443, tls: { verify: none } } }`);
  expect(pools[0]?.servers[1]).toMatchObject({
    weight: 0,
    backup: true,
    limits: { connections: 5 },
    tls: { verify: '/etc/vagus/ca.pem', serverName: 'b.example', certificate: 'portal' },
  });
  expect(pools[0]?.servers[2]?.tls?.verify).toBe('none');
});

const archiveWith = (check: string): string =>
  `preset: dicom, listen: 10.0.0.1:1, check: { calledAeTitle: ARCHIVE, callingAeTitle: ME, port: 11112, interval: 8s },
    pools: { default: { servers: { a: 10.1.0.1:1 }, check: ${check} } }`;

describe('a check', () => {
  const HTTP = 'preset: http, listen: 10.0.0.10:80, servers: { a: 10.1.0.1:80 }';

  test.each([
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
  ])('every 500ms finds a hung server within 1.5 s: %s', (preset) => {
    const fields = `preset: ${preset}, listen: 10.0.0.10:443, servers: { a: 10.1.0.1:80 }`;
    const { interval, timeout, fall } = checkOf(`${fields}, check: { interval: 500ms }`);
    expect(interval + fall * timeout).toBeLessThanOrEqual(1_100);
    expect(timeout).toBe(300);
  });

  test('keeps the time-out of its preset where that is shorter than its interval allows', () => {
    expect(checkOf(`${HTTP}, check: { interval: 1m }`).timeout).toBe(1_000);
    expect(checkOf(`${HTTP}, check: { interval: 1m, timeout: 1m }`).timeout).toBe(60_000);
  });

  test.each([
    ['true', 'unverified'],
    ['false', 'never'],
  ])('tls: %s is %s', (written, tls) => {
    expect(checkOf(`${HTTP}, check: { tls: ${written} }`).tls).toBe(tls);
    expect(checkOf(HTTP).tls).toBe('as-server');
  });

  test('says all of its question', () => {
    const check = `check: { path: "/api?x=1", method: HEAD, host: "localhost:81", expect: { status: [200, 204], body: ok } }`;
    expect(checkOf(`${HTTP}, ${check}`)).toMatchObject({
      type: 'http',
      method: 'HEAD',
      uri: '/api?x=1',
      host: 'localhost:81',
      expect: { status: [200, 204], body: 'ok' },
    });
    expect(checkOf(HTTP)).toMatchObject({ method: 'GET', uri: '/', expect: { status: [200], body: undefined } });
    expect(checkOf(`preset: tcp, listen: 10.0.0.1:1, check: { type: hl7 }, servers: { a: 10.1.0.1:1 }`)).toMatchObject({
      messageType: 'NMQ^N01',
      acknowledgement: 'positive',
    });
    expect(checkOf(`preset: dicom, listen: 10.0.0.1:1, servers: { a: 10.1.0.1:1 }`)).toMatchObject({
      type: 'dicom-echo',
      calledAeTitle: 'ANY-SCP',
      callingAeTitle: 'VAGUS',
    });
  });

  test('of a pool is laid over that of the service; with another type only the timing is kept', () => {
    expect(checkOf(archiveWith('{ calledAeTitle: VNA }'))).toMatchObject({
      type: 'dicom-echo',
      calledAeTitle: 'VNA',
      callingAeTitle: 'ME',
      port: 11112,
      interval: 8_000,
    });
    expect(checkOf(archiveWith('{ type: http }'))).toMatchObject({
      type: 'http',
      uri: '/',
      port: undefined,
      interval: 8_000,
    });
  });

  test('may follow another service', () => {
    const spec = read(`version: 1
site: x
services:
  a: { preset: tcp, listen: 10.0.0.1:80, servers: { x: 10.1.0.1 } }
  b: { preset: tcp, listen: 10.0.0.1:81, check: { follow: a }, servers: { x: 10.1.0.1 } }
`);
    expect(spec.services[1]?.pools[0]?.check).toEqual({
      type: 'follow',
      path: ['services', 'b', 'check'],
      service: 'a',
    });
  });

  test('of servers without a port goes to the only port that the service listens on', () => {
    const fields = 'preset: tcp, listen: [10.0.0.1:443, 10.0.0.2:443]';
    expect(checkOf(`${fields}, servers: { a: 10.1.0.1 }`).port).toBe(443);
    expect(serviceOf(`${fields}, servers: { a: 10.1.0.1 }`).pools[0]?.servers[0]?.address.port).toBeUndefined();
    const mixed = serviceOf(`${fields}, servers: { a: 10.1.0.1, b: 10.1.0.2:80 }`).pools[0];
    expect(mixed?.servers.map(({ address }) => address.port)).toEqual([443, 80]);
    expect(checkOf(`${fields}, servers: { a: 10.1.0.1, b: 10.1.0.2:80 }`).port).toBeUndefined();
  });
});

test('a path leads to its place, and what is not there to its nearest ancestor', () => {
  const reading = readSpec(
    'version: 1\nsite: x\nservices:\n  web:\n    preset: http\n    listen: [10.0.0.1:80, 10.0.0.2:80]\n',
    {
      file: 'a.yaml',
      directory: '/',
    },
  );
  expect(reading.locate(['site'])).toEqual({ file: 'a.yaml', line: 2, column: 7 });
  expect(reading.locate(['services', 'web'])).toEqual({ file: 'a.yaml', line: 4, column: 3 });
  expect(reading.locate(['services', 'web', 'listen', 1])).toEqual({ file: 'a.yaml', line: 6, column: 27 });
  expect(reading.locate(['services', 'web', 'check', 'path'])).toEqual({ file: 'a.yaml', line: 4, column: 3 });
});

test('an anchor may be used in a thousand places', () => {
  const services = Array.from(
    { length: 1_000 },
    (_, s) => `  s${s}: { preset: http, listen: 10.${s >> 8}.${s & 255}.1:80, check: *check, servers: *servers }\n`,
  );
  const first =
    '  first: { preset: http, listen: 10.9.9.9:80, check: &check { path: /a }, servers: &servers { a: 10.1.0.1:80 } }\n';
  expect(read(`version: 1\nsite: big\nservices:\n${first}${services.join('')}`).services).toHaveLength(1_001);
});
