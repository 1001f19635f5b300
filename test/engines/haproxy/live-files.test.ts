import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { connect, type PeerCertificate } from 'node:tls';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { act } from '#engines/haproxy';
import { type Desired, inverse, type LiveAction, stepsBetween } from '#plan';
import { associateRequest } from '#protocols';
import { endPrograms } from '../../support/programs.ts';
import { freePorts } from '../../support/stand-ins.ts';
import { type Certificates, makeCertificates, type Pem } from './certificates.ts';
import { ask, type Responder, startResponder } from './responders.ts';
import { good, type Rig, startRig } from './rig.ts';
import { desiredFrom } from './support.ts';

let responder: Responder;
let ports: readonly number[];
let rig: Rig;
let before: Desired;
const pems: Record<string, Pem> = {};
const pem = (name: string): Pem => {
  const found = pems[name];
  if (found === undefined) throw new Error(`no certificate ${name}`);
  return found;
};

type Options = {
  readonly first?: string;
  readonly second?: string;
  readonly list?: readonly string[];
  readonly authority?: string;
  readonly sources?: readonly string[];
  readonly calling?: readonly string[];
};

const TITLES = ['CT 1', "O'HARA", 'A;B', '#HASH'];

/** What every test begins with, with other things in some places. */
function wanted(options: Options = {}): Desired {
  const { first = 'first', second = 'second', list = ['one'], authority = 'ca' } = options;
  const { sources = ['127.0.0.1'], calling = TITLES } = options;
  const servers = { a: `127.0.0.1:${responder.port}` };
  return desiredFrom(
    {
      web: {
        preset: 'http',
        listen: `127.0.0.1:${ports[0]}`,
        allow: { sources },
        tls: { certificate: list },
        servers,
      },
      mutual: {
        preset: 'http',
        listen: `127.0.0.1:${ports[1]}`,
        tls: { certificate: 'one', clients: { ca: pem(authority).path, verify: 'required' } },
        servers,
      },
      plain: { preset: 'http', listen: `127.0.0.1:${ports[2]}`, allow: { sources }, servers },
      pacs: { preset: 'dicom', listen: `127.0.0.1:${ports[3]}`, allow: { callingAeTitles: calling }, servers },
    },
    { one: pem(first).path, ...(list.includes('two') && { two: pem(second).path }) },
  );
}

let certificates: Certificates;

beforeAll(async () => {
  certificates = makeCertificates();
  pems['ca'] = certificates.authority();
  pems['other-ca'] = certificates.authority('other-ca');
  for (const name of ['first', 'renewed']) pems[name] = certificates.issue(name, { names: ['DNS:one.example'] });
  pems['second'] = certificates.issue('second', { names: ['DNS:two.example'] });
  pems['client'] = certificates.issue('client');
  pems['other-client'] = certificates.issue('other-client', { by: pem('other-ca') });
  const both = { ...pem('ca'), path: join(certificates.directory, 'both.pem') };
  writeFileSync(both.path, pem('ca').certificate + pem('other-ca').certificate);
  pems['both'] = both;
  responder = await startResponder('a');
  ports = await freePorts(4);
  before = wanted();
  rig = await startRig(before);
}, 20_000);

beforeEach(() => rig.reload(before), 20_000);

afterAll(async () => {
  await rig.stop();
  await responder.close();
  await endPrograms();
  rmSync(certificates.directory, { recursive: true });
});

function actions(from: Desired, to: Desired): readonly LiveAction[] {
  const steps = stepsBetween(from, to, rig.version.can);
  expect(steps.map(({ how, because }) => [how, because])).toEqual(steps.map(() => ['live', undefined]));
  return steps.flatMap(({ action }) => (action === undefined ? [] : [action]));
}

async function actAll(all: readonly LiveAction[]): Promise<void> {
  for (const action of all) good(await act(rig.layout, rig.version, action));
}

/** The common name of the certificate that a listener shows, or why there is no connection. */
async function shown(index: number, servername = 'one.example', client?: Pem): Promise<string> {
  const socket = connect({
    host: '127.0.0.1',
    port: ports[index] ?? 0,
    servername,
    rejectUnauthorized: false,
    ...(client && { cert: client.certificate, key: client.key }),
  });
  try {
    await once(socket, 'secureConnect');
    const certificate: PeerCertificate = socket.getPeerCertificate();
    socket.write('GET / HTTP/1.1\r\nHost: one.example\r\nConnection: close\r\n\r\n');
    const [data] = (await once(socket, 'data')) as [Buffer];
    return String(data).startsWith('HTTP/1.1 200') ? String(certificate.subject.CN) : 'refused';
  } catch {
    return 'no connection';
  } finally {
    socket.destroy();
  }
}

/** Asks without an end until told to; returns how often, and what else was answered than was expected. */
function load(
  question: () => Promise<string>,
  expected: readonly string[],
): () => Promise<{ count: number; other: string[] }> {
  const ended = new AbortController();
  const other: string[] = [];
  let count = 0;
  const workers = Array.from({ length: 4 }, async () => {
    while (!ended.signal.aborted) {
      const answer = await question();
      count += 1;
      if (!expected.includes(answer)) other.push(answer);
    }
  });
  return async () => {
    ended.abort();
    await Promise.all(workers);
    return { count, other };
  };
}

test('a certificate is renewed under load without one failed connection, and the old one comes back', async () => {
  const after = wanted({ first: 'renewed' });
  const done = actions(before, after);
  expect(done).toMatchObject([{ kind: 'file' }]);
  const end = load(() => shown(0), ['first', 'renewed']);
  for (let times = 0; times < 5; times += 1) {
    await actAll(done);
    expect(await shown(0)).toBe('renewed');
    expect(await shown(1, 'one.example', pem('client'))).toBe('renewed');
    await actAll(done.map(inverse));
    expect(await shown(0)).toBe('first');
  }
  const { count, other } = await end();
  expect(other).toEqual([]);
  expect(count).toBeGreaterThan(10);
  await rig.reload(after);
  expect(await shown(0)).toBe('renewed');
}, 30_000);

test('a certificate with another one’s key is refused, and the one before goes on', async () => {
  const file = before.files.find(({ name }) => name === 'tls/one.pem');
  if (file === undefined) throw new Error('no file');
  const mixed = pem('second').certificate + pem('first').key;
  for (const content of [mixed, 'nothing', '']) {
    const to = { ...file, content: { reveal: () => content } as never, digest: 'x' };
    const acted = await act(rig.layout, rig.version, { kind: 'file', from: file, to });
    expect(acted).toMatchObject({ ok: false, error: { code: 'haproxy-command' } });
    expect(acted.ok ? '' : acted.error.message).not.toContain('BEGIN');
    expect(await shown(0)).toBe('first');
  }
  expect(await rig.ask('show ssl cert')).not.toMatch(/^\*/m);
  const unknown = { ...file, name: 'tls/new.pem', content: { reveal: () => mixed } as never };
  expect((await act(rig.layout, rig.version, { kind: 'file', from: undefined, to: unknown })).ok).toBe(false);
  expect(await rig.ask('show ssl cert')).not.toContain('new.pem');
});

test('a service gets a second certificate, and loses it again', async () => {
  const after = wanted({ list: ['one', 'two'] });
  expect(await shown(0, 'two.example')).toBe('first');
  const end = load(() => shown(0), ['first']);
  const done = actions(before, after);
  expect(done.map(({ kind }) => kind)).toEqual(['file', 'certificates']);
  await actAll(done);
  expect(await shown(0, 'two.example')).toBe('second');
  expect(await shown(0, 'else.example')).toBe('first');
  await actAll(done.toReversed().map(inverse));
  expect(await shown(0, 'two.example')).toBe('first');
  expect(await rig.ask('show ssl cert')).not.toContain('two.pem');
  await actAll(done);
  await actAll(actions(after, before));
  expect(await shown(0, 'two.example')).toBe('first');
  expect((await end()).other).toEqual([]);
  await rig.reload(after);
  expect(await shown(0, 'two.example')).toBe('second');
}, 30_000);

test('a list that HAProxy refuses in part stays as it was', async () => {
  const acted = await act(rig.layout, rig.version, {
    kind: 'certificates',
    service: 'web',
    from: ['tls/one.pem'],
    to: ['tls/one.pem', 'tls/nowhere.pem'],
  });
  expect(acted).toMatchObject({ ok: false, error: { code: 'haproxy-command' } });
  expect((await rig.ask('show ssl crt-list tls/web.list')).match(/pem/g)).toHaveLength(1);
});

test('one more CA for the certificates of clients', async () => {
  const after = wanted({ authority: 'both' });
  const done = actions(before, after);
  const seen = async () => [await shown(1, 'x', pem('client')), await shown(1, 'x', pem('other-client'))];
  expect(await seen()).toEqual(['first', 'no connection']);
  await actAll(done);
  expect(await seen()).toEqual(['first', 'first']);
  await actAll(done.map(inverse));
  expect(await seen()).toEqual(['first', 'no connection']);
});

test('a CA goes by a reload: live, a client of it could come back with the session it had', async () => {
  const after = wanted({ authority: 'other-ca' });
  expect(stepsBetween(before, after, rig.version.can)).toMatchObject([{ how: 'reload' }]);
  const { certificate: cert, key } = pem('client');
  const port = ports[1] ?? 0;
  const options = { host: '127.0.0.1', port, rejectUnauthorized: false, maxVersion: 'TLSv1.2' as const, cert, key };
  const first = connect(options);
  const [session] = (await once(first, 'session')) as [Buffer];
  first.destroy();
  await rig.reload(after);
  const late = connect({ ...options, session });
  await expect(once(late, 'secureConnect')).rejects.toThrow();
  late.destroy();
});

test('who may use a service changes in one step: who may before and after is never refused', async () => {
  const after = wanted({ sources: ['127.0.0.1', '127.0.0.2', '2001:db8::/32', '10.0.0.0/8'] });
  const done = actions(before, after);
  const from = (address: string) => ask(ports[2] ?? 0, '/', address);
  expect(await from('127.0.0.2')).toBe('403');
  const end = load(() => from('127.0.0.1'), ['a']);
  for (let times = 0; times < 10; times += 1) {
    await actAll(done);
    expect(await from('127.0.0.2')).toBe('a');
    await actAll(done.map(inverse));
    expect(await from('127.0.0.2')).toBe('403');
  }
  const { other } = await end();
  expect(other).toEqual([]);
  await rig.reload(after);
  expect(await from('127.0.0.2')).toBe('a');
}, 30_000);

/** True where an association from this AE title gets past the list: nobody behind it speaks DICOM, so it is closed or waits. */
async function mayCall(calling: string): Promise<boolean> {
  const socket = connectTcp(ports[3] ?? 0, '127.0.0.1');
  socket.write(associateRequest({ called: 'PACS', calling, contexts: ['1.2.840.10008.1.1'] }));
  try {
    const [answer] = (await Promise.race([once(socket, 'data'), once(socket, 'close')])) as [Buffer | boolean];
    // A-ASSOCIATE-RJ, permanent, by the service user: calling AE title not recognised (PS3.8 table 9-21).
    return !(Buffer.isBuffer(answer) && answer[0] === 3 && answer[9] === 3);
  } finally {
    socket.destroy();
  }
}

test('AE titles with blanks and signs', async () => {
  const titles = [...TITLES, 'NEW ONE', '"Q"', '$x', 'SEMI;COLON', "IT'S"];
  const after = wanted({ calling: titles });
  const done = actions(before, after);
  expect(await mayCall('NEW ONE')).toBe(false);
  await actAll(done);
  expect(await Promise.all(titles.map(mayCall))).toEqual(titles.map(() => true));
  expect(await mayCall('NEW')).toBe(false);
  await actAll(done.map(inverse));
  expect(await Promise.all(TITLES.map(mayCall))).toEqual(TITLES.map(() => true));
  expect(await mayCall('NEW ONE')).toBe(false);
});

test('a list of thousands is given in several parts, and a part that is refused leaves the list as it was', async () => {
  const sources = [
    '127.0.0.1',
    ...Array.from({ length: 3_000 }, (_, index) => `10.${index % 200}.${Math.floor(index / 200)}.0/24`),
  ];
  const done = actions(before, wanted({ sources }));
  await actAll(done);
  expect((await rig.ask('show acl lists/plain.sources')).split('\n')).toHaveLength(sources.length);
  const [action] = done;
  if (action?.kind !== 'allow') throw new Error('no list');
  const acted = await act(rig.layout, rig.version, { ...action, to: ['127.0.0.1', 'no address'] });
  expect(acted).toMatchObject({ ok: false, error: { code: 'haproxy-command' } });
  expect((await rig.ask(`show acl lists/${action.service}.sources`)).split('\n')).toHaveLength(sources.length);
}, 20_000);

test('nothing is ever written of what is secret', () => {
  expect(JSON.stringify(actions(before, wanted({ first: 'renewed' })))).not.toContain('PRIVATE KEY');
  expect(readFileSync(rig.layout.log, 'utf8')).not.toContain('PRIVATE KEY');
});
