import type { Result } from '#lib';
import { approximate, ok } from '#lib';
import { stopEngines } from '#apply';
import { EXIT, paint, type RunOptions } from '#cli';
import { endStuckSessions, type EngineEvent, samples, start } from '#engines/haproxy';
import { noticeOf, watch } from '#observe';
import { isAlive, now, pause } from '#system';

import { announcer } from './announcer.ts';
import { appliedInWords, applyFile, open, type Printer } from './opening.ts';

/** How long connections under way may go on when we are told to stop, ms. */
const GRACE = 5_000;

/** How often to look whether HAProxy still runs, and what is stuck on servers that are down, ms. */
const LOOK = 1_000;

export type Controller = {
  /** Reads the spec file again and applies it; refused, everything stays as it is. One at a time, in order. */
  readonly applyAgain: () => Promise<void>;
  /** Ends the controller; with the engines, unless they are left running. Returns the exit code. */
  readonly stop: (leaveRunning: boolean) => Promise<number>;
};

/** Applies a spec and watches over what serves it, until stopped. The error is said already; it is an exit code. */
export async function startController(world: Printer, options: RunOptions): Promise<Result<Controller, number>> {
  const opened = await open(world, options);
  if (!opened.ok) return opened;
  const { state, version, claim } = opened.value;
  let { desired } = opened.value;
  const stopping = new AbortController();
  let { master } = opened.value;

  /** Whatever starts or reloads the engine waits for what was begun before it. */
  let changing = Promise.resolve();
  const oneAtATime = (change: () => Promise<void>): Promise<void> => {
    changing = changing.then(change);
    return changing;
  };

  const style = paint(world.colour);
  const announce = announcer(({ text, tone }, more) => {
    const again = more === 0 ? '' : style.faint(` (and ${more} more like it)`);
    world.print(`${style.faint(clock())}  ${style[tone](text)}${again}`);
  }, now);

  /** The servers that are down, by `backend/server`: something may be stuck on them. */
  const down = new Set<string>();

  const endStuckOn = async (name: string): Promise<void> => {
    const [backend = '', server = ''] = name.split('/');
    const pool = desired.backends.find((candidate) => candidate.name === backend);
    // A server that takes one connection at a time answers no check while it works: its session is no stuck one.
    const isSingle = pool?.servers.find((candidate) => candidate.name === server)?.maxConnections === 1;
    if (pool === undefined || isSingle) return;
    const ended = await endStuckSessions(state.haproxy, version, { backend, server, http: pool.protocol === 'http' });
    if (!ended.ok) world.complain(ended.error.message);
  };

  const react = async (event: EngineEvent): Promise<void> => {
    if (event.event === 'server') {
      const name = `${event.backend}/${event.server}`;
      if (event.up) down.delete(name);
      else {
        down.add(name);
        await endStuckOn(name);
      }
    }
    const notice = await noticeOf(event, state.haproxy, desired);
    if (notice) announce(notice);
  };

  // The process is asked for and not its socket: a master that reloads answers nobody for a moment.
  const restartIfEnded = async (): Promise<void> => {
    if (isAlive(master) || stopping.signal.aborted) return;
    world.complain(`${clock()}  HAProxy has ended; starting it again`);
    const started = await start(state.haproxy, version);
    if (started.ok) ({ master } = started.value);
    else world.complain(started.error.message);
  };

  const lookAfter = async (): Promise<void> => {
    const known = await samples(state.haproxy);
    for (const { backend, server, status } of known.ok ? known.value.servers : []) {
      if (status.startsWith('DOWN')) down.add(`${backend}/${server}`);
    }
    while (!stopping.signal.aborted) {
      await Promise.all([...down].map(endStuckOn));
      await pause(LOOK);
      await oneAtATime(restartIfEnded);
    }
  };

  const watcher = watch(state.haproxy, (event) => void react(event));
  void lookAfter();

  return ok({
    applyAgain() {
      return oneAtATime(async () => {
        const applied = await applyFile(world, state, version, options.file);
        if (!applied.ok) return;
        ({ desired } = applied.value);
        world.print(`${clock()}  ${appliedInWords(applied.value)}`);
      });
    },
    async stop(leaveRunning) {
      stopping.abort();
      watcher.stop();
      await changing;
      if (leaveRunning) world.print('The controller ends; HAProxy goes on serving.');
      else if (await stopEngines(state, GRACE)) world.print('Stopped.');
      else world.print(`Stopped; what was not done after ${approximate(GRACE)} was cut.`);
      claim.close();
      return EXIT.done;
    },
  });
}

const clock = (): string => new Date(now()).toTimeString().slice(0, 8);
