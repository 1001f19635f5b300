import { rmSync } from 'node:fs';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Desired, inverse, type LiveAction, type Step, stepsBetween } from '#plan';
import { makeCertificates } from '../engines/haproxy/certificates.ts';
import { can, desired } from './support.ts';

const BEFORE = {
  dns: { servers: '10.0.0.53' },
  certificates: { one: { file: 'one.pem' }, two: { file: 'two.pem' } } as Record<string, unknown>,
  services: {
    web: {
      preset: 'http',
      listen: '10.0.0.1:443',
      allow: { sources: ['10.0.0.0/8'] } as Record<string, unknown>,
      tls: { certificate: ['one'] } as unknown,
      drain: { timeout: '5m' },
      persistence: { source: '1h' },
      servers: {
        a: { address: '10.0.1.1:80' },
        b: { address: '10.0.1.2:80' },
        named: { address: 'c.example:80' },
      } as Record<string, unknown>,
    },
    cookies: {
      preset: 'http',
      listen: '10.0.0.1:81',
      persistence: { cookie: 'SRV' },
      servers: { a: '10.0.1.1:80' } as Record<string, unknown>,
    },
    chain: {
      preset: 'tcp',
      listen: '10.0.0.1:82',
      balance: 'failover',
      servers: { a: '10.0.1.1:80', b: '10.0.1.2:80', c: '10.0.1.3:80' } as Record<string, unknown>,
    },
    spread: {
      preset: 'tcp',
      listen: '10.0.0.1:83',
      balance: 'source',
      servers: { a: '10.0.1.1:80', b: '10.0.1.2:80', c: '10.0.1.3:80' } as Record<string, unknown>,
    },
    standby: {
      preset: 'tcp',
      listen: '10.0.0.1:84',
      servers: { a: '10.0.1.1:80', z: { address: '10.0.1.2:80', backup: true } } as Record<string, unknown>,
    },
    follower: {
      preset: 'tcp',
      listen: '10.0.0.1:85',
      check: { follow: 'chain' },
      servers: { b: '10.0.1.2:80' } as Record<string, unknown>,
    },
    pacs: {
      preset: 'dicom',
      listen: '10.0.0.1:104',
      allow: { callingAeTitles: ['CT', '#1'] } as Record<string, unknown>,
      servers: { a: '10.0.1.1:104' },
    },
    mutual: {
      preset: 'http',
      listen: '10.0.0.1:444',
      tls: { certificate: 'one', clients: { ca: 'clients.pem', verify: 'required' } },
      servers: { a: { address: '10.0.1.1:80', tls: { verify: 'ca.pem' } } } as Record<string, unknown>,
    },
  },
};
type Site = typeof BEFORE;

const pems = (() => {
  const certificates = makeCertificates();
  const made = {
    one: certificates.issue('one').text,
    two: certificates.issue('two').text,
    ca: certificates.authority().certificate,
    other: certificates.authority('other').certificate,
  };
  rmSync(certificates.directory, { recursive: true });
  return made;
})();

const FILES = { 'one.pem': pems.one, 'two.pem': pems.two, 'clients.pem': pems.ca, 'ca.pem': pems.ca };

function site(change: (site: Site) => void = () => undefined, files: Readonly<Record<string, string>> = {}): Desired {
  const copy = structuredClone(BEFORE);
  change(copy);
  return desired(JSON.stringify({ version: 1, site: 's', ...copy }), { ...FILES, ...files });
}

const before = site();

/** A step in short: `live change server web/a: weight`. */
const inShort = ({ how, change, subject, fields }: Step): string =>
  `${how} ${change} ${subject}${fields.length > 0 ? `: ${fields.join(', ')}` : ''}`;

type Case = readonly [string, (site: Site) => void, readonly string[], RegExp?];

const cases: readonly Case[] = [
  ['nothing', () => undefined, []],
  [
    'a weight',
    ({ services: { web } }) => (web.servers['a'] = { address: '10.0.1.1:80', weight: 7 }),
    ['live change server web/a: weight'],
  ],
  ['an address', ({ services: { web } }) => (web.servers['a'] = '10.0.1.9:81'), ['live change server web/a: address']],
  [
    'an address of the other family',
    ({ services: { web } }) => (web.servers['a'] = '[2001:db8::1]:80'),
    ['live change server web/a: address'],
  ],
  [
    'a limit',
    ({ services: { web } }) => (web.servers['a'] = { address: '10.0.1.1:80', limits: { connections: 4 } }),
    ['live change server web/a: maxConnections'],
  ],
  [
    'a weight of a named server',
    ({ services: { web } }) => (web.servers['named'] = { address: 'c.example:80', weight: 7 }),
    ['live change server web/named: weight'],
  ],
  [
    'another name',
    ({ services: { web } }) => (web.servers['named'] = 'd.example:80'),
    ['reload change server web/named: address'],
    /name/,
  ],
  [
    'a name instead of an address',
    ({ services: { web } }) => (web.servers['a'] = 'd.example:80'),
    ['reload change server web/a: address, resolved'],
    /TLS|name/,
  ],
  [
    'a backup',
    ({ services: { web } }) => (web.servers['a'] = { address: '10.0.1.1:80', backup: true }),
    ['reload change server web/a: backup'],
    /backup/,
  ],
  ['a new server', ({ services: { web } }) => (web.servers['d'] = '10.0.1.4:80'), ['live add server web/d']],
  [
    'a new server with a name',
    ({ services: { web } }) => (web.servers['d'] = 'd.example:80'),
    ['reload add server web/d'],
    /name/,
  ],
  ['one that goes', ({ services: { web } }) => delete web.servers['a'], ['live remove server web/a']],
  [
    'a named one that goes',
    ({ services: { web } }) => delete web.servers['named'],
    ['reload remove server web/named'],
    /name/,
  ],
  [
    'the order',
    ({ services: { web } }) => {
      const { a, ...rest } = web.servers;
      web.servers = { ...rest, a };
    },
    ['none change pool web/default: order'],
  ],
  [
    'one more with a cookie',
    ({ services: { cookies } }) => (cookies.servers['b'] = '10.0.1.2:80'),
    ['live add server cookies/b'],
  ],
  [
    'the only one for another',
    ({ services: { cookies } }) => (cookies.servers = { b: '10.0.1.2:80' }),
    ['live add server cookies/b', 'live remove server cookies/a'],
  ],
  [
    'one at the end of a failover',
    ({ services: { chain } }) => (chain.servers['d'] = '10.0.1.4:80'),
    ['live add server chain/d'],
  ],
  [
    'one at the beginning of a failover',
    ({ services: { chain } }) => (chain.servers = { d: '10.0.1.4:80', ...chain.servers }),
    ['reload add server chain/d'],
    /stand in/,
  ],
  [
    'the first of a failover goes',
    ({ services: { chain } }) => delete chain.servers['a'],
    ['reload remove server chain/a'],
    /stand in/,
  ],
  [
    'the last of a failover goes',
    ({ services: { chain } }) => delete chain.servers['c'],
    ['live remove server chain/c'],
  ],
  [
    'the order of a failover',
    ({ services: { chain } }) => {
      const { b, ...rest } = chain.servers;
      chain.servers = { ...rest, b };
    },
    ['reload change pool chain/default: order'],
    /stand in/,
  ],
  [
    'one that is followed goes',
    ({ services: { chain, follower } }) => {
      delete chain.servers['b'];
      follower.servers = { c: '10.0.1.3:80' };
    },
    ['reload remove server chain/b', 'live add server follower/c', 'live remove server follower/b'],
    /takes over its state/,
  ],
  [
    'one that follows a new one',
    ({ services: { chain, follower } }) => {
      chain.servers['d'] = '10.0.1.4:80';
      follower.servers['d'] = '10.0.1.4:80';
    },
    ['live add server chain/d', 'reload add server follower/d'],
    /new itself/,
  ],
  [
    'one at the end, clients spread by source',
    ({ services: { spread } }) => (spread.servers['d'] = '10.0.1.4:80'),
    ['live add server spread/d'],
  ],
  [
    'one in the middle, clients spread by source',
    ({ services: { spread } }) => {
      const { c, ...rest } = spread.servers;
      spread.servers = { ...rest, d: '10.0.1.4:80', c };
    },
    ['reload add server spread/d'],
    /which client/,
  ],
  [
    'the middle one goes, clients spread by source',
    ({ services: { spread } }) => delete spread.servers['b'],
    ['reload remove server spread/b'],
    /which client/,
  ],
  [
    'a backup behind the others',
    ({ services: { standby } }) => (standby.servers['y'] = { address: '10.0.1.4:80', backup: true }),
    ['live add server standby/y'],
  ],
  [
    'a backup before the others',
    ({ services: { standby } }) =>
      (standby.servers = { y: { address: '10.0.1.4:80', backup: true }, ...standby.servers }),
    ['reload add server standby/y'],
    /stand in/,
  ],
  [
    'no backup, behind the backups',
    ({ services: { standby } }) => (standby.servers['y'] = '10.0.1.4:80'),
    ['live add server standby/y'],
  ],
  [
    'a server with its CA',
    ({ services: { web } }) => (web.servers['t'] = { address: '10.0.1.4:80', tls: { verify: 'ca.pem' } }),
    ['live add file tls/web.default.t.authorities.pem: ', 'live add server web/t'],
  ],
  [
    'a server with a certificate that is in use',
    ({ services: { web } }) =>
      (web.servers['t'] = { address: '10.0.1.4:80', tls: { verify: 'none', certificate: 'one' } }),
    ['live add server web/t'],
  ],
  [
    'a server with a certificate that was not read yet',
    ({ services: { web } }) =>
      (web.servers['t'] = { address: '10.0.1.4:80', tls: { verify: 'none', certificate: 'two' } }),
    ['reload add server web/t'],
    /not read/,
  ],
  [
    'a server of TLS goes',
    ({ services: { mutual } }) => (mutual.servers = { b: '10.0.1.2:80' }),
    [
      'live add server mutual/b',
      'live remove server mutual/a',
      'live remove file tls/mutual.default.a.authorities.pem',
    ],
  ],
  [
    'TLS to a server',
    ({ services: { web } }) => (web.servers['a'] = { address: '10.0.1.1:80', tls: { verify: 'none' } }),
    ['reload change server web/a: tls'],
    /TLS/,
  ],
  [
    'a second certificate that was not read yet',
    ({ services: { web } }) => (web.tls = { certificate: ['one', 'two'] }),
    ['reload change service web: tls.certificate'],
    /not read/,
  ],
  [
    'a second certificate that is new',
    (all) => {
      all.certificates['three'] = { file: 'two.pem' };
      all.services.web.tls = { certificate: ['one', 'three'] };
    },
    ['live add file tls/three.pem', 'live change service web: tls.certificate'],
  ],
  [
    'another first certificate',
    (all) => {
      all.certificates['three'] = { file: 'two.pem' };
      all.services.web.tls = { certificate: ['three', 'one'] };
    },
    ['live add file tls/three.pem', 'reload change service web: tls.certificate'],
    /name no host/,
  ],
  [
    'a certificate nobody uses',
    (all) => (all.certificates['three'] = { file: 'two.pem' }),
    ['none add file tls/three.pem'],
  ],
  ['a certificate nobody used goes', (all) => delete all.certificates['two'], ['none remove file tls/two.pem']],
  [
    'another profile',
    ({ services: { web } }) => (web.tls = { certificate: ['one'], profile: 'modern' }),
    ['reload change service web: tls'],
    /TLS/,
  ],
  [
    'more sources',
    ({ services: { web } }) => (web.allow = { sources: ['10.0.0.0/8', '::1'] }),
    ['live change service web: allow.sources'],
  ],
  [
    'no sources any more',
    ({ services: { web } }) => (web.allow = {}),
    ['reload change service web: allow.sources'],
    /everybody/,
  ],
  [
    'sources for the first time',
    ({ services: { pacs } }) => (pacs.allow['sources'] = ['10.0.0.0/8']),
    ['reload change service pacs: allow.sources'],
    /everybody/,
  ],
  [
    'more AE titles',
    ({ services: { pacs } }) => (pacs.allow = { callingAeTitles: ['CT', '#1', 'MR'] }),
    ['live change service pacs: allow.callingAeTitles'],
  ],
  [
    'an AE title that begins with #',
    ({ services: { pacs } }) => (pacs.allow = { callingAeTitles: ['CT', '#2'] }),
    ['reload change service pacs: allow.callingAeTitles'],
    /#/,
  ],
  [
    'how long to drain',
    ({ services: { web } }) => (web.drain = { timeout: '6m' }),
    ['none change pool web/default: drainTimeout'],
  ],
  [
    'another listener',
    ({ services: { web } }) => (web.listen = '10.0.0.1:445'),
    ['reload change service web: listen'],
    /listeners/,
  ],
  [
    'how to balance',
    ({ services: { chain } }) => (chain.balance = 'leastconn'),
    ['reload change pool chain/default: balance'],
    /balances/,
  ],
  ['name servers', (all) => (all.dns = { servers: '10.0.0.54' }), ['reload change site: dns'], /name servers/],
];

const named = cases.map(([name, change, expected, because]) => ({ name, change, expected, because }));

test.each(named)('$name', ({ change, expected, because }) => {
  const steps = stepsBetween(before, site(change), can);
  expect(steps.map(inShort)).toEqual(expected.map((text) => text.replace(/: $/, '')));
  for (const step of steps) {
    expect(step.because === undefined).toBe(step.how !== 'reload');
    expect(step.action === undefined).toBe(step.how !== 'live');
  }
  const reasons = steps.flatMap((step) => step.because ?? []);
  expect(reasons.join('\n')).toMatch(because ?? /^$/);
});

test('files with other content', () => {
  const shortOf = (files: Readonly<Record<string, string>>, abilities = can) =>
    stepsBetween(before, site(undefined, files), abilities).map(inShort);
  expect(shortOf({ 'one.pem': pems.two })).toEqual(['live change file tls/one.pem: content']);
  expect(shortOf({ 'one.pem': pems.two }, { ...can, largestFile: 100 })).toEqual([
    'reload change file tls/one.pem: content',
  ]);
  expect(shortOf({ 'two.pem': pems.one })).toEqual(['none change file tls/two.pem: content']);
  expect(shortOf({ 'clients.pem': pems.other + pems.ca })).toEqual([
    'live change file tls/mutual.clients.pem: content',
  ]);
  // A client of the CA that goes could resume the session it has, and would not be asked for its certificate.
  expect(shortOf({ 'clients.pem': pems.other })).toEqual(['reload change file tls/mutual.clients.pem: content']);
  expect(shortOf({ 'ca.pem': pems.other })).toEqual([
    'reload change file tls/mutual.default.a.authorities.pem: content',
  ]);
});

test('an engine that cannot give a new server a cookie is reloaded', () => {
  const after = site(({ services: { cookies } }) => (cookies.servers['b'] = '10.0.1.2:80'));
  expect(stepsBetween(before, after, { ...can, addServersWithCookie: false }).map(inShort)).toEqual([
    'reload add server cookies/b',
  ]);
});

test('an engine that goes on using connections to the old address of a web server is reloaded', () => {
  const after = site(({ services: { web, chain } }) => {
    web.servers['a'] = '10.0.9.1:80';
    chain.servers['a'] = '10.0.9.1:80';
  });
  const inShortFor = (leaveOldAddress: boolean) =>
    stepsBetween(before, after, { ...can, leaveOldAddress }).map(inShort);
  expect(inShortFor(false)).toEqual(['reload change server web/a: address', 'live change server chain/a: address']);
  expect(inShortFor(true)).toEqual(['live change server web/a: address', 'live change server chain/a: address']);
});

test('each step says which service it belongs to; certificates and names belong to the site', () => {
  const after = site((all) => {
    all.certificates['three'] = { file: 'two.pem' };
    all.dns = { servers: '10.0.0.54' };
    all.services.web.servers = { t: { address: '10.0.1.4:80', tls: { verify: 'ca.pem' } } };
    all.services.chain.balance = 'random';
  });
  const services = stepsBetween(before, after, can).map(({ subject, service }) => [subject, service]);
  expect(Object.fromEntries(services)).toMatchObject({
    site: undefined,
    'file tls/three.pem': undefined,
    'file tls/web.default.t.authorities.pem': 'web',
    'server web/t': 'web',
    'pool chain/default': 'chain',
  });
});

/** What an action makes of a desired state: the same, as the engine's own effect is tested on the engine. */
function done(state: Desired, action: LiveAction): Desired {
  switch (action.kind) {
    case 'server':
      return {
        ...state,
        backends: state.backends.map((backend) =>
          backend.name === action.backend.name
            ? { ...backend, servers: swap(backend.servers, action.from, action.to) }
            : backend,
        ),
      };
    case 'file':
      return { ...state, files: swap(state.files, action.from, action.to) };
    default:
      return {
        ...state,
        frontends: state.frontends.map((frontend) => {
          if (frontend.name !== action.service) return frontend;
          if (action.kind === 'certificates')
            return frontend.tls ? { ...frontend, tls: { ...frontend.tls, certificates: action.to } } : frontend;
          const field = action.list === 'sources' ? 'sources' : 'callingAeTitles';
          return { ...frontend, allow: { ...frontend.allow, [field]: action.to } };
        }),
      };
  }
}

function swap<T extends { readonly name: string }>(
  all: readonly T[],
  from: T | undefined,
  to: T | undefined,
): readonly T[] {
  if (from && to) return all.map((thing) => (thing.name === from.name ? to : thing));
  if (to) return [...all, to];
  return all.filter(({ name }) => name !== from?.name);
}

test('live actions lead from what is to what must be, and their inverses back', () => {
  const server = fc.record({
    address: fc.record({ host: fc.constantFrom('10.0.1.1', '10.0.1.2', '::1'), port: fc.constantFrom(80, 81) }),
    weight: fc.integer({ min: 0, max: 256 }),
    maxConnections: fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }),
  });
  const withAll = {
    path: [],
    backup: false,
    resolved: false,
    tls: undefined,
    follows: undefined,
    proxyProtocol: undefined,
    telemetry: undefined,
  };
  const servers = fc
    .uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { minLength: 1 })
    .chain((names) => fc.tuple(...names.map((name) => server.map((parts) => ({ name, ...parts, ...withAll })))));
  const sources = fc.uniqueArray(fc.constantFrom('10.0.0.0/8', '::1', '192.168.1.1'), { minLength: 1 });
  const state = fc
    .record({ web: servers, chain: fc.oneof(servers, fc.constant(undefined)), sources })
    .map((parts): Desired => ({
      ...before,
      frontends: before.frontends.map((frontend) =>
        frontend.name === 'web' ? { ...frontend, allow: { ...frontend.allow, sources: parts.sources } } : frontend,
      ),
      backends: before.backends.map((backend) => {
        if (backend.name === 'web') return { ...backend, servers: parts.web };
        return backend.name === 'chain' && parts.chain ? { ...backend, servers: parts.chain } : backend;
      }),
    }));
  fc.assert(
    fc.property(state, state, (from, to) => {
      const steps = stepsBetween(from, to, can);
      fc.pre(steps.every(({ how }) => how === 'live' || how === 'none'));
      const actions = steps.flatMap(({ action }) => action ?? []);
      const there = actions.reduce(done, from);
      const left = (a: Desired, b: Desired) => stepsBetween(a, b, can).filter(({ how }) => how !== 'none');
      expect(left(there, to)).toEqual([]);
      expect(left(actions.toReversed().map(inverse).reduce(done, there), from)).toEqual([]);
      expect(actions.map(inverse).map(inverse)).toEqual(actions);
    }),
    { numRuns: 200 },
  );
});
