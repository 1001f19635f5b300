import { parseArgs } from 'node:util';

import { err, type Fault, ok, type Result } from '#lib';
import { now, readText } from '#system';

import { type Configuration, readConfiguration } from './configuration.ts';
import { type Commands, serveControl } from './control.ts';
import { fault } from './errors.ts';
import { openEvents } from './events.ts';
import { openJournal } from './journal/journal.ts';
import { hashKeyOf, openFile } from './journal/open.ts';
import { openWriter } from './journal/writer.ts';
import { queueCommands } from './commands.ts';
import { openRelay } from './relay.ts';
import { statusOf } from './status.ts';
import { shownId } from './voice.ts';

// The relay, a process of its own: `node main.ts --config FILE`. With `--check` it only says whether the file is right.

const USAGE = 'usage: main.ts --config FILE [--check]';

async function main(): Promise<number | undefined> {
  const { values } = parseArgs({ options: { config: { type: 'string' }, check: { type: 'boolean', default: false } } });
  if (values.config === undefined) return complain(USAGE);
  const file = values.config;
  const read = readFile(file);
  if (!read.ok) return complain(read.error.message);
  if (values.check) return 0;
  return start(file, read.value);
}

function readFile(file: string): Result<Configuration, Fault> {
  const text = readText(file);
  return text.ok ? readConfiguration(text.value) : text;
}

function complain(text: string): number {
  process.stderr.write(`${text}\n`);
  return 1;
}

async function start(file: string, first: Configuration): Promise<number | undefined> {
  const since = now();
  const events = openEvents(now);
  const database = openFile(first.journal);
  if (!database.ok) return complain(database.error.message);
  const hashKey = hashKeyOf(database.value);
  const journal = openJournal(database.value, openWriter(first.journal), now);
  const relay = openRelay({ events, hashKey, journal });
  let turn = Promise.resolve<Result<void, Fault>>(ok(undefined));

  /** One reload at a time, in the order they were asked for. */
  function reload(): Promise<Result<void, Fault>> {
    turn = turn.then(async () => {
      const read = readFile(file);
      if (!read.ok) return read;
      if (read.value.control !== first.control || read.value.journal !== first.journal) {
        return err(fault('relay-configuration', 'control and journal can only be changed by a restart'));
      }
      return relay.update(read.value);
    });
    return turn;
  }

  const commands: Commands = {
    status: () => ok(statusOf(relay, journal, { pid: process.pid, since, memory: process.memoryUsage.rss() })),
    events: ({ after }) => ok(events.after(typeof after === 'number' ? after : 0)),
    reload: () => reload(),
    look: async () => {
      await relay.look();
      return ok(undefined);
    },
    ...queueCommands(relay, journal, (controlId, settings) => shownId(controlId, settings, hashKey)),
  };
  const control = await serveControl(first.control, commands, events);
  if (!control.ok) return complain(control.error.message);
  const begun = await relay.update(first);
  if (!begun.ok) {
    complain(begun.error.message);
    process.exit(1);
  }

  process.on('SIGHUP', () => {
    void reload().then((done) => done.ok || complain(done.error.message));
  });
  let isEnding = false;
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.on(name, () => {
      if (isEnding) return;
      isEnding = true;
      void relay.drain().then(async () => {
        await journal.close();
        // Until now it keeps a second relay from sending what this one has under way.
        control.value.close();
        process.exit(0);
      });
    });
  }
  process.stdout.write('the relay is ready\n');
  return undefined;
}

const status = await main();
if (status !== undefined) process.exitCode = status;
