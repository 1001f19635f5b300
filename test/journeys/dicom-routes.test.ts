import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { openAssociation } from '#demo';

import { dcmtk, storescu, writeSeries } from '../support/dcmtk.ts';
import { endPrograms } from '../support/programs.ts';
import { freePorts, type StandIn, startStandIn } from '../support/stand-ins.ts';
import { startVagus, type Vagus } from '../support/vagus.ts';
import { waitFor } from '../support/wait.ts';

// Who gets where, and what those are told who get nowhere, as dcmtk prints it.

type Service = 'routed' | 'known' | 'near' | 'small' | 'empty';

let archives: Readonly<Record<'main' | 'vna', StandIn>>;
let ports: Readonly<Record<Service, number>>;
let vagus: Vagus;

beforeAll(async () => {
  const [main, vna] = await Promise.all([
    startStandIn('archive', { name: 'main', args: ['--ae', 'ARCHIVE', '--strict'] }),
    startStandIn('archive', { name: 'vna', args: ['--ae', 'VNA', '--strict'] }),
  ]);
  archives = { main, vna };
  const [routed = 0, known = 0, near = 0, small = 0, empty = 0, nobody = 0] = await freePorts(6);
  ports = { routed, known, near, small, empty };
  const servers = `{ archive1: 127.0.0.1:${main.port} }`;
  vagus = await startVagus(`
version: 1
site: routes
services:
  routed:
    preset: dicom
    listen: 127.0.0.1:${routed}
    check: { calledAeTitle: ARCHIVE, interval: 1s }
    routes:
      - { when: { calledAeTitle: ARCHIVE }, pool: main }
      - { when: { calledAeTitle: [VNA, VNA_TEST] }, pool: vna }
    pools:
      main: { servers: ${servers} }
      vna: { servers: { vna1: 127.0.0.1:${vna.port} }, check: { calledAeTitle: VNA } }
  known:
    preset: dicom
    listen: 127.0.0.1:${known}
    allow: { callingAeTitles: [CT1, "#MR"] }
    check: { calledAeTitle: ARCHIVE, interval: 1s }
    servers: ${servers}
  near:
    preset: dicom
    listen: 127.0.0.1:${near}
    allow: { sources: 10.0.0.0/8 }
    check: { calledAeTitle: ARCHIVE, interval: 1s }
    servers: ${servers}
  small:
    preset: dicom
    listen: 127.0.0.1:${small}
    limits: { connections: 1 }
    check: { calledAeTitle: ARCHIVE, interval: 1s }
    servers: ${servers}
  empty:
    preset: dicom
    listen: 127.0.0.1:${empty}
    check: { interval: 1s }
    servers: { gone1: 127.0.0.1:${nobody}, gone2: 127.0.0.1:${nobody} }
`);
  await waitFor('the checks have found who is there', async () => {
    const { services } = await vagus.status();
    return services.every(({ name, verdict }) => verdict === (name === 'empty' ? 'down' : 'up'));
  });
});

afterAll(async () => {
  await vagus?.stop();
  await Promise.all(Object.values(archives ?? {}).map((archive) => archive.kill()));
  await endPrograms();
});

const echo = (service: Service, called: string, calling = 'ECHOSCU') =>
  dcmtk('echoscu', ports[service], ['-aet', calling, '-aec', called]);

/** Each refusal: how to be refused so, what dcmtk says then, and the event. */
const REFUSALS: readonly {
  readonly what: string;
  readonly says: RegExp;
  readonly event: RegExp;
  readonly provoke: () => ReturnType<typeof echo>;
}[] = [
  {
    what: 'an unknown called AE title, where there is no default pool',
    provoke: () => echo('routed', 'NOBODY'),
    says: /Rejected Permanent, Source: Service User[^]*Called AE Title Not Recognized/,
    event: /routed: association from ECHOSCU at 127\.0\.0\.1 to NOBODY rejected: no pool answers/,
  },
  {
    what: 'a calling AE title that is not allowed',
    provoke: () => echo('known', 'ARCHIVE', 'MR9'),
    says: /Rejected Permanent, Source: Service User[^]*Calling AE Title Not Recognized/,
    event: /known: association from MR9 at 127\.0\.0\.1 to ARCHIVE rejected: it is not allowed here/,
  },
  {
    what: 'a source that is not allowed',
    provoke: () => echo('near', 'ARCHIVE'),
    says: /Rejected Permanent, Source: Service User[^]*Calling AE Title Not Recognized/,
    event: /near: association from ECHOSCU at 127\.0\.0\.1 to ARCHIVE rejected: it is not allowed here/,
  },
  {
    what: 'one association too many',
    says: /Rejected Transient, Source: Service Provider \(Presentation Related\)[^]*Local Limit Exceeded/,
    event:
      /small: association from ECHOSCU at 127\.0\.0\.1 to ARCHIVE rejected: the service is at its connection limit/,
    provoke: async () => {
      const first = await openAssociation({ host: '127.0.0.1', port: ports.small, called: 'ARCHIVE', calling: 'CT1' });
      if (!first.ok) throw new Error(`the first association was refused: ${first.error}`);
      const second = await echo('small', 'ARCHIVE');
      expect(await first.value.echo(), 'the first association goes on').toEqual({ ok: true, value: undefined });
      await first.value.release();
      return second;
    },
  },
  {
    what: 'no archive that is up',
    provoke: () => echo('empty', 'ARCHIVE'),
    says: /Rejected Transient, Source: Service Provider \(Presentation Related\)[^]*Temporary Congestion/,
    event: /empty: association from ECHOSCU at 127\.0\.0\.1 to ARCHIVE rejected: no archive can take it/,
  },
];

test.each([
  ['ARCHIVE', 'main'],
  ['VNA', 'vna'],
] as const)('who calls %s stores in the pool %s', async (called, pool) => {
  const other = pool === 'main' ? archives.vna : archives.main;
  const [before, elsewhere] = [await archives[pool].worked(), await other.worked()];
  expect(await storescu(ports.routed, writeSeries(2), ['-aec', called])).toEqual({ exitCode: 0, output: '' });
  expect(await archives[pool].worked()).toBe(before + 2);
  expect(await other.worked()).toBe(elsewhere);
});

test.each(['CT1', '#MR'])('the calling AE title %s is on the list', async (calling) => {
  expect(await echo('known', 'ARCHIVE', calling)).toEqual({ exitCode: 0, output: '' });
});

describe('with the controller', () => {
  test.each(REFUSALS)('$what is refused in protocol, and is an event', async ({ provoke, says, event }) => {
    const refused = await provoke();
    expect(refused.output).toMatch(says);
    expect(refused.exitCode).not.toBe(0);
    await waitFor(`the event ${event} in:\n${vagus.output()}`, () => event.test(vagus.output()));
  });

  test('who does not speak DICOM is cut at once, and it is an event', async () => {
    const began = Date.now();
    const socket = connect(ports.routed, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.end(`GET / HTTP/1.1\r\nHost: archive\r\nUser-Agent: a scanner that means no harm and says a lot\r\n\r\n`);
    await once(socket.resume(), 'close');
    expect(Date.now() - began).toBeLessThan(2_000);
    await waitFor('the event', () => /routed: an association from 127\.0\.0\.1 was refused/.test(vagus.output()));
  });

  test('who says nothing is cut after ten seconds, and it is an event', async () => {
    const began = Date.now();
    const socket = connect(ports.small, '127.0.0.1');
    socket.on('error', () => undefined);
    await once(socket.resume(), 'close');
    expect(Date.now() - began).toBeGreaterThan(8_000);
    expect(Date.now() - began).toBeLessThan(12_000);
    await waitFor('the event', () => /small: an association from 127\.0\.0\.1 was refused/.test(vagus.output()));
  });
});

describe('with the controller killed', () => {
  beforeAll(() => vagus.kill9());

  test.each(REFUSALS)('$what is refused in protocol', async ({ provoke, says }) => {
    expect((await provoke()).output).toMatch(says);
  });

  test('who is welcome is served', async () => {
    expect(await echo('routed', 'VNA')).toEqual({ exitCode: 0, output: '' });
  });
});
