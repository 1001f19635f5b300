import { expect, test } from 'vitest';
import { freePort } from '../../protocols/support.ts';
import { peer, startDropping } from './peers.ts';
import { during, expectPoliteEnd, probed, stepsOf } from './support.ts';

test('that is open', async () => {
  const listener = during(await peer(() => undefined));
  const report = await probed(`tcp://127.0.0.1:${listener.port}`);
  expect(report).toMatchObject({ healthy: true, verdict: expect.stringMatching(/^port open, connected in \d+ ms$/) });
  expect(report.steps).toEqual([
    { name: 'connect', milliseconds: expect.any(Number), detail: `127.0.0.1:${listener.port}` },
  ]);
  await expectPoliteEnd(listener);
});

test('that is closed', async () => {
  const report = await probed(`tcp://127.0.0.1:${await freePort()}`);
  expect(report).toMatchObject({ healthy: false, verdict: 'port closed (connection refused)' });
});

test('of a name that is looked up first', async () => {
  const listener = during(await peer(() => undefined));
  const report = await probed(`tcp://localhost:${listener.port}`);
  expect([report.healthy, stepsOf(report)]).toEqual([true, ['resolve', 'connect']]);
});

test('of a name that nobody has', async () => {
  const report = await probed('tcp://nobody.invalid:1', { timeout: 2_000 });
  expect(report).toMatchObject({ healthy: false, verdict: expect.stringContaining('name') });
  expect(stepsOf(report)).toEqual(['resolve']);
});

test('without an answer to the connection attempt', async () => {
  const { port } = during(await startDropping());
  const report = await probed(`tcp://127.0.0.1:${port}`, { timeout: 300 });
  expect(report).toMatchObject({
    healthy: false,
    verdict: 'no answer to the connection attempt within 300 ms (host down, or packets dropped)',
  });
});
