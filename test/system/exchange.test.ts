import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exchange, turn } from '#system';

import { endPrograms, temporaryDirectory } from '../support/programs.ts';

const path = join(temporaryDirectory('exchange'), 'peer.sock');
const peer = createServer((socket) => {
  socket.on('data', (asked) => socket.end(String(asked).startsWith('much') ? 'x'.repeat(100_000) : 'é'.repeat(40_000)));
});

beforeAll(async () => {
  await once(peer.listen(path), 'listening');
});
afterAll(async () => {
  peer.close();
  await endPrograms();
});

test('all that comes back is returned, also where it comes in parts', async () => {
  expect(await exchange(path, 'little')).toEqual({ ok: true, value: 'é'.repeat(40_000) });
});

test('a peer that is not there is a fault', async () => {
  expect(await exchange(`${path}-none`, '')).toMatchObject({ ok: false, error: { code: 'system-socket' } });
});

test('nothing of an answer is kept: a closed socket lives until all of the memory is looked through', async () => {
  setFlagsFromString('--expose-gc');
  const collectYoung = runInNewContext('() => gc({ type: "minor" })') as () => void;
  const before = process.memoryUsage().arrayBuffers;
  for (let count = 0; count < 80; count += 1) {
    await exchange(path, 'much');
    collectYoung();
    await turn();
  }
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2_000_000);
});
