import { readRecord, stateIn } from '#apply';
import type { Answer, routes } from '#api/contract';
import { health } from '#observe';

import { call, refuse } from '../client.ts';
import { serviceInWords, type ShownService } from '../health.ts';
import { oneLine, paint, type Paint } from '../paint.ts';
import { deadInWords, queueInWords, type ShownQueue } from '../queues.ts';
import { onTheClock } from '../times.ts';
import { EXIT, type Target, type World } from '../world.ts';
import { count } from './check.ts';

export type StatusOptions = Target & { readonly json?: boolean };

type Controller = Answer<(typeof routes)['controller']>;

type Shown = { readonly site: string; readonly oldWorkers: number; readonly services: readonly ShownService[] };

/**
 * `vagus status`: every service, pool and server: state, why, since when, and what is on it. Without a controller that
 * answers, this machine's HAProxy is asked itself.
 */
export async function status(world: World, options: StatusOptions): Promise<number> {
  const [now, controller] = await Promise.all([call(world, options, 'services'), call(world, options, 'controller')]);
  if (now.ok && controller.ok) {
    const { pid, engine, revision, state, confirmBy, file, edited } = controller.value;
    const known = { controller: pid, engine, revision, state, confirmBy, file, edited };
    if (options.json) world.print(JSON.stringify({ ...now.value, ...known }, undefined, 2));
    else {
      const { head, below } = controllerInWords(world, controller.value);
      const left = (now.value.leftQueues ?? []).map((queue) => leftInWords(world, queue));
      world.print(statusInWords(world, now.value, engine, { head, below: [...below, ...left] }));
    }
    return EXIT.done;
  }
  const error = now.ok ? controller : now;
  if (error.ok || (options.url === undefined && error.error.exit === EXIT.unreachable)) {
    const silent = !error.ok && error.error.code !== 'system-nobody-there' ? error.error.message : undefined;
    return statusHere(world, options, silent);
  }
  return refuse(world, error.error);
}

/** What HAProxy says, where no controller does. `silent`: why one that is there gave no answer. */
async function statusHere(world: World, options: StatusOptions, silent: string | undefined): Promise<number> {
  const state = stateIn(options.state);
  const record = readRecord(state);
  if (!record.ok || record.value === undefined) {
    world.complain(record.ok ? `nothing runs on ${options.state}; start with: vagus run FILE` : record.error.message);
    return EXIT.unreachable;
  }
  const now = await health(state, record.value.desired);
  if (!now.ok) {
    world.complain(`HAProxy does not run on ${options.state}; start it with: vagus run ${record.value.file}`);
    return EXIT.unreachable;
  }
  const { engine, revision } = record.value;
  const words =
    silent === undefined
      ? 'no controller: traffic goes on, nobody watches'
      : `no answer from the controller: ${silent}`;
  if (options.json) world.print(JSON.stringify({ ...now.value, controller: null, engine, revision }, undefined, 2));
  else {
    const style = paint(world.colour);
    const head = [style.doubtful(words), style.faint(`revision ${revision}`)];
    world.print(statusInWords(world, now.value, engine, { head, below: [] }));
  }
  return EXIT.done;
}

type ControllerWords = { readonly head: readonly string[]; readonly below: readonly string[] };

function controllerInWords(world: World, controller: Controller): ControllerWords {
  const { pid, revision, state, confirmBy, file, edited } = controller;
  const style = paint(world.colour);
  const until = confirmBy === undefined ? 'soon' : `at ${onTheClock(confirmBy, world.now())}`;
  const below = [
    ...(state === 'unconfirmed' ? [`revision ${revision} is taken back ${until} unless you say: vagus confirm`] : []),
    ...(state === 'watching' ? [`revision ${revision} is being watched: it is taken back where services suffer`] : []),
    ...(edited ? [`${file} was edited and is not applied; see: vagus diff running ${file}`] : []),
  ];
  return {
    head: [style.faint(`controller ${pid}`), style.faint(`revision ${revision}`)],
    below: below.map((line) => style.doubtful(oneLine(line))),
  };
}

/** A queue whose service or destination is gone has no other place to be shown. */
function leftInWords(world: World, queue: ShownQueue): string {
  const dead = queue.dead === 0 ? '' : `; ${deadInWords(queue)}`;
  const words = `${queue.label}: ${queueInWords(queue, world.now())}${dead}; see: vagus queue show ${queue.label}`;
  return paint(world.colour).bad(oneLine(words));
}

function statusInWords(world: World, now: Shown, engine: string, { head, below }: ControllerWords): string {
  const style: Paint = paint(world.colour);
  const first = [
    style.strong(now.site),
    engine.startsWith('HAProxy') ? engine : `HAProxy ${engine}`,
    ...head,
    ...(now.oldWorkers === 0 ? [] : [`${count(now.oldWorkers, 'worker')} finishing what began before a reload`]),
  ].join(' · ');
  return [
    first,
    ...below,
    ...now.services.flatMap((service) => ['', ...serviceInWords(service, style, world.now())]),
  ].join('\n');
}
