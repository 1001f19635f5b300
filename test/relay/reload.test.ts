import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';

import { readConfiguration } from '#relay';
import { readStates } from '../../src/relay/states.ts';
import { endPrograms, temporaryDirectory } from '../support/programs.ts';
import { waitFor } from '../support/wait.ts';
import { adt, endAll, openSender, type Received, said, startReceiver, startRelay } from './support.ts';

afterEach(endAll);
afterAll(endPrograms);

const HEAD = '1\n# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight\n';

/** A socket that answers as HAProxy's does. */
async function startStats(): Promise<{ readonly path: string; say(...rows: string[]): void; close(): Promise<void> }> {
  const path = join(temporaryDirectory('stats'), 'stats.sock');
  let answer = `${HEAD}\n`;
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', () => socket.end(answer));
  });
  await new Promise<void>((resolve) => void server.listen(path, resolve));
  return {
    path,
    say: (...rows) => void (answer = `${HEAD}${rows.join('\n')}\n\n`),
    close: () => new Promise((resolve) => void server.close(() => resolve())),
  };
}

describe('what HAProxy knows of servers', () => {
  test('is read from its states', () => {
    const rows = [
      '3 adt 1 a 10.0.0.1 2 0 1',
      '3 adt 2 b 10.0.0.2 0 0 1',
      '3 adt 3 c 10.0.0.3 2 8 1',
      '3 adt 4 d 10.0.0.4 0 1 1',
      '3 adt 5 e - 2 0 0',
    ];
    const states = readStates(`${HEAD}${rows.join('\n')}\n\n${HEAD}4 lab 1 a 10.0.0.1 0 0 1\n\n`);
    expect([...(states.get('adt') ?? [])]).toEqual([
      ['a', { state: 'up', host: '10.0.0.1' }],
      ['b', { state: 'down', host: '10.0.0.2' }],
      ['c', { state: 'drain', host: '10.0.0.3' }],
      ['d', { state: 'maint', host: '10.0.0.4' }],
      ['e', { state: 'drain', host: undefined }],
    ]);
    expect(states.get('lab')?.get('a')).toMatchObject({ state: 'down' });
  });

  test('decides where a server is that is known by name: a message goes to its new address, and none is cut', async () => {
    const stats = await startStats();
    const held: Received[] = [];
    const old = await startReceiver((received) => void held.push(received));
    const named = { name: 'engine1', address: `engine.invalid:${old.port}`, connections: 2 };
    stats.say('3 adt 1 engine1 127.0.0.1 2 0 1');
    const destinations = [{ servers: [named] }];
    const { path, relay } = await startRelay([], { destinations }, { states: stats.path });
    const [first, second] = [await openSender(path), await openSender(path)];
    await relay.look();
    first.send(adt('M1', 'P1'));
    await waitFor('M1', () => held.length === 1);

    // The same port at another address: there, somebody else answers.
    const moved = await startReceiver(undefined, old.port, undefined, '127.0.0.2');
    stats.say('3 adt 1 engine1 127.0.0.2 2 0 1');
    await relay.look();
    expect(await second.ask(adt('M2', 'P2'))).toBe('AA M2');
    expect(moved.ids()).toEqual(['M2']);
    held[0]?.answer();
    expect(said(await first.next())).toBe('AA M1');
    await waitFor('the connection to the old address is ended', () => old.open() === 0);
    expect(await first.ask(adt('M3', 'P1'))).toBe('AA M3');
    expect(moved.ids()).toEqual(['M2', 'M3']);
    await stats.close();
  });

  test('decides who gets messages; what is under way at a server that drains is waited for', async () => {
    const stats = await startStats();
    const held: Received[] = [];
    const [one, two] = [await startReceiver((received) => void held.push(received)), await startReceiver()];
    const { path, relay } = await startRelay([one, two], { balance: 'failover' }, { states: stats.path });
    const stateOf = (index: number) => relay.services()[0]?.destinations()[0]?.pool.servers()[index]?.state();
    const [first, second, third] = [await openSender(path), await openSender(path), await openSender(path)];

    first.send(adt('M1', 'P1'));
    await waitFor('M1', () => held.length === 1);
    second.send(adt('M2', 'P2'));
    await waitFor('M2 waits for the first server', () => relay.services()[0]?.destinations()[0]?.pool.waiting() === 1);
    stats.say('3 adt 1 engine1 127.0.0.1 2 8 1', '3 adt 2 engine2 127.0.0.1 2 0 1');
    expect(said(await second.next())).toBe('AA M2');
    expect(two.ids()).toEqual(['M2']);
    held[0]?.answer();
    expect(said(await first.next())).toBe('AA M1');
    await waitFor('the connection is ended', () => one.open() === 0);

    stats.say('3 adt 1 engine1 127.0.0.1 0 1 1', '3 adt 2 engine2 127.0.0.1 0 0 1');
    await waitFor('both are out', () => stateOf(0) === 'maint' && stateOf(1) === 'down');
    expect(await third.ask(adt('M3'))).toBe('AR M3');

    await stats.close();
    expect(await third.ask(adt('M4'))).toBe('AR M4');
  });
});

describe('a reload', () => {
  test('adds and removes servers, and leaves the connections of those that stay', async () => {
    const [one, two] = [await startReceiver(), await startReceiver()];
    const { path, change } = await startRelay([one]);
    const sender = await openSender(path);
    expect(await sender.ask(adt('M1'))).toBe('AA M1');
    const server = (name: string, port: number) => ({ name, address: `127.0.0.1:${port}` });
    await change({ destinations: [{ servers: [server('engine1', one.port), server('engine2', two.port)] }] });
    for (const id of ['M2', 'M3', 'M4', 'M5']) expect(await sender.ask(adt(id))).toBe(`AA ${id}`);
    expect([one.connections(), two.connections()]).toEqual([1, 1]);
    await change({ destinations: [{ servers: [server('engine2', two.port)] }] });
    await waitFor('the connection is ended', () => one.open() === 0);
    expect(await sender.ask(adt('M6'))).toBe('AA M6');
    expect(two.open()).toBe(1);
  });

  test('waits for what is under way at a server that is removed', async () => {
    const held: Received[] = [];
    const [one, two] = [await startReceiver((received) => void held.push(received)), await startReceiver()];
    const { path, change } = await startRelay([one]);
    const sender = await openSender(path);
    sender.send(adt('M1'));
    await waitFor('M1', () => held.length === 1);
    await change({ destinations: [{ servers: [{ name: 'engine2', address: `127.0.0.1:${two.port}` }] }] });
    held[0]?.answer();
    expect(said(await sender.next())).toBe('AA M1');
    expect(await sender.ask(adt('M2'))).toBe('AA M2');
    await waitFor('the connection is ended', () => one.open() === 0);
  });

  test('of a service that listens somewhere else ends the old one in order', async () => {
    const engine = await startReceiver();
    const { path, change } = await startRelay([engine]);
    const before = await openSender(path);
    expect(await before.ask(adt('M1'))).toBe('AA M1');
    await change({ listen: `${path}2` });
    expect(await before.next()).toBeUndefined();
    expect(await (await openSender(`${path}2`)).ask(adt('M2'))).toBe('AA M2');
  });
});

describe('an end', () => {
  test('waits for what is under way, and takes nothing new', async () => {
    const held: Received[] = [];
    const engine = await startReceiver((received) => void held.push(received));
    const { path, relay } = await startRelay([engine]);
    const [busy, idle] = [await openSender(path), await openSender(path)];
    busy.send(adt('M1'));
    await waitFor('M1', () => held.length === 1);
    const drained = relay.drain();
    expect(await idle.next()).toBeUndefined();
    busy.send(adt('M2'));
    held[0]?.answer();
    expect(said(await busy.next())).toBe('AA M1');
    expect(await busy.next()).toBeUndefined();
    idle.end();
    busy.end();
    await drained;
    expect(engine.ids()).toEqual(['M1']);
    await expect(openSender(path)).rejects.toThrow(/ENOENT|ECONNREFUSED/);
  });

  test('does not wait for ever', async () => {
    const engine = await startReceiver(() => undefined);
    const { path, relay } = await startRelay([engine], { drain: 100 });
    const sender = await openSender(path);
    sender.send(adt('M1'));
    await waitFor('M1', () => engine.received.length === 1);
    await relay.drain();
    expect(await sender.next()).toBeUndefined();
  });
});

describe('a configuration', () => {
  const problems = (value: unknown): readonly string[] => {
    const read = readConfiguration(typeof value === 'string' ? value : JSON.stringify(value));
    return read.ok ? [] : read.error.message.split('\n');
  };

  test('says all that is wrong with it, where, and what would be right', () => {
    const wrong = {
      control: '/c',
      jurnal: '/j',
      services: [
        {
          name: 'adt',
          listen: '/l',
          balance: 'random',
          patientField: 'PID.3',
          timeout: '30s',
          destinations: [
            {
              when: { messagType: ['ADT'] },
              servers: [
                { name: 'a', address: '10.0.0.1' },
                { name: 'a', address: '10.0.0.2:1', tls: { ca: '/no/such/file', serverNam: 'x' } },
              ],
            },
          ],
        },
        { name: 'adt', listen: '/l', destinations: [] },
      ],
    };
    expect(problems(wrong)).toEqual([
      'journal must be a text',
      'services[0].patientField must be a field such as PID-3',
      'services[0].balance must be one of least-outstanding, failover, hash',
      'services[0].timeout must be a whole number from 10 to 3600000',
      'services[0].destinations[0].when.messagType is not known; did you mean messageType?',
      'services[0].destinations[0].servers[0].address must be HOST:PORT',
      'services[0].destinations[0].servers[1].tls.ca cannot be read: /no/such/file',
      'services[0].destinations[0].servers[1].tls.serverNam is not known; did you mean serverName?',
      'services[0].destinations[0].servers[1].name is that of servers[0] too',
      'services[1].destinations must be a list with at least one object',
      'services[1].name is that of services[0] too',
      'services[1].listen is that of services[0] too',
      'jurnal is not known; did you mean journal?',
    ]);
  });

  test('is JSON', () => {
    expect(problems('{')).toEqual([expect.stringContaining('not JSON')]);
    expect(problems([])).toContain('the configuration must be an object');
  });
});
