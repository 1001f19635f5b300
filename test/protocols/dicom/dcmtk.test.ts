import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ABSENT_STUDY_UID, associateRequest, echoRequest, encodeMessage, encodePdu } from '#protocols';
import { findStudyRequest, isResponse, messageReader, pduReader, releaseRequest, responseTo } from '#protocols';
import { type AssociateRequest, type DimseMessage, type Pdu, rejectionInWords, UID, VAGUS_USER } from '#protocols';
import { freePort, listen, type Listener, valueOf, valuesOf } from '../support.ts';
import { waitFor } from '../../support/wait.ts';

// DCMTK is the independent peer: its servers must understand what we write, its clients what we answer, and we all it says.

const DEADLINE = 10_000;

const directory = mkdtempSync(join(tmpdir(), 'dcmtk-'));
const running: ChildProcess[] = [];
const environment = { PATH: process.env['PATH'], TCP_NODELAY: '1', DCMDICTPATH: process.env['DCMDICTPATH'] };

function start(program: string, ...args: readonly string[]): ChildProcess {
  const child = spawn(program, args, { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'], env: environment });
  running.push(child);
  return child;
}

/** Runs a program to its end. Returns its exit status and what it wrote. */
async function run(program: string, ...args: readonly string[]): Promise<readonly [number | null, string]> {
  const child = start(program, ...args);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (output += String(chunk)));
  const [status] = (await once(child, 'close')) as [number | null];
  return [status, output];
}

afterAll(async () => {
  for (const child of running.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)) {
    child.kill('SIGKILL');
    await once(child, 'close');
  }
  rmSync(directory, { recursive: true });
});

/** An archive that answers queries under the AE title ARCHIVE, and holds nothing. */
function startQueryArchive(port: number): void {
  const configuration = join(directory, `${port}.cfg`);
  const settings = [`NetworkTCPPort = ${port}`, 'MaxPDUSize = 16384', 'MaxAssociations = 4'];
  const tables = ['HostTable BEGIN', 'HostTable END', 'VendorTable BEGIN', 'VendorTable END'];
  const aeTitles = ['AETable BEGIN', `ARCHIVE ${directory} RW (10, 1024mb) ANY`, 'AETable END', ''];
  writeFileSync(configuration, [...settings, ...tables, ...aeTitles].join('\n'));
  start('dcmqrscp', '--single-process', '-c', configuration);
}

const connectWhenReady = (port: number): Promise<Socket> =>
  waitFor(
    `somebody listens on ${port}`,
    async () => {
      const socket = connect(port, '127.0.0.1').setNoDelay(true);
      return once(socket, 'connect').then(
        () => socket,
        () => undefined,
      );
    },
    DEADLINE,
  );

/** Sends bytes and returns the first PDU that comes back. */
async function ask(socket: Socket, bytes: Uint8Array): Promise<Pdu> {
  socket.write(bytes);
  const reader = pduReader({ from: 'server' });
  for (;;) {
    const [chunk] = (await once(socket, 'data', { signal: AbortSignal.timeout(DEADLINE) })) as [Buffer];
    const [pdu] = valuesOf(reader.push(chunk));
    if (pdu !== undefined) return pdu;
  }
}

function messageIn(pdu: Pdu): DimseMessage {
  if (pdu.type !== 'P-DATA-TF') throw new Error(`${pdu.type} instead of P-DATA-TF`);
  return valueOf(messageReader({ from: 'server' }).push(pdu)[0]);
}

describe('our requests, their servers', () => {
  test('storescp accepts, echoes and releases', async () => {
    const port = await freePort();
    start('storescp', '--ignore', '-aet', 'ARCHIVE', String(port));
    const socket = await connectWhenReady(port);

    const contexts = [UID.verification];
    const accept = await ask(socket, associateRequest({ called: 'ARCHIVE', calling: 'VAGUS', contexts }));
    expect(accept).toMatchObject({
      type: 'A-ASSOCIATE-AC',
      calledAeTitle: 'ARCHIVE',
      callingAeTitle: 'VAGUS',
      contexts: [{ id: 1, result: 0, transferSyntax: UID.implicitVrLittleEndian }],
      user: { implementationVersionName: expect.stringMatching(/^OFFIS_DCMTK/) },
    });
    expect(messageIn(await ask(socket, echoRequest(1, 1)))).toMatchObject({
      contextId: 1,
      command: { type: 'C-ECHO-RSP', messageId: 1, sopClassUid: UID.verification, status: 0 },
    });
    expect(await ask(socket, releaseRequest())).toEqual({ type: 'A-RELEASE-RP' });
    socket.destroy();
  });

  test('storescp --refuse is read as a rejection', async () => {
    const port = await freePort();
    start('storescp', '--refuse', String(port));
    const socket = await connectWhenReady(port);
    const contexts = [UID.verification];
    const answer = await ask(socket, associateRequest({ called: 'A', calling: 'B', contexts }));
    expect(answer.type === 'A-ASSOCIATE-RJ' && rejectionInWords(answer)).toBe('no reason given (permanent)');
    socket.destroy();
  });

  test('dcmqrscp answers a query for a study that does not exist with success and nothing found', async () => {
    const port = await freePort();
    startQueryArchive(port);
    const socket = await connectWhenReady(port);

    const contexts = [UID.verification, UID.studyRootFind];
    const accept = await ask(socket, associateRequest({ called: 'ARCHIVE', calling: 'VAGUS', contexts }));
    expect(accept.type === 'A-ASSOCIATE-AC' && accept.contexts.map(({ id, result }) => [id, result])).toEqual([
      [1, 0],
      [3, 0],
    ]);
    expect(messageIn(await ask(socket, findStudyRequest(2, 3, ABSENT_STUDY_UID)))).toMatchObject({
      contextId: 3,
      command: { type: 'C-FIND-RSP', messageId: 2, status: 0 },
      dataSet: undefined,
    });
    expect(await ask(socket, releaseRequest())).toEqual({ type: 'A-RELEASE-RP' });
    socket.destroy();
  });

  test('dcmqrscp rejects a called AE title that it does not know, and says so', async () => {
    const port = await freePort();
    startQueryArchive(port);
    const socket = await connectWhenReady(port);
    const contexts = [UID.studyRootFind];
    const answer = await ask(socket, associateRequest({ called: 'WRONG', calling: 'VAGUS', contexts }));
    expect(answer.type === 'A-ASSOCIATE-RJ' && rejectionInWords(answer)).toBe(
      'called AE title not recognised (permanent)',
    );
    socket.destroy();
  });
});

describe('their requests, our answers', () => {
  let archive: Listener;
  const served: string[] = [];

  beforeAll(async () => {
    archive = await listen((socket) => serve(socket, (message) => served.push(message.command.type)));
  });
  afterAll(() => archive.stop());

  test('echoscu is content', async () => {
    served.length = 0;
    const [status, output] = await run('echoscu', '-v', '-aec', 'ARCHIVE', '127.0.0.1', String(archive.port));
    expect(output).toContain('Received Echo Response (Success)');
    expect([status, served]).toEqual([0, ['C-ECHO-RQ']]);
  });

  test('echoscu understands a rejection', async () => {
    const [status, output] = await run('echoscu', '-aec', 'NOBODY', '127.0.0.1', String(archive.port));
    expect(output).toContain('Rejected Permanent');
    expect(output).toContain('Called AE Title Not Recognized');
    expect(status).not.toBe(0);
  });

  test('findscu is told of one study, and of the end', async () => {
    served.length = 0;
    const query = ['-S', '-k', '0008,0052=STUDY', '-k', '0020,000D=', '-aec', 'ARCHIVE'];
    const [status, output] = await run('findscu', '-v', ...query, '127.0.0.1', String(archive.port));
    expect(output).toContain('2.25.4711');
    expect(output).toContain('Received Final Find Response (Success)');
    expect([status, served]).toEqual([0, ['C-FIND-RQ']]);
  });

  test('storescu stores an instance that comes in many fragments', async () => {
    served.length = 0;
    const comment = 'x'.repeat(50_000);
    writeFileSync(
      join(directory, 'image.dump'),
      [
        '(0002,0010) UI =LittleEndianImplicit',
        '(0008,0016) UI =SecondaryCaptureImageStorage',
        '(0008,0018) UI [2.25.4712]',
        '(0010,0020) LO [TEST]',
        `(0020,4000) LT [${comment}]`,
        '',
      ].join('\n'),
    );
    expect(await run('dump2dcm', '+l', '100000', '+ti', 'image.dump', 'image.dcm')).toEqual([0, '']);
    const [status, output] = await run(
      'storescu',
      '-v',
      '-aec',
      'ARCHIVE',
      '127.0.0.1',
      String(archive.port),
      'image.dcm',
    );
    expect(output).toContain('Received Store Response (Success)');
    expect([status, served]).toEqual([0, ['C-STORE-RQ']]);
  });
});

/** As much of an archive as shows that its clients understand us: one AE title, one study. */
function serve(socket: Socket, onRequest: (message: DimseMessage) => void): void {
  const pdus = pduReader({ from: 'client' });
  const messages = messageReader({ from: 'client' });
  let maxPduBytes = 0;
  socket.setNoDelay(true).on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    for (const pdu of valuesOf(pdus.push(chunk))) {
      switch (pdu.type) {
        case 'A-ASSOCIATE-RQ':
          maxPduBytes = pdu.user.maxPduBytes;
          socket.write(encodePdu(answerTo(pdu)));
          break;
        case 'P-DATA-TF':
          for (const message of valuesOf(messages.push(pdu))) {
            onRequest(message);
            for (const answer of answersTo(message)) socket.write(encodeMessage(answer, maxPduBytes));
          }
          break;
        case 'A-RELEASE-RQ':
          socket.end(encodePdu({ type: 'A-RELEASE-RP' }));
          break;
        default:
          socket.end();
      }
    }
  });
}

function answerTo(request: AssociateRequest): Pdu {
  if (request.calledAeTitle !== 'ARCHIVE') return { type: 'A-ASSOCIATE-RJ', result: 1, source: 1, reason: 7 };
  return {
    ...request,
    type: 'A-ASSOCIATE-AC',
    user: VAGUS_USER,
    contexts: request.contexts.map(({ id, transferSyntaxes }) =>
      transferSyntaxes.includes(UID.implicitVrLittleEndian)
        ? { id, result: 0, transferSyntax: UID.implicitVrLittleEndian }
        : { id, result: 4, transferSyntax: '' },
    ),
  };
}

function answersTo({ contextId, command, dataSet }: DimseMessage): readonly DimseMessage[] {
  if (isResponse(command)) return [];
  const end = { contextId, command: responseTo(command, 0), dataSet: undefined };
  if (command.type !== 'C-FIND-RQ' || dataSet === undefined) return [end];
  const study = Buffer.from(`\x08\0\x52\0\x06\0\0\0STUDY \x20\0\x0d\0\x0a\0\0\x002.25.4711\0`, 'latin1');
  return [{ contextId, command: responseTo(command, 0xff00), dataSet: study }, end];
}
