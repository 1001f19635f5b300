import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isResponse, responseTo } from '#protocols';
import { freePort } from '../../protocols/support.ts';
import { accepting, dicomPeer, type Peer, peer, startProgram } from './peers.ts';
import { directory, during, expectPoliteEnd, probed, stepsOf } from './support.ts';

const echoAnswer =
  (status: number): NonNullable<Parameters<typeof dicomPeer>[1]> =>
  ({ contextId, command }) =>
    isResponse(command) ? [] : [{ contextId, command: responseTo(command, status), dataSet: undefined }];

const echoPeer = (status: number): Promise<Peer> => dicomPeer(accepting(), echoAnswer(status));

test('storescp answers a C-ECHO', async () => {
  const port = await freePort();
  during(await startProgram(port, 'storescp', '--ignore', String(port)));
  const report = await probed(`dicom://STORE@127.0.0.1:${port}?calling=CT_ER`);
  expect(report.verdict).toMatch(/^C-ECHO answered in \d+ ms$/);
  expect(report).toMatchObject({ healthy: true, url: `dicom://STORE@127.0.0.1:${port}?calling=CT_ER` });
  expect(stepsOf(report)).toEqual(['connect', 'associate', 'C-ECHO', 'release']);
});

test('storescp offers no query: released and told', async () => {
  const port = await freePort();
  during(await startProgram(port, 'storescp', '--ignore', String(port)));
  const report = await probed(`dicom://STORE@127.0.0.1:${port}?find=1`);
  expect(report).toMatchObject({
    healthy: false,
    verdict: 'association accepted, but not for C-FIND: abstract syntax not supported',
  });
  expect(stepsOf(report)).toEqual(['connect', 'associate', 'release']);
});

test('storescp that refuses everybody', async () => {
  const port = await freePort();
  during(await startProgram(port, 'storescp', '--refuse', String(port)));
  const report = await probed(`dicom://STORE@127.0.0.1:${port}`);
  expect(report).toMatchObject({ healthy: false, verdict: 'association rejected: no reason given (permanent)' });
});

test('dcmqrscp answers a query, and rejects an AE title that it does not have', async () => {
  const port = await freePort();
  const settings = [`NetworkTCPPort = ${port}`, 'MaxPDUSize = 16384', 'MaxAssociations = 4'];
  const tables = ['HostTable BEGIN', 'HostTable END', 'VendorTable BEGIN', 'VendorTable END'];
  const titles = ['AETable BEGIN', `ARCHIVE ${directory} RW (10, 1024mb) ANY`, 'AETable END', ''];
  writeFileSync(join(directory, 'dcmqrscp.cfg'), [...settings, ...tables, ...titles].join('\n'));
  during(await startProgram(port, 'dcmqrscp', '-c', join(directory, 'dcmqrscp.cfg')));
  const found = await probed(`dicom://ARCHIVE@127.0.0.1:${port}?find=1`);
  expect(found).toMatchObject({ healthy: true, verdict: expect.stringMatching(/^C-FIND answered in /) });
  const wrong = await probed(`dicom://WRONG@127.0.0.1:${port}?find=1`);
  expect(wrong).toMatchObject({
    healthy: false,
    verdict: 'association rejected: called AE title not recognised (permanent)',
  });
});

test('after a release it ends with FIN, and sends no abort', async () => {
  const archive = during(await echoPeer(0));
  expect(await probed(`dicom://A@127.0.0.1:${archive.port}`)).toMatchObject({ healthy: true });
  await expectPoliteEnd(archive);
  expect(archive.bytes().subarray(-10, -9)).toEqual(Buffer.of(5));
});

test('a status that is not success', async () => {
  const archive = during(await echoPeer(0x0124));
  const report = await probed(`dicom://A@127.0.0.1:${archive.port}`);
  expect(report).toMatchObject({ healthy: false, verdict: 'C-ECHO refused: not authorised (0124)' });
  expect(stepsOf(report)).toEqual(['connect', 'associate', 'C-ECHO', 'release']);
  await expectPoliteEnd(archive);
});

test('an abort', async () => {
  const archive = during(await dicomPeer(() => [{ type: 'A-ABORT', source: 2, reason: 2 }]));
  const report = await probed(`dicom://A@127.0.0.1:${archive.port}`);
  expect(report.verdict).toBe('association aborted: unexpected PDU (service provider)');
});

test.each([
  ['before the association', () => peer(() => undefined), ['connect', 'associate']],
  ['after it', () => dicomPeer(accepting()), ['connect', 'associate', 'C-ECHO']],
])('a server that hangs %s is aborted, and ended with FIN', async (_, start, steps) => {
  const archive = during(await start());
  const report = await probed(`dicom://A@127.0.0.1:${archive.port}`, { timeout: 300 });
  expect(report).toMatchObject({
    healthy: false,
    verdict: 'accepts connections but hangs: no answer within 300 ms',
  });
  expect(stepsOf(report)).toEqual(steps);
  await expectPoliteEnd(archive);
  expect(archive.bytes().subarray(-10)).toEqual(Buffer.of(7, 0, 0, 0, 0, 4, 0, 0, 0, 0));
});

test('a release without an answer does not make an archive unhealthy', async () => {
  const archive = during(
    await dicomPeer((pdu) => (pdu.type === 'A-RELEASE-RQ' ? [] : accepting()(pdu)), echoAnswer(0)),
  );
  const report = await probed(`dicom://A@127.0.0.1:${archive.port}`, { timeout: 300 });
  expect(report.verdict).toMatch(/^C-ECHO answered in \d+ ms, but the release was not$/);
});

test.each([
  ['closes', () => peer((socket) => socket.end()), 'accepts connections and closes them without an answer'],
  ['resets', () => peer((socket) => void socket.on('data', () => socket.resetAndDestroy())), 'resets them'],
  ['speaks HTTP', () => peer((socket) => void socket.write('HTTP/1.1 400 Bad')), 'answered, but not in DICOM'],
])('a server that %s', async (_, start, verdict) => {
  const server = during(await start());
  const report = await probed(`dicom://A@127.0.0.1:${server.port}`);
  expect([report.healthy, report.verdict]).toEqual([false, expect.stringContaining(verdict)]);
});
