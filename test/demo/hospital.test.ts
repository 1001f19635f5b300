import { spawn } from 'node:child_process';
import { createPublicKey, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, globSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { createServer as createTlsServer } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { askHospital, freePort, type Hospital, httpClient, isListening, startHospital } from '#demo';
import { failed, trafficInOneLine, type TrafficReport } from '#demo';
import { isAlive, run } from '#system';
import { readSpec } from '#spec';
import { waitFor } from '../support/wait.ts';

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

const stateDirectory = mkdtempSync(join(tmpdir(), 'demo-'));
let hospital: Hospital;

async function start(directory: string): Promise<Hospital> {
  const started = await startHospital({ stateDirectory: directory, orthanc: false });
  if (!started.ok) throw started.error;
  return started.value;
}

/** The servers of a hospital that was killed outright, on the same state directory. */
let killedBefore: readonly number[];

async function startAndKill(directory: string): Promise<readonly number[]> {
  const parent = spawn(process.execPath, ['test/demo/hospital-to-kill.ts', directory], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface({ input: parent.stdout }), 'line')) as [string];
  const pids = line.split(' ').map(Number);
  expect(pids.every(isAlive)).toBe(true);
  parent.kill('SIGKILL');
  await once(parent, 'exit');
  return pids;
}

beforeAll(async () => {
  killedBefore = await startAndKill(stateDirectory);
  hospital = await start(stateDirectory);
});
afterAll(async () => {
  await hospital.stop();
  rmSync(stateDirectory, { recursive: true });
});

const serverCalled = (name: string) => {
  const server = hospital.servers.find((candidate) => candidate.name === name);
  if (server === undefined) throw new Error(`no server ${name}`);
  return server;
};

describe('the spec', () => {
  test('has nothing wrong with it and names the servers where they are', () => {
    const { spec, problems } = readSpec(readFileSync(hospital.specFile, 'utf8'), {
      file: 'hospital.yaml',
      directory: dirname(hospital.specFile),
    });
    expect(problems).toEqual([]);
    const named = spec?.services.flatMap(({ name, pools }) =>
      pools.flatMap(({ servers }) => servers.map((server) => [name, server.name, server.address.port])),
    );
    expect(named).toEqual(hospital.servers.map(({ service, name, port }) => [service, name, port]));
    expect(spec?.services.map(({ preset, listen }) => [preset, listen.length])).toEqual([
      ['ehr-web', 1],
      ['fhir', 1],
      ['dicom', 1],
      ['hl7-mllp', 1],
      ['hl7-mllp', 1],
    ]);
    expect(
      spec?.certificates[0]?.files.every((file) => new X509Certificate(readFileSync(file)).checkIP('127.0.0.1')),
    ).toBe(true);
  });

  test('comes with an ECDSA and an RSA certificate of an authority whose key is nowhere', () => {
    const ca = new X509Certificate(readFileSync(hospital.ca));
    const chains = ['ecdsa', 'rsa'].map((kind) =>
      readFileSync(join(dirname(hospital.ca), `hospital-${kind}.pem`), 'utf8'),
    );
    const certificates = chains.map((pem) => new X509Certificate(pem));
    expect(certificates.map(({ publicKey }) => publicKey.asymmetricKeyType)).toEqual(['ec', 'rsa']);
    expect(certificates.every((certificate) => certificate.verify(ca.publicKey))).toBe(true);
    expect(certificates.every((certificate) => certificate.checkHost('portal.localhost'))).toBe(true);

    const caKey = ca.publicKey.export({ format: 'pem', type: 'spki' });
    const keys = globSync(join(stateDirectory, '**/*'), { exclude: (path) => path.endsWith('.sock') })
      .filter((path) => /\.(pem|key)$/.test(path))
      .map((path) => readFileSync(path, 'utf8'))
      .filter((pem) => pem.includes('PRIVATE KEY'))
      .map((pem) =>
        createPublicKey(pem.slice(pem.indexOf('-----BEGIN PRIVATE'))).export({ format: 'pem', type: 'spki' }),
      );
    expect(keys).toHaveLength(2);
    expect(keys).not.toContain(caKey);
  });
});

describe('breaking and healing', () => {
  const page = (name: string, timeout = 5_000) =>
    httpClient({ url: `http://127.0.0.1:${serverCalled(name).port}`, keepAlive: false, timeout }).request('/');
  const LATE = { ok: false, error: 'no answer within 300 ms' };

  afterEach(async () => expect(await hospital.act('heal', undefined)).toMatchObject({ ok: true }));

  test('kill: the process is gone, and heal starts it on the same port', async () => {
    const server = serverCalled('pacs1');
    const killed = server.pid();
    expect(await hospital.act('kill', 'pacs1')).toMatchObject({ ok: true });
    expect([server.pid(), killed && isAlive(killed), await isListening(server.port)]).toEqual([
      undefined,
      false,
      false,
    ]);
    expect(await hospital.act('heal', 'pacs1')).toMatchObject({ ok: true });
    expect([server.pid() !== killed, await isListening(server.port)]).toEqual([true, true]);
  });

  test('hang: connections are taken, nothing is answered, and heal lets it go on', async () => {
    const before = serverCalled('ehr1').pid();
    await hospital.act('hang', 'ehr1');
    expect(await page('ehr1', 300)).toEqual(LATE);
    await hospital.act('heal', 'ehr1');
    expect(await page('ehr1')).toMatchObject({ ok: true });
    expect(serverCalled('ehr1').pid()).toBe(before);
  });

  test('slow: from another process, by the socket in the state directory', async () => {
    expect(await askHospital(stateDirectory, 'slow', 'ehr2')).toEqual({
      ok: true,
      value: expect.stringContaining('ehr2 is slow'),
    });
    await waitFor('ehr2 is slow', async () => !(await page('ehr2', 300)).ok);
    expect(await askHospital(stateDirectory, 'heal', undefined)).toMatchObject({ ok: true });
    await waitFor('ehr2 is well', async () => (await page('ehr2', 300)).ok);
  });

  test('a killed server can be asked about from another process, whose answer waits until all is done', async () => {
    expect(await askHospital(stateDirectory, 'kill', 'engine2')).toMatchObject({ ok: true });
    expect(await askHospital(stateDirectory, 'hang', 'engine2')).toMatchObject({
      error: { code: 'demo-not-possible' },
    });
    expect(await askHospital(stateDirectory, 'heal', 'engine2')).toMatchObject({ ok: true });
    expect(await isListening(serverCalled('engine2').port)).toBe(true);
  });

  test('a wrong name is answered with the right one', async () => {
    const wrong = await askHospital(stateDirectory, 'kill', 'pasc1');
    expect(wrong).toMatchObject({ error: { code: 'demo-unknown-server', message: expect.stringContaining('pacs1?') } });
    expect(await hospital.act('kill', undefined)).toMatchObject({ error: { code: 'demo-unknown-server' } });
  });

  test('nobody is asked where nobody is', async () => {
    expect(await askHospital(dirname(stateDirectory), 'heal', undefined)).toMatchObject({
      error: { code: 'demo-not-running' },
    });
  });
});

test('two hospitals do not share a state directory, and the first one does not notice', async () => {
  const spec = readFileSync(hospital.specFile, 'utf8');
  const second = await startHospital({ stateDirectory, orthanc: false });
  expect(second).toMatchObject({ error: { code: 'demo-running-already' } });
  expect(readFileSync(hospital.specFile, 'utf8')).toBe(spec);
  expect(await askHospital(stateDirectory, 'heal', 'ehr1')).toMatchObject({ ok: true });
});

test('a port that is taken is replaced by another one', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as { port: number };
  expect(await freePort(port)).not.toBe(port);
  taken.close();
});

describe('with something in front of it', () => {
  const front: Server[] = [];
  const sockets = new Set<Socket>();

  /** As little of a load balancer as lets clients in: the first server of each service, and TLS. */
  beforeAll(async () => {
    const pem = readFileSync(join(dirname(hospital.ca), 'hospital-ecdsa.pem'));
    for (const [service, address] of Object.entries(hospital.services)) {
      const port = hospital.servers.find((server) => server.service === service)?.port ?? 0;
      const forward = (client: Socket): void => {
        const server = connect(port, '127.0.0.1');
        for (const socket of [client, server]) sockets.add(socket.on('error', () => socket.destroy()));
        client.pipe(server).pipe(client);
      };
      const proxy = address.startsWith('https')
        ? createTlsServer({ cert: pem, key: pem }, forward)
        : createServer(forward);
      front.push(proxy.listen(Number(/\d+$/.exec(address)?.[0]), '127.0.0.1'));
      await once(proxy, 'listening');
    }
  });
  afterAll(() => {
    for (const proxy of front) proxy.close();
    for (const socket of sockets) socket.destroy();
  });

  /** The commands for clients of other makes, as a newcomer would paste them. */
  const commands = () => {
    const section = hospital.welcome().split('Be a client of it:\n\n')[1]?.split('\n\n')[0] ?? '';
    return section
      .replaceAll(/\|\n +/g, '| ')
      .split('\n')
      .map((line) => line.trim());
  };

  test.each([
    ['curl', ':\\d+/$', 'St. Elsewhere EHR portal, served by ehr1'],
    ['curl', '/Patient/', '"resourceType": "Patient"'],
    ['echoscu', '', 'Received Echo Response (Success)'],
    ['printf', '', 'MSA|AA|1\n'],
  ])('the %s command of the welcome (%s) works as printed', async (program, pattern, expected) => {
    const found = commands().filter((line) => line.startsWith(program) && new RegExp(pattern).test(line));
    expect(found).toHaveLength(1);
    const ran = await run('sh', ['-c', found[0] ?? '']);
    expect(ran.ok && ran.value.stdout + ran.value.stderr).toContain(expected);
  });

  test('a trickle of traffic comes through, without a failure', async () => {
    let latest: TrafficReport | undefined;
    const traffic = hospital.startTraffic((report) => (latest = report));
    await waitFor('each service has worked', () => latest && Object.values(latest).every((report) => report.ok > 0));
    const report = await traffic.stop();
    expect(Object.values(report).map(failed)).toEqual([0, 0, 0, 0, 0]);
    expect(trafficInOneLine(report)).toMatch(
      /^portal [\d,]+ ok · fhir [\d,]+ ok · pacs [\d,]+ ok · adt [\d,]+ ok · results [\d,]+ ok · 0 failed · \d+ tried twice$/,
    );
  });
});

test('the welcome fits a terminal, and speaks of commands as they have to be typed', () => {
  const text = hospital.welcome((words) => `vagus ${words} --here`).replaceAll(stateDirectory, '/var/lib/vagus');
  expect(text.split('\n').filter((line) => line.length > 100)).toEqual([]);
  expect(text).toContain('vagus demo kill pacs1 --here');
  for (const address of Object.values(hospital.services)) expect(text).toContain(address);
});

test('killed outright, a hospital leaves no process behind, not even a hung one', async () => {
  expect(killedBefore).toHaveLength(10);
  await waitFor('all of them are gone', () => !killedBefore.some(isAlive));
});
