import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { freePort, isListening, openAssociation, sendInstances, syntheticStudy } from '#demo';
import { run } from '#system';
import { type StandIn, startStandIn } from '../support/stand-ins.ts';
import { waitFor } from '../support/wait.ts';

vi.setConfig({ testTimeout: 20_000, hookTimeout: 20_000 });

// DCMTK is the independent peer, for the archive as well as for the client.

let pacs1: StandIn;
const directory = mkdtempSync(join(tmpdir(), 'archive-'));
beforeAll(
  async () => void (pacs1 = await startStandIn('archive', { name: 'pacs1', args: ['--ae', 'PACS', '--strict'] })),
);
beforeEach(() => pacs1.set({}));
afterAll(async () => {
  await pacs1.kill();
  rmSync(directory, { recursive: true });
});

/** Runs a program of DCMTK against the archive. Returns its exit status and what it said. */
async function dcmtk(program: string, ...args: readonly string[]): Promise<readonly [number, string]> {
  const ran = await run(program, ['-v', '-aec', 'PACS', ...args, '127.0.0.1', String(pacs1.port)]);
  if (!ran.ok) throw ran.error;
  return [ran.value.exitCode, ran.value.stdout + ran.value.stderr];
}

const peer = () => ({ host: '127.0.0.1', port: pacs1.port, called: 'PACS', calling: 'DEMO_CT', timeout: 5_000 });

test('echoscu gets its answer, and a health check is no work', async () => {
  const before = await pacs1.worked();
  expect(await dcmtk('echoscu')).toEqual([0, expect.stringContaining('Received Echo Response (Success)')]);
  expect(await pacs1.worked()).toBe(before);
});

test('storescu stores what it has in any encoding', async () => {
  const dump = [
    '(0008,0016) UI =SecondaryCaptureImageStorage',
    '(0008,0018) UI [2.25.1]',
    '(0010,0010) PN [CANARY^4711]',
  ];
  writeFileSync(join(directory, 'image.dump'), `${dump.join('\n')}\n`);
  const image = join(directory, 'image.dcm');
  expect(await run('dump2dcm', ['+te', join(directory, 'image.dump'), image])).toMatchObject({
    value: { exitCode: 0 },
  });
  const before = await pacs1.worked();
  const ran = await run('storescu', ['-v', '-aec', 'PACS', '127.0.0.1', String(pacs1.port), image]);
  expect(ran).toMatchObject({ value: { exitCode: 0, stdout: expect.any(String) } });
  expect(ran.ok && ran.value.stdout + ran.value.stderr).toContain('Received Store Response (Success)');
  expect(await pacs1.worked()).toBe(before + 1);
  expect(pacs1.output()).not.toContain('CANARY');
});

const STUDY_QUERY = ['-S', '-k', '0008,0052=STUDY', '-k', '0020,000D='] as const;

test('findscu finds nothing, successfully', async () => {
  const [status, said] = await dcmtk('findscu', ...STUDY_QUERY);
  expect([status, said]).toEqual([0, expect.stringContaining('Received Final Find Response (Success)')]);
});

test('told to refuse queries, refuses them and still echoes', async () => {
  await pacs1.set({ find: 'refuse' });
  expect((await dcmtk('findscu', ...STUDY_QUERY))[1]).toContain('Refused: OutOfResources');
  expect((await dcmtk('echoscu'))[0]).toBe(0);
});

test('our client echoes, finds and releases on one association, and is told of a refused query', async () => {
  const open = async () => {
    const opened = await openAssociation(peer());
    if (!opened.ok) throw new Error(opened.error);
    return opened.value;
  };
  const association = await open();
  const outcomes = [await association.echo(), await association.find('2.25.1'), await association.release()];
  expect(outcomes.map((outcome) => outcome.ok)).toEqual([true, true, true]);
  await pacs1.set({ find: 'refuse' });
  expect(await (await open()).find('2.25.1')).toEqual({ ok: false, error: expect.stringMatching(/^status: /) });
});

test('rejects an unknown called AE title, where it is strict', async () => {
  const [status, said] = await dcmtk('echoscu', '-aec', 'NOBODY');
  expect([status, said]).toEqual([1, expect.stringContaining('Called AE Title Not Recognized')]);
  const lenient = await startStandIn('archive');
  expect(await run('echoscu', ['-aec', 'NOBODY', '127.0.0.1', String(lenient.port)])).toMatchObject({
    value: { exitCode: 0 },
  });
  await lenient.kill();
});

test('told to reject, rejects with these numbers', async () => {
  await pacs1.set({ reject: [2, 3, 1] });
  expect((await dcmtk('echoscu'))[1]).toContain('Temporary Congestion');
  expect(await openAssociation(peer())).toEqual({ ok: false, error: expect.stringMatching(/^rejected: .*congestion/) });
});

test('told to be slow, keeps images back and echoes at once', async () => {
  await pacs1.set({ slow: 60_000 });
  const opened = await openAssociation({ ...peer(), timeout: 1_000 });
  if (!opened.ok) throw new Error(opened.error);
  expect(await opened.value.echo()).toEqual({ ok: true, value: undefined });
  const [instance] = syntheticStudy(1);
  expect(instance && (await opened.value.store(instance))).toEqual({ ok: false, error: 'no answer within 1000 ms' });
});

test('takes what is no DICOM for an end', async () => {
  const socket = connect(pacs1.port, '127.0.0.1');
  socket.write('GET / HTTP/1.1\r\n\r\n');
  const [answer] = (await once(socket, 'data')) as [Buffer];
  expect([...answer.subarray(0, 1)]).toEqual([7]);
  await once(socket, 'end');
});

test('what our client sends is a DICOM image to storescp', async () => {
  const port = await freePort();
  const storescp = spawn('storescp', ['-od', directory, '-aet', 'PACS', String(port)], { stdio: 'ignore' });
  try {
    await waitFor('storescp listens', () => isListening(port));
    const sent = await sendInstances({ ...peer(), port }, syntheticStudy(2, 100_000));
    expect(sent).toEqual({ ok: true, value: undefined });
    const stored = readdirSync(directory).filter((name) => name.startsWith('SC'));
    expect(stored).toHaveLength(2);
    const dump = await run('dcmdump', ['+P', 'PixelData', '+P', 'StudyInstanceUID', join(directory, stored[0] ?? '')]);
    expect(dump).toMatchObject({ value: { exitCode: 0, stderr: '', stdout: expect.stringContaining('PixelData') } });
  } finally {
    storescp.kill('SIGKILL');
    await once(storescp, 'exit');
  }
});
