import { approximate, err, nearest, ok, type Result } from '#lib';
import type { Answer, routes } from '#api/contract';

import { call, type Refusal } from './client.ts';
import { count } from './commands/check.ts';
import { onTheClock } from './times.ts';
import { EXIT, type Target, type World } from './world.ts';

/** A queue as a controller describes it. */
export type ShownQueue = Readonly<Answer<(typeof routes)['queues']>[number]>;

/**
 * Finds the queues that `SERVICE` or `SERVICE/DESTINATION` names; without a name, all. The error says which one was probably
 * meant.
 */
export async function findQueues(
  world: World,
  target: Target,
  name: string | undefined,
): Promise<Result<readonly ShownQueue[], Refusal>> {
  const known = await call(world, target, 'queues');
  if (!known.ok || name === undefined) return known;
  const named = known.value.filter(
    ({ service, destination }) => name === service || name === `${service}/${destination}`,
  );
  if (named.length > 0) return ok(named);
  const names = known.value.flatMap(({ service, label }) => [service, label]);
  const near = nearest(name, names);
  const hint =
    near !== undefined
      ? `did you mean ${near}?`
      : names.length === 0
        ? 'no service stores its messages'
        : 'only services that store their messages have one, and vagus queue list names all';
  return err(wrong(`there is no queue ${name}; ${hint}`));
}

/** Finds the one queue that is named. The error says so where a service has several. */
export async function findQueue(world: World, target: Target, name: string): Promise<Result<ShownQueue, Refusal>> {
  const found = await findQueues(world, target, name);
  if (!found.ok) return found;
  const [queue, ...others] = found.value;
  if (queue !== undefined && others.length === 0) return ok(queue);
  const places = found.value.map(({ service, destination }) => `${service}/${destination}`);
  return err(wrong(`${name} has several queues; say which: ${places.join(', ')}`));
}

const wrong = (message: string): Refusal => ({ exit: EXIT.wrong, code: undefined, message, problems: [] });

/** `12 messages wait, the oldest for 3 min · held by anna since 14:02:11: update`; `nothing waits`. */
export function queueInWords({ depth, oldest, served, held, hold }: ShownQueue, now: number): string {
  const age = depth === 0 || oldest === undefined ? '' : `, the oldest for ${approximate(Math.max(0, now - oldest))}`;
  const all = depth === 0 ? 'nothing waits' : `${count(depth, 'message')} ${depth === 1 ? 'waits' : 'wait'}${age}`;
  const waiting = served ? all : `${all} · not served any more: kept until the spec has it again`;
  if (!held) return waiting;
  if (hold === undefined) return `${waiting} · held: nothing is sent`;
  const why = hold.why === undefined ? '' : `: ${hold.why}`;
  return `${waiting} · held by ${hold.by} since ${onTheClock(hold.since, now)}${why}`;
}

/** `2 messages were given up`. */
export const deadInWords = ({ dead }: Pick<ShownQueue, 'dead'>): string =>
  `${count(dead, 'message')} ${dead === 1 ? 'was' : 'were'} given up`;
