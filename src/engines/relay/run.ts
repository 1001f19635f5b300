import { join } from 'node:path';

import { err, type Fault, ok, type Result } from '#lib';
import { PROGRAM, type RelayStatus } from '#relay';
import {
  exists,
  isAlive,
  list,
  makeDirectory,
  poll,
  readText,
  remove,
  signal,
  startDetached,
  writeAtomically,
} from '#system';

import { ask, status } from './ask.ts';
import { fault } from './errors.ts';
import type { RelayLayout } from './layout.ts';
import type { Rendered } from './render.ts';

/** How long a relay may take until it answers: a busy machine starts Node in a second or two. */
const PATIENCE = { every: 20, within: 30_000 };

/** How long a relay may take to end what it has under way before another one takes its place, ms. */
const PARTING = 10_000;

/** A small young generation keeps it at half the memory, and is no slower. */
const NODE_OPTIONS = ['--max-semi-space-size=4'];

/** What the relay is told, or was when it ran last; undefined where it never did. */
export function installed({ configuration }: RelayLayout): string | undefined {
  const text = exists(configuration) ? readText(configuration) : undefined;
  return text?.ok ? text.value : undefined;
}

/**
 * Starts the relay on the installed configuration, in a process group of its own: it goes on when we end. Returns when it
 * answers. What was stored before is sent from then on.
 */
async function start(layout: RelayLayout): Promise<Result<RelayStatus, Fault>> {
  const logged = logLength(layout);
  const args = [...NODE_OPTIONS, PROGRAM, '--config', layout.configuration];
  const started = await startDetached(process.execPath, args, layout.log);
  if (!started.ok) return started;
  const pid = started.value;
  const ready = await poll(async () => {
    if (!isAlive(pid)) return 'ended';
    const said = await status(layout);
    return said.ok && said.value.pid === pid ? said.value : undefined;
  }, PATIENCE);
  if (ready !== undefined && ready !== 'ended') return ok(ready);
  signal(pid, 'SIGTERM');
  return err(fault('relay-start', `the relay did not start: ${lastWords(layout, logged)}`));
}

/**
 * Has the relay do what a configuration says, and starts it where it does not run. Returns how. Refused, the file is as it was,
 * and the relay does what it did before.
 */
export async function put(layout: RelayLayout, { text, files }: Rendered): Promise<Result<'reload' | 'start', Fault>> {
  const before = installed(layout);
  // They come before what names them, and go after it: at no moment does the relay's configuration name one that is not there.
  const written = writeFiles(layout, files);
  const told = written.ok ? writeAtomically(layout.configuration, text) : written;
  if (!told.ok) return told;
  const running = await status(layout);
  const done = running.ok ? await reloadOrReplace(layout) : await start(layout);
  if (done.ok) {
    pruneFiles(layout, text);
    return ok(running.ok ? 'reload' : 'start');
  }
  const restored = before === undefined ? remove(layout.configuration) : writeAtomically(layout.configuration, before);
  // A reload that was refused may have been done in part.
  if (running.ok && restored.ok && before !== undefined) await reload(layout);
  if (restored.ok) pruneFiles(layout, before ?? '');
  return restored.ok ? done : restored;
}

function writeFiles({ tls }: RelayLayout, files: Rendered['files']): Result<void, Fault> {
  const made = files.size === 0 ? ok(undefined) : makeDirectory(tls);
  if (!made.ok) return made;
  for (const [path, content] of files) {
    const written = writeAtomically(path, content.reveal());
    if (!written.ok) return written;
  }
  return ok(undefined);
}

/** Removes every certificate, key and CA that a configuration does not name. What cannot be removed is, the next time. */
function pruneFiles({ tls }: RelayLayout, text: string): void {
  const names = list(tls);
  for (const name of names.ok ? names.value : []) if (!text.includes(name)) remove(join(tls, name));
}

/** What was judged and is not understood all the same is not understood by a relay of another version: ours takes its place. */
async function reloadOrReplace(layout: RelayLayout): Promise<Result<unknown, Fault>> {
  const done = await reload(layout);
  if (done.ok || done.error.code !== 'relay-configuration') return done;
  await stop(layout, PARTING);
  return start(layout);
}

const reload = (layout: RelayLayout): Promise<Result<unknown, Fault>> =>
  ask(layout, { command: 'reload' }, PATIENCE.within);

/**
 * Ends the relay: it takes nothing new from now on, what is under way has `grace` milliseconds, then it is cut. What is stored
 * stays so. Returns false where something had to be cut.
 */
export async function stop(layout: RelayLayout, grace: number): Promise<boolean> {
  const running = await status(layout);
  if (!running.ok) return true;
  const { pid } = running.value;
  signal(pid, 'SIGTERM');
  const hasEnded = (): true | undefined => (isAlive(pid) ? undefined : true);
  if (await poll(hasEnded, { every: 20, within: grace })) return true;
  signal(pid, 'SIGKILL');
  await poll(hasEnded, { every: 20, within: 5_000 });
  return false;
}

const logLength = (layout: RelayLayout): number => {
  const log = readText(layout.log);
  return log.ok ? log.value.length : 0;
};

/** What the relay has said in its log since it had `from` characters. */
function lastWords(layout: RelayLayout, from: number): string {
  const log = readText(layout.log);
  const words = log.ok ? log.value.slice(from).trim() : '';
  return words === '' ? `see ${layout.log}` : words.split('\n').join('; ');
}
