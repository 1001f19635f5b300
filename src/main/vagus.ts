import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

import { main, type World } from '#cli';
import { isRoot, now, pause, readNewSecret, readText, writeAtomically } from '#system';

import { runAgent } from './agent.ts';
import { askController } from './client.ts';
import { runController } from './run.ts';
import { version } from './version.ts';

/** The state directory unless told: see README, "Where state lies". */
function stateDirectory(): string {
  const named = process.env['VAGUS_STATE'];
  if (named !== undefined && named !== '') return named;
  return isRoot() ? '/var/lib/vagus' : join(homedir(), '.local', 'state', 'vagus');
}

const world: World = {
  print: (text) => void process.stdout.write(`${text}\n`),
  complain: (text) => void process.stderr.write(`${text}\n`),
  colour: process.stdout.isTTY && process.env['NO_COLOR'] === undefined,
  terminal: process.stdout.isTTY,
  stateDirectory: stateDirectory(),
  now,
  pause,
  readText: (file) => readText(resolve(file)),
  writeText: (file, text) => writeAtomically(resolve(file), text),
  readNewSecret,
  ask: askController,
  run: (options) => runController(world, options),
  agent: runAgent,
  // Loaded when asked for: every other command starts sooner without it.
  demo: async (options) => (await import('./demo.ts')).runDemo(world, options),
  actOnDemo: async (...words) => (await import('#demo')).askHospital(...words),
};

// A reader that has gone (`vagus status | head`) is no error of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

process.exitCode = await main(world, process.argv.slice(2), version);
