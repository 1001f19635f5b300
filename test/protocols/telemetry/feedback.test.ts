import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { readFeedback } from '#protocols';
import { exchange } from '#system';

import { endPrograms, startProgram, temporaryDirectory } from '../../support/programs.ts';
import { waitFor } from '../../support/wait.ts';

const servers: Server[] = [];

afterAll(async () => {
  await endPrograms();
  for (const server of servers) server.close();
});

/** Lines that agents say, and some that they should not. */
const LINES = [
  '75%',
  '75% #keep-alive',
  'up 30% maxconn:7',
  'drain',
  'maint',
  'down #disk full up 20%',
  'down#x',
  'fail',
  'failed',
  'stopped',
  'ready',
  'DRAIN',
  'Up,50%',
  'garbage',
  '50%garbage',
  '50',
  '#foo 50%',
  'up\t40%',
  'maxconn:9',
  'maxconn:x',
  'drain up',
  'up drain 60%',
  'down up',
  'drain ready',
  '50% 60%',
  'maint drain',
  'stopped 20%',
  '70%, maxconn:3',
  '-5%',
  ' 80%',
] as const;

const statusOf = ({ says }: ReturnType<typeof readFeedback>): string =>
  ({ down: 'DOWN (agent)', drain: 'DRAIN (agent)', maint: 'MAINT', up: 'no check' })[says ?? 'up'];

test('HAProxy understands every line as we do', async () => {
  const ports = await Promise.all(
    LINES.map(async (line) => {
      const server = createServer((socket) => {
        socket.on('error', () => undefined);
        socket.end(`${line}\n`);
      });
      servers.push(server);
      await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
      const address = server.address();
      return typeof address === 'object' && address !== null ? address.port : 0;
    }),
  );
  const directory = temporaryDirectory('feedback');
  const socket = join(directory, 's');
  const checks = 'agent-check agent-inter 200ms agent-addr 127.0.0.1';
  writeFileSync(
    join(directory, 'haproxy.cfg'),
    `global
  stats socket ${socket} level admin
defaults
  mode http
  timeout connect 5s
  timeout client 5s
  timeout server 5s
backend b
${ports.map((port, index) => `  server s${index} 127.0.0.1:1 weight 100 ${checks} agent-port ${port}`).join('\n')}
`,
  );
  startProgram('haproxy', ['-db', '-f', join(directory, 'haproxy.cfg')]);
  const rows = await waitFor('every agent was asked', async () => {
    const answer = await exchange(socket, 'show stat b 4 -1\n');
    if (!answer.ok) return undefined;
    const [header = '', ...lines] = answer.value.trim().split('\n');
    const names = header.replace('# ', '').split(',');
    const all = lines.map((line) => {
      const values = line.split(',');
      return (name: string): string => values[names.indexOf(name)] ?? '';
    });
    return all.length > 0 && all.every((of) => /^(CHECKED|L7)/.test(of('agent_status'))) && all;
  });
  for (const [index, of] of rows.entries()) {
    const line = LINES[index] ?? '';
    const ours = readFeedback(line);
    const weight = Math.round((ours.wish ?? 1) * 100);
    const said = { status: of('status'), weight: Number(of('weight')), limit: of('slim') };
    expect({ line, ...said }).toEqual({ line, status: statusOf(ours), weight, limit: String(ours.limit ?? '') });
  }
});

test('what means nothing is counted, and nothing makes it throw', () => {
  expect(readFeedback('hello 50% world').garbage).toBe(2);
  expect(readFeedback('50% #keep-alive')).toMatchObject({ wish: 0.5, keepsOpen: true, garbage: 0 });
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (line) => {
      const { wish, garbage } = readFeedback(line);
      expect(wish === undefined || (wish >= 0 && wish <= 256)).toBe(true);
      expect(garbage).toBeGreaterThanOrEqual(0);
    }),
  );
});
