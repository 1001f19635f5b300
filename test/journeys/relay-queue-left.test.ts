import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { stateIn } from '#apply';
import { status, storedQueues } from '#engines/relay';

import { openFeed } from '../support/hl7.ts';
import { type Journal, startJournal } from '../support/hl7-journal.ts';
import { freePorts } from '../support/stand-ins.ts';
import { type CommandResult, startVagus, type Vagus } from '../support/vagus.ts';
import { waitFor } from '../support/wait.ts';

// What was acknowledged is never forgotten: a queue that is not empty is not left behind by anybody who is there to be told,
// and where nobody is, it is kept and shown, and goes on when its destination comes back.

/** A command starts a program, on a machine that has others to run. */
const PATIENCE = 45_000;

let engine: Journal;
let listen: number;
let nowhere: number;
let vagus: Vagus;

const spec = (delivery: 'direct' | 'stored', server: number): string => `
version: 1
site: left
services:
  adt:
    preset: hl7-mllp
    listen: 127.0.0.1:${listen}
    relay:
      delivery: ${delivery}
      timeout: 1s
    servers: { engine1: 127.0.0.1:${server} }
`;

beforeAll(async () => {
  engine = await startJournal('engine1');
  [listen = 0, nowhere = 0] = await freePorts(2);
  vagus = await startVagus(spec('direct', nowhere));
});

afterAll(async () => {
  await vagus?.stop();
  engine?.close();
});

function run(command: 'apply' | 'plan', text: string, ...options: readonly string[]): Promise<CommandResult> {
  vagus.write('other.yaml', text);
  return vagus.cli(command, join(vagus.directory, 'other.yaml'), ...options);
}

async function done(result: Promise<CommandResult>): Promise<string> {
  const { exitCode, stdout, stderr } = await result;
  expect(exitCode, stderr).toBe(0);
  return stdout;
}

const relay = () => stateIn(vagus.stateDirectory).relay;

test('a revision that is taken back while messages wait leaves a queue that is kept and shown', async () => {
  const applied = run('apply', spec('stored', nowhere), '--confirm', '4s', '--no-gate');
  await waitFor(
    'messages are stored',
    async () => {
      const now = await status(relay());
      return now.ok && now.value.services[0]?.delivery === 'stored';
    },
    PATIENCE,
  );
  const feed = await openFeed(listen);
  expect(await feed.send('LEFT-1')).toMatchObject({ code: 'CA' });
  await feed.close();
  await done(applied);
  await waitFor('it is told of', () => vagus.output().includes('its queue default is not served any more'));
  await waitFor('nobody confirmed it', () => vagus.output().includes('nobody confirmed it in time'));
  const [shown, listed] = await Promise.all([done(vagus.cli('status')), done(vagus.cli('queue', 'list'))]);
  expect(shown).toContain('adt/default: 1 message waits');
  expect(listed).toMatch(/^adt\/default +1 .*not served any more/m);
});

test('nobody leaves it behind again, and it is delivered before it may go', async () => {
  await done(run('apply', spec('stored', nowhere), '--no-gate'));
  for (const command of ['plan', 'apply'] as const) {
    const { exitCode, stderr } = await run(command, spec('direct', engine.port));
    expect(exitCode).not.toBe(0);
    expect(stderr).toMatch(/other\.yaml:9:\d+.*adt\/default would not be served any more, and in it 1 message waits/);
    expect(stderr).toContain('queue-left-behind');
  }
  await done(run('apply', spec('stored', engine.port), '--no-gate'));
  await waitFor('it is delivered', () => engine.received.includes('LEFT-1'));
  await waitFor('nothing waits', () => {
    const stored = storedQueues(relay());
    return stored.ok && stored.value.length === 0;
  });
  await done(run('apply', spec('direct', engine.port), '--no-gate'));
});
