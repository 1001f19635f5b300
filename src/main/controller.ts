import type { Fault, Result } from '#lib';
import { approximate, ok } from '#lib';
import { type ChangeNews, openMaintenance, stopEngines } from '#apply';
import { EXIT, paint, type RunOptions } from '#cli';
import type { EngineEvent } from '#engines/haproxy';
import { createFeed, type Notice, noticeOf, relayNotice, watch } from '#observe';
import { serverLabel } from '#plan';
import { noticeInWords, type Notice as SteeringNotice, type SteeredPool } from '#steer';
import { closeStore } from '#store';
import { now } from '#system';

import { announcer } from './announcer.ts';
import { serveApi } from './api.ts';
import { lookAfterEngine } from './engine.ts';
import { keepHistory } from './history.ts';
import { applyFile, open, outcomeInWords, type Printer, showHealth } from './opening.ts';
import { lookAfterRelay } from './relay-engine.ts';
import { giveMemoryBack } from './memory.ts';
import { watchSpecFile } from './spec-file.ts';
import { steerPools } from './steering.ts';
import { readTelemetry } from './telemetry.ts';

/** How long connections under way may go on when we are told to stop, ms. */
const GRACE = 5_000;

export type Controller = {
  /** Reads the spec file again and applies it; refused, everything stays as it is. */
  readonly applyAgain: () => Promise<void>;
  /** Ends the controller; with the engines, unless they are left running. Returns the exit code. */
  readonly stop: (leaveRunning: boolean) => Promise<number>;
};

/** Applies a spec and watches over what serves it, until stopped. The error is said already; it is an exit code. */
export async function startController(world: Printer, options: RunOptions): Promise<Result<Controller, number>> {
  const style = paint(world.colour);
  const say = ({ text, tone }: Pick<Notice, 'text' | 'tone'>, more = 0): void => {
    const again = more === 0 ? '' : style.faint(` (and ${more} more like it)`);
    world.print(`${style.faint(clock())}  ${style[tone](text)}${again}`);
  };
  const complain = (what: Fault): void => world.complain(`${clock()}  ${what.message}`);
  // What is told before there is a feed is only said.
  let tell = (news: ChangeNews): void => say(news);

  const opened = await open(world, options, (news) => tell(news));
  if (!opened.ok) return opened;
  const { machine, changes, claim } = opened.value;
  const { state, store } = machine;
  const feed = createFeed(store, now);
  const publish = (
    notice: Pick<Notice, 'text' | 'tone'>,
    about: { readonly kind: string; readonly service?: string },
  ) => {
    const published = feed.publish({ ...about, text: notice.text, tone: notice.tone });
    if (!published.ok) complain(published.error);
  };
  tell = (news) => {
    say(news);
    publish(news, { kind: 'change' });
  };

  const telemetry = readTelemetry(state, changes);
  const history = keepHistory(store, changes, complain);
  const steering = steerPools(state, changes, (key) => telemetry.of(key), tellOfSteering, history.takeTimes);

  function tellOfSteering({ backend, service, limits }: SteeredPool, notice: SteeringNotice): void {
    // HAProxy tells of a server that is down itself.
    if (notice.code === 'down') return;
    const pool = changes.inForce().desired.backends.find(({ name }) => name === backend);
    const label = pool ? serverLabel(pool, notice.server) : `${backend}/${notice.server}`;
    const text = noticeInWords(label, notice, limits.mode);
    const tone = notice.code === 'neutral' || notice.code === 'returning' ? 'good' : 'doubtful';
    say({ text, tone });
    publish({ text, tone }, { kind: 'steering', service });
  }

  const maintenance = openMaintenance(machine, changes, tell, (key) => steering.foundLimit(key));
  const engine = await lookAfterEngine(machine, changes, maintenance, tell, complain, history.take);
  await engine.restoreOverrides();
  changes.onChange(({ revision }) => {
    publish({ tone: 'good', text: `Revision ${revision.number} by ${revision.by} is in force` }, { kind: 'revision' });
  });

  const announce = announcer<Notice & { readonly event: EngineEvent }>((notice, more) => {
    say(notice, more);
    publish(notice, { kind: notice.event.event, ...serviceOf(notice.event) });
  }, now);
  const serviceOf = (event: EngineEvent): { readonly service?: string } => {
    if (!('backend' in event)) return { service: event.service };
    const backend = changes.inForce().desired.backends.find(({ name }) => name === event.backend);
    return backend ? { service: backend.service } : {};
  };
  // One after the other: in an outage there are thousands, and each asks HAProxy for the words of a check.
  let told = Promise.resolve();
  const tellOf = async (event: EngineEvent): Promise<void> => {
    const notice = await noticeOf(event, state.haproxy, changes.inForce().desired);
    if (notice) announce({ ...notice, event });
  };
  const watcher = await watch(state.haproxy, (event) => {
    void engine.react(event);
    told = told.then(() => tellOf(event));
  });
  const tellOfRelay = announcer<Notice & { readonly service: string }>((notice, more) => {
    say(notice, more);
    publish(notice, { kind: 'message', service: notice.service });
  }, now);
  const relayEngine = lookAfterRelay(machine, changes, tell, complain, (event) => {
    tellOfRelay({ ...relayNotice(event, changes.inForce().desired), service: event.service });
  });
  // What happens while the first checks are waited for is told, too.
  await showHealth(world, machine, changes.inForce().desired);

  const applyAgain = async (): Promise<void> => {
    const applied = await applyFile(world, machine, changes, options.file);
    if (applied.ok) world.print(`${clock()}  ${outcomeInWords(applied.value)}`);
  };
  const specFile = watchSpecFile(store, options.file, () => {
    if (options.watch) return void applyAgain();
    const words = `${options.file} was edited; see: vagus diff running ${options.file}; then: vagus apply ${options.file}`;
    tell({ tone: 'doubtful', text: words });
  });

  const memory = giveMemoryBack(changes);
  const api = await serveApi(world, options, {
    machine,
    changes,
    maintenance,
    feed,
    claim,
    isEdited: specFile.isEdited,
    telemetryOf: (key) => telemetry.of(key),
    steering: () => steering.of(),
    history: history.of,
    tell,
    complain,
  });

  return ok({
    applyAgain,
    async stop(leaveRunning) {
      specFile.close();
      memory.close();
      watcher.stop();
      await api.close();
      await steering.close();
      telemetry.close();
      maintenance.close();
      await relayEngine.close();
      await engine.close();
      history.close();
      await changes.close();
      if (leaveRunning) world.print('The controller ends; HAProxy goes on serving.');
      else if (await stopEngines(state, GRACE)) world.print('Stopped.');
      else world.print(`Stopped; what was not done after ${approximate(GRACE)} was cut.`);
      closeStore(store);
      claim.close();
      return EXIT.done;
    },
  });
}

const clock = (): string => new Date(now()).toTimeString().slice(0, 8);
