import { afterEach, expect, test } from 'vitest';
import { askController, serversNow } from '../support/controller.ts';
import { ask } from '../support/http/ask.ts';
import { type Load, startLoad, told } from '../support/http/load.ts';
import { type Mirror, startMirror, serverOf } from '../support/http/mirror.ts';
import { type NameServer, startNameServer } from '../support/http/name-server.ts';
import { endPrograms } from '../support/programs.ts';
import { freePorts } from '../support/stand-ins.ts';
import { startVagus, type Vagus } from '../support/vagus.ts';
import { waitFor } from '../support/wait.ts';

// A server gets another address while everybody works: requests follow it, however busy the connections to the old one are.

let vagus: Vagus;
let names: NameServer | undefined;
let port: number;
let url: string;
let old: Mirror;
let moved: Mirror;

afterEach(async () => {
  await vagus?.stop();
  await endPrograms();
  names?.close();
  names = undefined;
});

const spec = (address: string, site = '') => `
version: 1
site: st-elsewhere
${site}services:
  web:
    preset: http
    listen: ${new URL(url).host}
    check: { path: /health, interval: 500ms, timeout: 500ms }
    servers: { app: ${address}:${port} }
`;

/** Starts both machines, and Vagus with what `text` makes a spec; resolves with everybody at work on the old one. */
async function work(text: () => Promise<string>): Promise<Load> {
  const ports = await freePorts(2);
  port = ports[1] ?? 0;
  url = `http://127.0.0.1:${ports[0]}/`;
  [old, moved] = await Promise.all([
    startMirror('old', { host: '127.0.4.1', port }),
    startMirror('moved', { host: '127.0.4.2', port }),
  ]);
  // So that no connection is ever idle for long.
  for (const mirror of [old, moved]) await mirror.behave({ delay: 20 });
  vagus = await startVagus(await text());
  const served = async () => {
    const answer = await ask(url);
    return answer.status === 200 && serverOf(answer);
  };
  await waitFor('all is up', async () => (await served()) === 'old', 20_000);
  return startLoad({ url, workers: 8 });
}

/** Resolves when the moved machine does all the work, and the old one none. */
async function follows(load: Load): Promise<void> {
  await waitFor('traffic follows', async () => (await moved.requests()) > 0, 25_000);
  await waitFor(
    'the old machine rests',
    async () => {
      const before = await old.requests();
      await load.more(50);
      return (await old.requests()) === before;
    },
    20_000,
  );
}

test('a server that the spec gives another address', async () => {
  const load = await work(async () => spec('127.0.4.1'));
  await vagus.apply(spec('127.0.4.2'));
  await follows(load);
  const report = await load.stop();
  expect(report.failures, told(report)).toEqual([]);
});

test('a server known by name whose address changes; it is kept when its name is no longer known', async () => {
  const known = new Map([['app.hospital.example', ['127.0.4.1']]]);
  const load = await work(async () => {
    names = await startNameServer(known);
    return spec('app.hospital.example', `dns: { servers: [127.0.0.1:${names.port}] }\n`);
  });
  known.set('app.hospital.example', ['127.0.4.2']);
  // A change that is live, and on no disk yet when the name is followed: it stays.
  const path = '/services/web/pools/default/servers/extra';
  const added = await askController(vagus.stateDirectory, 'PUT', path, { address: `127.0.4.2:${port}` });
  expect(added.json()).toMatchObject({ how: 'live' });
  await follows(load);
  expect((await serversNow(vagus.stateDirectory)).get('web/extra')?.get('srv_addr')).toBe('127.0.4.2');
  const report = await load.stop();
  expect(report.failures, told(report)).toEqual([]);
  expect(await vagus.server('web/app')).toMatchObject({ state: 'up' });
  expect(vagus.output()).toContain('web/app: its name has another address, 127.0.4.2 instead of 127.0.4.1');

  known.clear();
  const before = names?.asked() ?? 0;
  await waitFor('the name server has denied the name twice', () => (names?.asked() ?? 0) >= before + 2, 30_000);
  names?.close();
  names = undefined;
  expect(serverOf(await ask(url))).toBe('moved');
  expect(await vagus.server('web/app')).toMatchObject({ state: 'up' });
});
