import { expect, test, vi } from 'vitest';
import { failed, startLoad } from '#demo';
import { err, ok } from '#lib';
import { startDicomLoad, startHl7Load, startHttpLoad } from '../support/load.ts';
import { startStandIn } from '../support/stand-ins.ts';
import { waitFor } from '../support/wait.ts';

vi.setConfig({ testTimeout: 20_000, hookTimeout: 20_000 });

test('a load accounts for everything it began, by reason', async () => {
  const outcomes = [ok(1), err('late'), ok(1), err('lost'), err('late')];
  let turn = 0;
  const load = startLoad(async () => outcomes[turn++ % outcomes.length] ?? ok(1), { every: 1 });
  await waitFor('one round', () => load.report().sent >= outcomes.length);
  const report = await load.stop();
  expect([...report.failures.keys()].toSorted()).toEqual(['late', 'lost']);
  expect(report.ok + failed(report)).toBe(report.sent);
  const { sent } = report;
  expect(load.report().sent).toBe(sent);
});

test('what succeeds at the second try counts as one success that was tried twice', async () => {
  let turn = 0;
  const load = startLoad(async () => (turn++ % 2 === 0 ? err('first') : ok(1)), { tries: 2 });
  await waitFor('some work', () => load.report().ok >= 3);
  const { sent, ok: succeeded, retried, failures } = await load.stop();
  expect([succeeded, retried, failures.size]).toEqual([sent, sent, 0]);
});

test.each(['keepAlive', 'a connection for each request'])('an HTTP load (%s) sees its server die', async (kind) => {
  const server = await startStandIn('portal');
  const load = startHttpLoad({ url: `http://127.0.0.1:${server.port}`, workers: 4, keepAlive: kind === 'keepAlive' });
  await waitFor('answers', () => load.report().ok >= 40);
  expect(load.report().failures).toEqual(new Map());
  await server.kill();
  await waitFor('failures', () => load.report().failures.has('ECONNREFUSED'));
  const report = await load.stop();
  expect(report.ok + failed(report)).toBe(report.sent);
});

test('an HTTP load counts wrong statuses, and knows the slowest answer', async () => {
  const server = await startStandIn('portal');
  await server.set({ status: 503, slow: 50 });
  const load = startHttpLoad({ url: `http://127.0.0.1:${server.port}`, every: 1 });
  await waitFor('failures', () => (load.report().failures.get('status 503') ?? 0) >= 2);
  expect((await load.stop()).slowestMs).toBeGreaterThanOrEqual(50);
  await server.kill();
});

test('a DICOM load sends whole associations, and a rejection is a failure with its reason', async () => {
  const archive = await startStandIn('archive', { args: ['--strict'] });
  const load = startDicomLoad({ port: archive.port, workers: 2, instances: 2 });
  await waitFor('associations', () => load.report().ok >= 4);
  await archive.set({ reject: [2, 3, 2] });
  await waitFor('rejections', () => failed(load.report()) > 0);
  const { failures } = await load.stop();
  expect([...failures.keys()]).toEqual([expect.stringMatching(/^rejected: /)]);
  expect(archive.resets()).toBe(0);
  await archive.kill();
});

test('an HL7 load goes on after a failure', async () => {
  const engine = await startStandIn('engine');
  const load = startHl7Load({ port: engine.port, workers: 2 });
  await waitFor('acknowledgements', () => load.report().ok >= 4);
  await engine.kill();
  await waitFor('failures', () => failed(load.report()) > 0);
  const again = await startStandIn('engine', { port: engine.port });
  const before = load.report().ok;
  await waitFor('acknowledgements again', () => load.report().ok > before);
  await load.stop();
  await again.kill();
});
