import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { openAssociation } from '#demo';
import { processes } from '#engines/haproxy';
import { stateIn } from '#apply';
import { startHttpLoad } from '../support/load.ts';
import { freePorts, type StandIn, startStandIn } from '../support/stand-ins.ts';
import { startVagus, type Vagus } from '../support/vagus.ts';
import { waitFor } from '../support/wait.ts';

// Promise 1: the data plane outlives the control plane.

const ended: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0).toReversed()) await end();
});

async function hospital(): Promise<{ vagus: Vagus; web: number; dicom: number; ehr: StandIn }> {
  const [web = 0, dicom = 0] = await freePorts(2);
  const ehr = await startStandIn('portal', { name: 'ehr1' });
  const archive = await startStandIn('archive', { name: 'pacs1' });
  ended.push(
    () => ehr.kill(),
    () => archive.kill(),
  );
  const vagus = await startVagus(spec(web, dicom, ehr.port, archive.port));
  ended.push(() => vagus.stop());
  return { vagus, web, dicom, ehr };
}

const spec = (web: number, dicom: number, ehr: number, archive: number, site = 'survivor') => `version: 1
site: ${site}
services:
  portal:
    preset: http
    listen: 127.0.0.1:${web}
    check: { path: /health, interval: 500ms }
    servers: { ehr1: 127.0.0.1:${ehr} }
  pacs:
    preset: dicom
    listen: 127.0.0.1:${dicom}
    check: { calledAeTitle: PACS, interval: 500ms }
    servers: { pacs1: 127.0.0.1:${archive} }
`;

const masterOf = async (vagus: Vagus): Promise<number> => {
  const running = await processes(stateIn(vagus.stateDirectory).haproxy);
  return running.ok ? running.value.master : 0;
};

test('kill -9 of the controller drops nothing, and the next controller takes over what runs', async () => {
  const { vagus, web, dicom } = await hospital();
  const up = () => vagus.server('pacs/pacs1').then(({ state }) => state === 'up');
  await waitFor('the archive is up', up);
  const master = await masterOf(vagus);
  const load = startHttpLoad({ url: `http://127.0.0.1:${web}`, workers: 4 });
  const association = await openAssociation({ host: '127.0.0.1', port: dicom, called: 'PACS', calling: 'CT' });
  if (!association.ok) throw new Error(association.error);

  for (let round = 0; round < 3; round += 1) {
    await vagus.kill9();
    expect((await vagus.status()).controller).toBeNull();
    expect(await association.value.echo()).toMatchObject({ ok: true });
    await vagus.again();
    expect((await vagus.status()).controller).toBe(vagus.pid);
  }

  expect(await association.value.echo()).toMatchObject({ ok: true });
  await association.value.release();
  const { sent, failures } = await load.stop();
  expect(failures).toEqual(new Map());
  expect(sent).toBeGreaterThan(100);
  expect(await masterOf(vagus)).toBe(master);
  expect(vagus.output()).toContain('taken over as it is');
});

test('a spec edited while no controller ran is applied by a reload when the next one takes over', async () => {
  const { vagus, web, dicom, ehr } = await hospital();
  const master = await masterOf(vagus);
  await vagus.kill9();
  const archive = (await vagus.server('pacs/pacs1')).address.split(':')[1];
  vagus.write('hospital.yaml', spec(web, dicom, ehr.port, Number(archive), 'edited'));
  await vagus.again();
  expect((await vagus.status()).site).toBe('edited');
  expect(await masterOf(vagus)).toBe(master);
});

test('a controller that finds the spec broken takes over what runs, and applies the mended one when told', async () => {
  const { vagus, web, dicom, ehr } = await hospital();
  const archive = Number((await vagus.server('pacs/pacs1')).address.split(':')[1]);
  await vagus.kill9();
  vagus.write('hospital.yaml', spec(web, dicom, ehr.port, archive).replace('preset: http', 'preset: htttp'));
  await vagus.again();
  expect(vagus.output()).toContain('What was in force before goes on; mend the spec and send SIGHUP');
  expect((await vagus.status()).controller).toBe(vagus.pid);
  expect((await fetch(`http://127.0.0.1:${web}/health`)).status).toBe(200);
  await ehr.kill();
  await waitFor('the controller says what happens', () => vagus.output().includes('portal/ehr1 is DOWN'));
  await vagus.apply(spec(web, dicom, ehr.port, archive, 'mended'));
  expect((await vagus.status()).site).toBe('mended');
});

test('a HAProxy that ends by itself is started again', async () => {
  const { vagus, web } = await hospital();
  const master = await masterOf(vagus);
  process.kill(master, 'SIGKILL');
  await waitFor(
    'the page is served again',
    () =>
      fetch(`http://127.0.0.1:${web}/health`).then(
        ({ ok }) => ok,
        () => false,
      ),
    20_000,
  );
  expect(await masterOf(vagus)).not.toBe(master);
  expect(vagus.output()).toContain('HAProxy has ended; starting it again');
});

test('a second controller on the same state directory is refused and changes nothing', async () => {
  const { vagus, web } = await hospital();
  const { exitCode, stderr } = await vagus.cli('run', `${vagus.directory}/hospital.yaml`);
  expect(exitCode).toBe(1);
  expect(stderr).toContain(`a controller is running on ${vagus.stateDirectory} already`);
  expect((await fetch(`http://127.0.0.1:${web}/health`)).status).toBe(200);
});

test('a port that another program has is said to be taken, and what ran before goes on', async () => {
  const { vagus, web, dicom, ehr } = await hospital();
  const other = createServer().listen(0, '127.0.0.1');
  ended.push(() => other.close());
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  await expect(vagus.apply(spec(port, dicom, ehr.port, 9, 'taken'))).rejects.toThrow(
    /portal: .*cannot bind socket \(Address already in use\)/,
  );
  expect((await fetch(`http://127.0.0.1:${web}/health`)).status).toBe(200);
  expect((await vagus.status()).site).toBe('survivor');
});

test('told to stop, the controller ends HAProxy; told to leave it running, it does that', async () => {
  const { vagus, web } = await hospital();
  process.kill(vagus.pid, 'SIGTERM');
  await waitFor('nothing listens any more', () => refuses(web));
  await vagus.again();
  await waitFor('the page is served', () =>
    fetch(`http://127.0.0.1:${web}/health`).then(
      ({ ok }) => ok,
      () => false,
    ),
  );
});

function refuses(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(port, '127.0.0.1');
  socket.on('connect', () => resolve(false));
  socket.on('error', () => resolve(true));
  return promise.finally(() => socket.destroy());
}
