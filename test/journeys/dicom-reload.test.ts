import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { openAssociation } from '#demo';
import { associateRequest, encodePdu, UID } from '#protocols';

import { startDcmtk } from '../support/dcmtk.ts';
import { startDicomLoad } from '../support/load.ts';
import { endPrograms } from '../support/programs.ts';
import { freePort, type StandIn, startStandIn } from '../support/stand-ins.ts';
import { startVagus, type Vagus } from '../support/vagus.ts';
import { waitFor } from '../support/wait.ts';

// An association that was open before a reload is as good as any other after it.

const RELOADS = 4;
const DONE = { ok: true, value: undefined };

let archive: StandIn;
let port: number;
let vagus: Vagus;

/** Each revision differs in something that only a new configuration can bring. */
const spec = (revision: number): string => `
version: 1
site: reload
services:
  pacs:
    preset: dicom
    listen: 127.0.0.1:${port}
    check: { interval: 1s }
    timeouts: { connect: ${4 + revision}s }
    servers: { pacs1: 127.0.0.1:${archive.port} }
`;

beforeAll(async () => {
  archive = await startStandIn('archive', { name: 'pacs1' });
  port = await freePort();
  vagus = await startVagus(spec(0));
  await waitFor('the archive is up', async () => (await vagus.server('pacs/pacs1')).state === 'up');
});

afterAll(async () => {
  await vagus?.stop();
  await archive?.kill();
  await endPrograms();
});

test('associations outlive reloads, none is refused meanwhile, and the status counts the workers that wait for them', async () => {
  const opened = await openAssociation({ host: '127.0.0.1', port, called: 'ARCHIVE', calling: 'CT1' });
  if (!opened.ok) throw new Error(opened.error);
  const quiet = opened.value;
  const busy = startDcmtk('echoscu', port, ['-aec', 'ARCHIVE', '--repeat', '100000000']);
  await waitFor('both associations are open', async () => (await vagus.server('pacs/pacs1')).connections === 2);
  const load = startDicomLoad({ port, workers: 2, every: 20 });

  for (let revision = 1; revision <= RELOADS; revision += 1) {
    const before = load.report().ok;
    await vagus.apply(spec(revision));
    await waitFor('new associations are served', () => load.report().ok > before + 10);
    expect(await quiet.echo(), `after ${revision} reloads`).toEqual(DONE);
  }
  expect(busy.running(), busy.output()).toBe(true);
  expect((await load.stop()).failures).toEqual(new Map());

  const status = await vagus.status();
  expect(status.oldWorkers).toBeGreaterThanOrEqual(1);
  expect(status.services[0]?.pools[0]?.servers[0]).toMatchObject({ connections: 2, connectionsBeforeReload: 2 });
  expect((await vagus.cli('status')).stdout).toMatch(
    /1 worker finishing what began before a reload[^]*2 in use \(2 from before a reload\)/,
  );

  await busy.kill();
  expect(await quiet.release()).toEqual(DONE);
  await waitFor('the old worker has gone', async () => (await vagus.status()).oldWorkers === 0);
});

test('who has connected before a reload and speaks only after it is served', async () => {
  const connections = Array.from({ length: 5 }, () => connect(port, '127.0.0.1'));
  await Promise.all(connections.map((socket) => once(socket, 'connect')));
  // HAProxy has accepted them once it counts them.
  await waitFor('all are accepted', async () => (await vagus.status()).services[0]?.connections === connections.length);
  await vagus.apply(spec(RELOADS + 1));
  for (const socket of connections) {
    socket.write(associateRequest({ called: 'ARCHIVE', calling: 'CT1', contexts: [UID.verification] }));
    const [answer] = (await once(socket, 'data')) as [Buffer];
    socket.end(encodePdu({ type: 'A-ABORT', source: 0, reason: 0 }));
    expect(answer[0], 'an A-ASSOCIATE-AC').toBe(2);
  }
});
