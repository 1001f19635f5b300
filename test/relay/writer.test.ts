import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, afterEach, expect, test } from 'vitest';

import { signal } from '#system';

import { endPrograms, temporaryDirectory } from '../support/programs.ts';
import { freePort } from '../support/stand-ins.ts';
import { startRelayProgram } from './program.ts';
import { adt, endAll, openSender, said, startReceiver } from './support.ts';

afterEach(endAll);
afterAll(endPrograms);

test('a disk that is slow delays what is stored, and nothing else; what was accepted last is written before the end', async () => {
  const engine = await startReceiver();
  const directory = temporaryDirectory('writer');
  const [direct, stored] = ['direct.sock', 'stored.sock'].map((name) => join(directory, name));
  const to = (port: number) => [{ servers: [{ name: 'engine1', address: `127.0.0.1:${port}` }] }];
  const relay = await startRelayProgram(directory, join(directory, 'control.sock'), [
    { name: 'direct', listen: direct, destinations: to(engine.port) },
    { name: 'stored', listen: stored, delivery: 'stored', destinations: to(await freePort()) },
  ]);
  const [first, second] = [await openSender(direct ?? ''), await openSender(stored ?? '')];
  expect(await second.ask(adt('S1'))).toBe('CA S1');

  const disk = new DatabaseSync(join(directory, 'queue.db'));
  disk.exec('BEGIN IMMEDIATE');
  second.send(adt('S2'));
  expect(await first.ask(adt('D1'))).toBe('AA D1');
  expect(await first.ask(adt('D2'))).toBe('AA D2');
  expect(second.pending()).toBe(0);
  disk.exec('ROLLBACK');
  expect(said(await second.next())).toBe('CA S2');

  for (const sender of [first, second]) sender.end();
  signal(relay.pid, 'SIGTERM');
  expect(await relay.ended()).toBe(0);
  expect(disk.prepare('SELECT count(*) AS n FROM waiting').get()).toEqual({ n: 2 });
  disk.close();
}, 30_000);
