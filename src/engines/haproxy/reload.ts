import { join } from 'node:path';

import type { Fault, Result } from '#lib';
import { err, ok } from '#lib';
import type { Desired } from '#plan';
import { isAlive, poll, readText, signal, startDetached, writeAtomically } from '#system';

import { fault } from './errors.ts';
import type { Layout } from './layout.ts';
import { type Processes, processes } from './processes.ts';
import { CONFIGURATION, needsTable } from './render/index.ts';
import { command } from './socket.ts';
import { keepStates, NO_STATES } from './states.ts';
import type { Version } from './version.ts';

/** How long a new worker may take: a configuration of thousands of servers on a busy machine is read in a few seconds. */
const PATIENCE = { every: 20, within: 30_000 };

/**
 * Starts HAProxy on the installed configuration, in a process group of its own: it goes on when we end. Returns when its
 * worker answers.
 */
export async function start(layout: Layout, version: Version): Promise<Result<Processes, Fault>> {
  const fresh = writeAtomically(layout.serverStates, NO_STATES);
  if (!fresh.ok) return fresh;
  const logged = logLength(layout);
  const args = ['-W', '-S', `${layout.masterSocket},mode,600`, '-f', join(layout.current, CONFIGURATION)];
  const started = await startDetached(version.program, args, layout.log);
  if (!started.ok) return started;
  const serving = await poll(async () => (isAlive(started.value) ? await servingWorker(layout) : 'ended'), PATIENCE);
  if (serving === undefined || serving === 'ended') {
    if (serving === undefined) signal(started.value, 'SIGTERM');
    return err(fault('haproxy-start', `HAProxy did not start: ${lastWords(layout, logged)}`));
  }
  return ok(serving);
}

/**
 * Puts the installed configuration in force without dropping a connection: server states and persistence tables go over
 * to the new worker, the old one finishes what it has. Returns when the new worker answers. `desired` is what is being
 * put in force. The error means that the old worker goes on as before.
 */
export async function reload(layout: Layout, desired: Desired): Promise<Result<Processes, Fault>> {
  const before = await processes(layout);
  if (!before.ok) return before;
  if (before.value.reloads === 0 && desired.backends.some(needsTable)) await settle(layout);
  const states = await command(layout.statsSocket, 'show servers state');
  if (!states.ok) return states;
  const kept = writeAtomically(layout.serverStates, keepStates(states.value, desired));
  if (!kept.ok) return kept;
  const logged = logLength(layout);
  // Before 2.7 the master re-executes itself without an answer, and the connection is cut; later it answers when done.
  await command(layout.masterSocket, 'reload', PATIENCE.within);
  const after = await poll(async () => {
    const now = await processes(layout);
    if (!now.ok) return undefined;
    if (now.value.failedReloads > before.value.failedReloads) return 'failed';
    return now.value.worker === before.value.worker ? undefined : await servingWorker(layout);
  }, PATIENCE);
  if (after === undefined || after === 'failed') {
    return err(fault('haproxy-reload', `HAProxy did not take the new configuration: ${lastWords(layout, logged)}`));
  }
  return ok(after);
}

/** A worker that was started cold takes this long, in seconds, before it can hand its persistence tables to the next. */
const COLD = 6;

async function settle(layout: Layout): Promise<void> {
  await poll(
    async () => {
      const info = await command(layout.statsSocket, 'show info');
      const uptime = info.ok ? /^Uptime_sec: (\d+)$/m.exec(info.value)?.[1] : undefined;
      return uptime === undefined || Number(uptime) >= COLD ? true : undefined;
    },
    { every: 100, within: COLD * 1_000 },
  );
}

/**
 * Ends HAProxy: no new connections from now on, `grace` milliseconds for those under way, then the rest is cut.
 * Returns false where something had to be cut.
 */
export async function stop(layout: Layout, grace: number): Promise<boolean> {
  const running = await processes(layout);
  if (!running.ok) return true;
  const { master } = running.value;
  const ended = { every: 20, within: grace };
  signal(master, 'SIGUSR1');
  if (await poll(() => (isAlive(master) ? undefined : true), ended)) return true;
  signal(master, 'SIGTERM');
  await poll(() => (isAlive(master) ? undefined : true), { every: 20, within: 5_000 });
  return false;
}

/** The processes, once the worker that the master names is the one that answers on the stats socket. */
async function servingWorker(layout: Layout): Promise<Processes | undefined> {
  const [now, info] = [await processes(layout), await command(layout.statsSocket, 'show info', 2_000)];
  if (!now.ok || !info.ok || now.value.worker === undefined) return undefined;
  return /^Pid: (\d+)$/m.exec(info.value)?.[1] === String(now.value.worker) ? now.value : undefined;
}

const logLength = (layout: Layout): number => {
  const log = readText(layout.log);
  return log.ok ? log.value.length : 0;
};

/** What HAProxy adds to every failure after it has said what the matter is. */
const NOISE = /Some protocols failed|Error\(s\) found|Fatal errors|exited with code|loading failed/i;

/** What HAProxy has complained of in its own log since it had `from` characters. */
function lastWords(layout: Layout, from: number): string {
  const log = readText(layout.log);
  const lines = log.ok ? log.value.slice(from).split('\n') : [];
  const alerts = lines.filter((line) => line.startsWith('[ALERT]') && !NOISE.test(line));
  const words = alerts.map((line) =>
    line.replace(/^\[ALERT\]\s+\(\d+\) : /, '').replace(/\[[^\]]*haproxy\.cfg:\d+\] /, ''),
  );
  return words.length === 0 ? `see ${layout.log}` : [...new Set(words)].join('; ');
}
