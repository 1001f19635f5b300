import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Answer, ask } from '../support/http/ask.ts';
import { startLoad, told } from '../support/http/load.ts';
import { type Mirror, startMirror, serverOf } from '../support/http/mirror.ts';
import { endPrograms } from '../support/programs.ts';
import { freePorts } from '../support/stand-ins.ts';
import { startVagus, type Vagus } from '../support/vagus.ts';
import { waitFor } from '../support/wait.ts';

// A server is taken out of work and brought back while everybody works. Units in flight finish; nothing new comes.

let vagus: Vagus;
let mirrors: readonly [Mirror, Mirror];
let spec: (clientTimeout: string) => string;
let portal: string;
let sticky: string;

beforeAll(async () => {
  const [portalPort = 0, stickyPort = 0] = await freePorts(2);
  portal = `http://127.0.0.1:${portalPort}/`;
  sticky = `http://127.0.0.1:${stickyPort}/`;
  mirrors = await Promise.all([startMirror('web1'), startMirror('web2', { host: '127.0.0.2' })]);
  const servers = mirrors.map(({ name, port }, index) => `${name}: 127.0.0.${index + 1}:${port}`).join(', ');
  spec = (clientTimeout) => `
version: 1
site: st-elsewhere
services:
  portal:
    preset: http
    listen: 127.0.0.1:${portalPort}
    check: { path: /health, interval: 3s, timeout: 3s }
    timeouts: { client: ${clientTimeout} }
    servers: { ${servers} }
  sticky:
    preset: http
    listen: 127.0.0.1:${stickyPort}
    check: { path: /health, interval: 3s, timeout: 3s }
    persistence: { cookie: VAGUS_SERVER }
    servers: { ${servers} }
`;
  vagus = await startVagus(spec('60s'));
  await waitFor('the servers are up', async () =>
    (await vagus.status()).services.every(({ verdict }) => verdict === 'up'),
  );
});

afterAll(async () => {
  await vagus?.stop();
  await endPrograms();
});

test('drain under load: nothing is lost, what is under way completes, nothing new comes, a reload changes nothing', async () => {
  const [web1, web2] = mirrors;
  // As many slow requests on each server: the next goes where the fewest are.
  const ended: string[] = [];
  const holdOne = async () => {
    const answer = await ask(`${portal}?hold`);
    ended.push(serverOf(answer));
    return answer.status;
  };
  const slow: Promise<number>[] = [];
  // One after the other: two threads of HAProxy may each find the same server idle.
  for (const count of [1, 2, 3, 4]) {
    slow.push(holdOne());
    await waitFor(`${count} are under way`, async () => (await web1.requests()) + (await web2.requests()) === count);
  }
  const load = await startLoad({ url: portal });

  const command = vagus.cli('server', 'drain', 'portal/web1', '--wait', '--reason', 'patching').then((drained) => {
    expect(drained).toMatchObject({ exitCode: 0, stderr: '' });
    expect(drained.stdout).toContain('portal/web1 drains');
    expect(drained.stdout).toContain('patching');
    expect(drained.stdout).toMatch(/^\d+ requests? left$/m);
    expect(drained.stdout).toContain('nothing is left on it');
    expect(ended.filter((server) => server === 'web1')).toHaveLength(2);
  });
  await waitFor('web1 holds the slow requests alone', async () => {
    const { state, connections } = await vagus.server('portal/web1');
    return state === 'drain' && connections === 2;
  });
  expect(ended).toEqual([]);
  // The command looks what is left a few times a second; what it must not do is end before they do.
  await load.more(500);
  await web1.release();
  await command;
  await web2.release();
  expect(await Promise.all(slow)).toEqual([200, 200, 200, 200]);

  const before = await web1.requests();
  await load.more(500);
  expect(await vagus.server('portal/web1')).toMatchObject({ state: 'drain', why: expect.stringContaining('draining') });
  await vagus.apply(spec('61s'));
  await load.more(500);
  expect(await vagus.server('portal/web1')).toMatchObject({ state: 'drain' });
  expect(await web1.requests()).toBe(before);

  expect(await vagus.cli('server', 'ready', 'portal/web1')).toMatchObject({ exitCode: 0 });
  await waitFor('web1 is up', async () => (await vagus.server('portal/web1')).state === 'up');
  await waitFor('web1 works again', async () => (await web1.requests()) > before + 100);

  const report = await load.stop();
  expect(report.failures, told(report)).toEqual([]);
});

test('a server that drains keeps the people it has, by their cookie; in maintenance it gives them up', async () => {
  const cookieOf = ({ headers }: Answer): string => headers['set-cookie']?.[0]?.split(';')[0] ?? '';
  const arrivals = await Promise.all(Array.from({ length: 10 }, () => ask(sticky)));
  const cookie = cookieOf(arrivals.find((answer) => serverOf(answer) === 'web1') ?? expect.unreachable());
  const visit = async () => serverOf(await ask(sticky, { headers: { cookie } }));

  await vagus.cli('server', 'drain', 'sticky/web1');
  expect(await Promise.all(Array.from({ length: 10 }, visit))).toEqual(Array(10).fill('web1'));
  const others = await Promise.all(Array.from({ length: 10 }, async () => serverOf(await ask(sticky))));
  expect(others).toEqual(Array(10).fill('web2'));

  await vagus.cli('server', 'maint', 'sticky/web1');
  expect(await Promise.all(Array.from({ length: 10 }, visit))).toEqual(Array(10).fill('web2'));
  expect(await vagus.server('sticky/web1')).toMatchObject({ state: 'maint', why: 'in maintenance' });
  expect(await vagus.server('portal/web1')).toMatchObject({ state: 'up' });
});

test('a server that is not there', async () => {
  expect(await vagus.cli('server', 'drain', 'portal/web3')).toMatchObject({
    exitCode: 1,
    stderr: expect.stringMatching(/no server portal\/web3; did you mean portal\/web[12]\?/),
  });
});

test('--all-services drains the host everywhere', async () => {
  for (const label of ['sticky/web1', 'portal/web1']) {
    await vagus.cli('server', 'ready', label);
    await waitFor(`${label} is up`, async () => (await vagus.server(label)).state === 'up');
  }
  const drained = await vagus.cli('server', 'drain', 'portal/web2', '--all-services');
  expect(drained).toMatchObject({ exitCode: 0, stderr: '' });
  expect(drained.stdout).toContain('portal/web2 drains');
  expect(drained.stdout).toContain('sticky/web2 drains');
});
