import { afterAll, beforeAll, expect, test } from 'vitest';

import { dcmtk, startStorescp, type Storescp, storescu, writeSeries } from '../support/dcmtk.ts';
import { type Orthanc, startOrthanc } from '../support/orthanc.ts';
import { endPrograms } from '../support/programs.ts';
import { freePort } from '../support/stand-ins.ts';
import { startVagus, type Vagus } from '../support/vagus.ts';
import { waitFor } from '../support/wait.ts';

// Two real archives behind one address, used by dcmtk's clients as modalities and work stations use them.

const IMAGES = 200;

let destination: Storescp;
let archives: readonly Orthanc[];
let vip: number;
let vagus: Vagus;

beforeAll(async () => {
  destination = await startStorescp('WS_RAD', ['--fork']);
  const peers = { VAGUS: destination.port, CT1: destination.port, WS_RAD: destination.port };
  archives = await Promise.all(['pacs1', 'pacs2'].map((name) => startOrthanc({ name, aeTitle: 'ARCHIVE', peers })));
  vip = await freePort();
  vagus = await startVagus(`
version: 1
site: orthanc
services:
  pacs:
    preset: dicom
    listen: 127.0.0.1:${vip}
    check: { calledAeTitle: ARCHIVE, interval: 1s }
    servers: { pacs1: 127.0.0.1:${archives[0]?.port}, pacs2: 127.0.0.1:${archives[1]?.port} }
`);
  await waitFor('both archives are up', async () => (await vagus.status()).services[0]?.verdict === 'up');
});

afterAll(async () => {
  await vagus?.stop();
  await endPrograms();
});

const as = (calling: string): readonly string[] => ['-aet', calling, '-aec', 'ARCHIVE'];

const stored = (): Promise<readonly number[]> => Promise.all(archives.map((archive) => archive.instances()));

test('a C-ECHO is answered', async () => {
  expect(await dcmtk('echoscu', vip, as('CT1'))).toEqual({ exitCode: 0, output: '' });
});

test('a series sent over one association lies whole on one archive', async () => {
  const sent = await storescu(vip, writeSeries(IMAGES), as('CT1'));
  expect(sent).toEqual({ exitCode: 0, output: '' });
  expect((await stored()).toSorted((one, other) => one - other)).toEqual([0, IMAGES]);
});

test('the archive that has it finds it, and moves it to a third party', async () => {
  // These two archives share no store, so the empty one is taken out of use.
  const empty = (await stored())[0] === 0 ? 'pacs/pacs1' : 'pacs/pacs2';
  expect((await vagus.cli('server', 'drain', empty)).exitCode).toBe(0);

  const query = ['-S', '-k', 'QueryRetrieveLevel=STUDY', '-k', 'PatientID=DEMO', '-k', 'StudyInstanceUID'];
  const found = await dcmtk('findscu', vip, [...as('WS_RAD'), ...query]);
  const study = /\(0020,000d\) UI \[(2\.25\.\d+)/.exec(found.output)?.[1];
  expect(study, found.output).toBeDefined();

  const move = ['-S', '-aem', 'WS_RAD', '-k', 'QueryRetrieveLevel=STUDY', '-k', `StudyInstanceUID=${study}`];
  const moved = await dcmtk('movescu', vip, [...as('WS_RAD'), ...move]);
  expect(moved.exitCode, moved.output).toBe(0);
  expect(destination.received()).toBe(IMAGES);
});
