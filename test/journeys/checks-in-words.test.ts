import { once } from 'node:events';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';

import type { ServerHealth } from '#observe';
import { encodePdu, type Pdu, pduReader, VAGUS_USER } from '#protocols';

import { startStorescp, type Storescp } from '../support/dcmtk.ts';
import { authority } from '../support/http/certificates.ts';
import { type Orthanc, startOrthanc } from '../support/orthanc.ts';
import { endPrograms } from '../support/programs.ts';
import { type Recorder, startRecorder, startTap } from '../support/recorder.ts';
import { freePort, type StandIn, startStandIn } from '../support/stand-ins.ts';
import { startVagus, type Vagus } from '../support/vagus.ts';
import { waitFor } from '../support/wait.ts';

// Every check of every kind, against servers that are well and servers that are ill each in its own way: the status says
// in words what is wrong, and no check ends with a TCP reset, however it goes.

/** What is checked how, and what the status says then. */
type Case = { readonly preset: string; readonly check: string; readonly state: 'up' | 'down'; readonly why: RegExp };
type Cases = Readonly<Record<string, Case>>;

const CASES = {
  'tcp-well': { preset: 'tcp', check: 'type: tcp', state: 'up', why: /^port open$/ },
  'http-well': { preset: 'http', check: 'type: http, path: /health', state: 'up', why: /HTTP 200/ },
  'https-well': { preset: 'http', check: 'type: http, tls: true', state: 'up', why: /HTTP 200/ },
  'fhir-well': { preset: 'fhir', check: 'type: fhir', state: 'up', why: /HTTP 200/ },
  'echo-well': { preset: 'dicom', check: 'type: dicom-echo', state: 'up', why: /^C-ECHO ok$/ },
  'find-well': { preset: 'dicom', check: 'type: dicom-find', state: 'up', why: /^C-FIND ok$/ },
  'hl7-well': { preset: 'hl7-mllp', check: 'type: hl7', state: 'up', why: /^acknowledged$/ },
  'hl7-any': {
    preset: 'hl7-mllp',
    check: 'type: hl7, expect: { acknowledgement: any }',
    state: 'up',
    why: /^acknowledged$/,
  },

  'port-closed': { preset: 'dicom', check: 'type: dicom-echo', state: 'down', why: /^port closed/ },
  'dicom-hangs': { preset: 'dicom', check: 'type: dicom-echo', state: 'down', why: /^accepts connections but hangs/ },
  'hl7-hangs': { preset: 'hl7-mllp', check: 'type: hl7', state: 'down', why: /^accepts connections but hangs/ },
  'http-hangs': { preset: 'http', check: 'type: http', state: 'down', why: /^accepts connections but hangs/ },
  'closes-at-once': {
    preset: 'dicom',
    check: 'type: dicom-echo',
    state: 'down',
    // The first on HAProxy 2.6, the second on 3.0.
    why: /^(closes the connection without an answer|no DICOM answer)$/,
  },
  'echo-rejected': {
    preset: 'dicom',
    check: 'type: dicom-echo',
    state: 'down',
    why: /^association rejected: local limit exceeded/,
  },
  'echo-refused-by-storescp': {
    preset: 'dicom',
    check: 'type: dicom-echo',
    state: 'down',
    why: /^association rejected: no reason given/,
  },
  'echo-wrong-called': {
    preset: 'dicom',
    check: 'type: dicom-echo, calledAeTitle: WRONG',
    state: 'down',
    why: /^association rejected: called AE title not recognised/,
  },
  'echo-not-offered': { preset: 'dicom', check: 'type: dicom-echo', state: 'down', why: /^C-ECHO not offered$/ },
  'echo-of-orthanc': {
    preset: 'dicom',
    check: 'type: dicom-echo, calledAeTitle: ARCHIVE',
    state: 'up',
    why: /^C-ECHO ok$/,
  },
  'echo-of-storescp': { preset: 'dicom', check: 'type: dicom-echo', state: 'up', why: /^C-ECHO ok$/ },
  'find-of-orthanc': {
    preset: 'dicom',
    check: 'type: dicom-find, calledAeTitle: ARCHIVE',
    state: 'down',
    why: /^(C-FIND (refused|not offered)|association aborted after it was accepted: at C-FIND-RQ)$/,
  },
  'find-not-offered-by-storescp': {
    preset: 'dicom',
    check: 'type: dicom-find',
    state: 'down',
    why: /^C-FIND not offered$/,
  },
  'find-refused': { preset: 'dicom', check: 'type: dicom-find', state: 'down', why: /^C-FIND refused$/ },
  'not-dicom': { preset: 'dicom', check: 'type: dicom-echo', state: 'down', why: /^no DICOM answer$/ },
  'not-hl7': { preset: 'hl7-mllp', check: 'type: hl7', state: 'down', why: /^no HL7 answer$/ },
  'http-500': { preset: 'http', check: 'type: http', state: 'down', why: /^answered HTTP 500$/ },
  'http-body': {
    preset: 'http',
    check: 'type: http, path: /health, expect: { body: allServicesOperative }',
    state: 'down',
    why: /^the expected text is not in the answer$/,
  },
  'fhir-login-page': {
    preset: 'fhir',
    check: 'type: fhir',
    state: 'down',
    why: /^no CapabilityStatement in the answer$/,
  },
  'hl7-error': { preset: 'hl7-mllp', check: 'type: hl7', state: 'down', why: /^acknowledged with AE$/ },
  'hl7-rejected': { preset: 'hl7-mllp', check: 'type: hl7', state: 'down', why: /^acknowledged with AR$/ },
  'tls-with-clear-text': {
    preset: 'dicom',
    check: 'type: dicom-echo, tls: true',
    state: 'down',
    why: /^TLS handshake failed/,
  },
} as const satisfies Cases;

type Name = keyof typeof CASES;

const names = Object.keys(CASES) as Name[];

/** Those that see the checks without a recorder between, and keep a log of their own. */
const DIRECT: ReadonlySet<Name> = new Set([
  'port-closed',
  'echo-refused-by-storescp',
  'echo-wrong-called',
  'echo-of-orthanc',
  'echo-of-storescp',
  'find-of-orthanc',
  'find-not-offered-by-storescp',
]);
const recorded = names.filter((name) => !DIRECT.has(name));

/** How many checks of each are looked at. */
const CHECKS = 6;

const standIns: StandIn[] = [];
let storescps: readonly Storescp[];
let orthanc: Orthanc;
let recorders: ReadonlyMap<Name, Recorder>;
let vagus: Vagus;

beforeAll(async () => {
  const standIn = async (
    ...[kind, faults = {}]: [Parameters<typeof startStandIn>[0], Parameters<StandIn['set']>[0]?]
  ) => {
    const started = await startStandIn(kind);
    standIns.push(started);
    await started.set(faults);
    return started.port;
  };
  const [portal, failing, fhir, archive, full, blind, engine, wrong, rejecting] = await Promise.all([
    standIn('portal'),
    standIn('portal', { status: 500 }),
    standIn('fhir'),
    standIn('archive'),
    standIn('archive', { reject: [2, 3, 2] }),
    standIn('archive', { find: 'refuse' }),
    standIn('engine'),
    standIn('engine', { ack: 'AE' }),
    standIn('engine', { ack: 'AR' }),
  ]);
  storescps = await Promise.all([
    startStorescp('CLOSED', ['--refuse']),
    startStorescp('BLIND'),
    startStorescp('STORE'),
  ]);
  orthanc = await startOrthanc({ name: 'pacs', aeTitle: 'ARCHIVE', peers: { VAGUS: 104 }, maySearch: false });
  const secure = await tlsServer();

  const taps: Readonly<Partial<Record<Name, number>>> = {
    'tcp-well': portal,
    'http-well': portal,
    'https-well': secure,
    'fhir-well': fhir,
    'echo-well': archive,
    'find-well': archive,
    'hl7-well': engine,
    'hl7-any': rejecting,
    'echo-rejected': full,
    'find-refused': blind,
    'http-500': failing,
    'http-body': portal,
    'hl7-error': wrong,
    'hl7-rejected': rejecting,
    'tls-with-clear-text': archive,
  };
  const ways: Readonly<Partial<Record<Name, (socket: Socket) => void>>> = {
    'dicom-hangs': hang,
    'hl7-hangs': hang,
    'http-hangs': hang,
    'closes-at-once': (socket) => hang(socket.end()),
    'echo-not-offered': offerNothing,
    'fhir-login-page': (socket) => talk(socket, LOGIN_PAGE),
    'not-dicom': (socket) => talk(socket, '220 mail.hospital.example ESMTP ready\r\n'),
    'not-hl7': (socket) => talk(socket, '220 mail.hospital.example ESMTP ready\r\n'),
  };
  const direct: Readonly<Partial<Record<Name, number>>> = {
    'port-closed': await freePort(),
    'echo-refused-by-storescp': storescps[0]?.port ?? 0,
    'find-not-offered-by-storescp': storescps[1]?.port ?? 0,
    'echo-of-storescp': storescps[2]?.port ?? 0,
    'echo-wrong-called': orthanc.port,
    'echo-of-orthanc': orthanc.port,
    'find-of-orthanc': orthanc.port,
  };
  const start = async (name: Name): Promise<Recorder> => {
    const [tap, way] = [taps[name], ways[name]];
    if (tap !== undefined) return startTap(tap);
    if (way !== undefined) return startRecorder(way);
    throw new Error(`nobody plays ${name}`);
  };
  recorders = new Map(await Promise.all(recorded.map(async (name) => [name, await start(name)] as const)));

  const services = await Promise.all(
    names.map(
      async (name) => `
  ${name}:
    preset: ${CASES[name].preset}
    listen: 127.0.0.1:${await freePort()}
    tls: none
    check: { ${CASES[name].check}, interval: 1s, timeout: 800ms }
    servers: { one: 127.0.0.1:${recorders.get(name)?.port ?? direct[name]} }`,
    ),
  );
  vagus = await startVagus(`version: 1\nsite: checks\nservices:${services.join('')}\n`);
});

afterAll(async () => {
  await vagus?.stop();
  for (const recorder of recorders?.values() ?? []) recorder.close();
  await Promise.all(standIns.map((standIn) => standIn.kill()));
  await endPrograms();
});

const LOGIN_PAGE = `HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 22\r\n\r\n<h1>Please log in</h1>`;

/** Takes everything and answers nothing, and closes once the peer does. */
function hang(socket: Socket): void {
  socket.resume().on('end', () => void socket.end());
}

function talk(socket: Socket, text: string): void {
  hang(socket);
  socket.once('data', () => void socket.write(text));
}

/** Accepts associations, and none of what they are for (PS3.8 table 9-18: abstract syntax not supported). */
function offerNothing(socket: Socket): void {
  hang(socket);
  const reader = pduReader({ from: 'client' });
  socket.on('data', (chunk) => {
    for (const pdu of reader.push(chunk)) {
      if (!pdu.ok || pdu.value.type !== 'A-ASSOCIATE-RQ') continue;
      const contexts = pdu.value.contexts.map(({ id }) => ({ id, result: 3, transferSyntax: '' }));
      const accept: Pdu = { ...pdu.value, type: 'A-ASSOCIATE-AC', user: VAGUS_USER, contexts };
      socket.write(encodePdu(accept));
    }
  });
}

async function tlsServer(): Promise<number> {
  const { pem } = await (await authority('Hospital CA')).issue('localhost');
  const server = createTlsServer({ cert: pem, key: pem }, (_, response) => response.end('ok'));
  const port = await freePort();
  await once(server.listen(port, '127.0.0.1').unref(), 'listening');
  return port;
}

test('each is as well as it is, and the status says why', async () => {
  let last = new Map<string, ServerHealth | undefined>();
  const unlike = new Set<Name>(names);
  // While a check is under way HAProxy has no details of the last one, so each may be right at a moment of its own.
  const look = async (): Promise<boolean> => {
    const { services } = await vagus.status();
    last = new Map(services.map(({ name, pools }) => [name, pools[0]?.servers[0]]));
    for (const name of unlike) {
      const { state, why } = CASES[name];
      if (last.get(name)?.state === state && why.test(last.get(name)?.why ?? '')) unlike.delete(name);
    }
    return unlike.size === 0;
  };
  await waitFor('every service is as it should be', look, 30_000).catch(() => undefined);
  expect([...unlike].map((name) => `${name}: ${last.get(name)?.state}, ${last.get(name)?.why}`)).toEqual([]);
});

test('no check ends with a reset', async () => {
  // A peer that speaks no TLS has said more than was read when the handshake fails, and the kernel resets.
  const inOrder = recorded.filter((name) => name !== 'tls-with-clear-text');
  await waitFor(
    'each was checked some times',
    () => inOrder.every((name) => (recorders.get(name)?.ended() ?? 0) >= CHECKS),
    30_000,
  ).catch((error: Error) => {
    throw new Error(
      `${error.message}\n${inOrder.map((name) => `${name}: ${recorders.get(name)?.ended()}`).join('\n')}`,
    );
  });
  const broken = inOrder.flatMap(
    (name) =>
      recorders
        .get(name)
        ?.broken()
        .map((how) => `${name}: ${how}`) ?? [],
  );
  expect(new Set(broken)).toEqual(new Set());
});

test('the logs of dcmtk and Orthanc tell of releases, and of no abort of ours', () => {
  const [refusing, , storing] = storescps;
  for (const peer of [refusing, storing, orthanc]) {
    // Orthanc aborts by itself where it refuses a query; what a peer did to it, it calls "Peer …".
    const lines = peer?.output().split('\n') ?? [];
    expect(lines.filter((line) => /peer aborted|association aborted|reset by peer|unexpected/i.test(line))).toEqual([]);
  }
  expect(orthanc.output()).toContain('Peer Requested Release');
  expect(storing?.output()).toContain('Association Release');
});
