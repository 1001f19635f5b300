import { writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { Hl7Message } from '@medplum/core';
import { Hl7Client, type Hl7MessageEvent, Hl7Server } from '@medplum/hl7';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { exchange, follow, signal } from '#system';

import { freePort } from '../support/stand-ins.ts';
import { endPrograms, type Program, startProgram, temporaryDirectory } from '../support/programs.ts';
import { waitFor } from '../support/wait.ts';
import { adt, endAll, openSender, PROXY_HEADER, type Received, said, startReceiver } from './support.ts';

afterEach(endAll);
afterAll(endPrograms);

type Running = {
  readonly program: Program;
  readonly path: string;
  readonly control: string;
  write(service: object): void;
  ask(command: object): Promise<{ readonly ok: boolean; readonly value?: unknown; readonly code?: string }>;
};

const serverAt = (port: number) => ({
  destinations: [{ servers: [{ name: 'engine1', address: `127.0.0.1:${port}` }] }],
});

async function start(
  service: object,
  {
    directory = temporaryDirectory('process'),
    environment = {},
  }: { directory?: string; environment?: Record<string, string> } = {},
): Promise<Running> {
  const [path, control, config] = [
    join(directory, 'adt.sock'),
    join(directory, 'control.sock'),
    join(directory, 'r.json'),
  ];
  const write = (changed: object): void =>
    writeFileSync(
      config,
      JSON.stringify({
        control,
        journal: join(directory, 'queue.db'),
        services: [{ name: 'adt', listen: path, drain: 2000, ...changed }],
      }),
    );
  write(service);
  const program = startProgram(process.execPath, ['src/relay/main.ts', '--config', config], { environment });
  await waitFor(`the relay is ready: ${program.output()}`, () => program.output().includes('ready'));
  return {
    program,
    path,
    control,
    write,
    async ask(command) {
      const answer = await exchange(control, `${JSON.stringify(command)}\n`);
      return JSON.parse(answer.ok ? answer.value : '{}') as Awaited<ReturnType<Running['ask']>>;
    },
  };
}

describe('the process', () => {
  test('says what is wrong with its configuration, and starts nothing', async () => {
    const config = join(temporaryDirectory('check'), 'relay.json');
    writeFileSync(config, '{"control":"/c","journal":"/j","services":[{"name":"adt"}]}');
    const program = startProgram(process.execPath, ['src/relay/main.ts', '--config', config, '--check']);
    expect(await program.ended()).toBe(1);
    expect(program.output()).toContain('services[0].listen must be a text');
    const usage = startProgram(process.execPath, ['src/relay/main.ts']);
    expect(await usage.ended()).toBe(1);
    expect(usage.output()).toContain('usage');
  });

  test('reloads by a signal and by a command, and keeps what it has where the file is wrong', async () => {
    const [one, two] = [await startReceiver(), await startReceiver()];
    const running = await start(serverAt(one.port));
    const sender = await openSender(running.path);
    expect(await sender.ask(adt('M1'))).toBe('AA M1');
    running.write(serverAt(two.port));
    signal(running.program.pid, 'SIGHUP');
    await waitFor('the first server is left', () => one.open() === 0);
    expect(await sender.ask(adt('M2'))).toBe('AA M2');
    expect(two.ids()).toEqual(['M2']);
    running.write({});
    expect(await running.ask({ command: 'reload' })).toMatchObject({ ok: false, code: 'relay-configuration' });
    expect(await sender.ask(adt('M3'))).toBe('AA M3');
    running.write(serverAt(one.port));
    expect(await running.ask({ command: 'reload' })).toEqual({ ok: true, value: null });
    expect(await sender.ask(adt('M4'))).toBe('AA M4');
  });

  test('answers for what it does, without a name or a number of anybody', async () => {
    const engine = await startReceiver(({ socket }) => void socket.destroy());
    const running = await start(serverAt(engine.port));
    const events: string[] = [];
    const following = follow(
      running.control,
      '{"command":"follow"}\n',
      (line) => events.push(line),
      () => undefined,
    );
    await waitFor('it listens', async () => (await running.ask({ command: 'status' })).ok);
    const sender = await openSender(running.path);
    expect(await sender.ask(adt('CANARY1', 'CANARY2'))).toBe('closed');
    await waitFor('it is told', () => events.length > 0);
    following.close();
    expect(JSON.parse(events[0] ?? '')).toMatchObject({
      code: 'relay-outcome-unknown',
      service: 'adt',
      sender: '10.1.2.3',
    });
    const status = await running.ask({ command: 'status' });
    expect(status).toMatchObject({
      ok: true,
      value: { services: [{ name: 'adt', counters: { unknown: 1, received: 1 } }] },
    });
    const all = JSON.stringify([events, status, await running.ask({ command: 'events' }), running.program.output()]);
    expect(all).not.toMatch(/CANARY|ANN/);
    expect(await running.ask({ command: 'dance' })).toMatchObject({ ok: false, code: 'relay-command' });
    expect(await running.ask({})).toMatchObject({ ok: false, code: 'relay-command' });
  });

  test('ends in order, and a second one on the same sockets is refused until then', async () => {
    const held: Received[] = [];
    const engine = await startReceiver((received) => void held.push(received));
    // So long that the second one has begun meanwhile, however busy the machine is.
    const running = await start({ ...serverAt(engine.port), drain: 30_000 });
    const sender = await openSender(running.path);
    sender.send(adt('M1'));
    await waitFor('M1', () => held.length === 1);
    signal(running.program.pid, 'SIGTERM');
    const config = join(running.control, '..', 'r.json');
    const second = startProgram(process.execPath, ['src/relay/main.ts', '--config', config]);
    expect(await second.ended()).toBe(1);
    held[0]?.answer();
    expect(said(await sender.next())).toBe('AA M1');
    sender.end();
    expect(await running.program.ended()).toBe(0);
  });

  test('killed between storing and acknowledging knows the message again, and delivers it once', async () => {
    const engine = await startReceiver();
    const directory = temporaryDirectory('killed');
    const stored = { delivery: 'stored', ...serverAt(engine.port) };
    const first = await start(stored, { directory, environment: { VAGUS_DIE_AT: 'relay-stored' } });
    expect(await (await openSender(first.path)).ask(adt('M1'))).toBe('closed');
    await first.program.ended();
    const second = await start(stored, { directory });
    expect(await (await openSender(second.path)).ask(adt('M1'))).toBe('CA M1');
    await waitFor('it is delivered', () => engine.ids().length > 0);
    expect(await (await openSender(second.path)).ask(adt('M2'))).toBe('CA M2');
    await waitFor('the next one is delivered', () => engine.ids().includes('M2'));
    expect(engine.ids()).toEqual(['M1', 'M2']);
  });
});

test('another’s client and another’s server talk through it', async () => {
  const port = await freePort();
  const server = new Hl7Server((connection) => {
    connection.addEventListener('message', ({ message }: Hl7MessageEvent) => connection.send(message.buildAck()));
  });
  await server.start(port);
  const running = await start(serverAt(port));
  // What HAProxy does: it hands the connection over with its header.
  const entrance = createServer((client) => {
    const inner = connect(running.path);
    inner.write(PROXY_HEADER);
    client.pipe(inner).pipe(client);
  });
  const entrancePort = await freePort();
  await new Promise<void>((resolve) => void entrance.listen(entrancePort, '127.0.0.1', resolve));
  const client = new Hl7Client({ host: '127.0.0.1', port: entrancePort });
  const answer = await client.sendAndWait(Hl7Message.parse(adt('M1').subarray(1, -2).toString('latin1')));
  expect(answer.getSegment('MSA')?.getField(1)?.toString()).toBe('AA');
  expect(answer.getSegment('MSA')?.getField(2)?.toString()).toBe('M1');
  await client.close();
  await running.program.kill();
  await server.stop();
  entrance.close();
});
