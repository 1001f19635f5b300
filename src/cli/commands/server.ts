import type { Answer, routes } from '#api/contract';
import { ok } from '#lib';

import { call, refuse } from '../client.ts';
import { oneLine, paint } from '../paint.ts';
import { findServer, sameHost } from '../servers.ts';
import { onTheClock } from '../times.ts';
import { EXIT, type Target, type World } from '../world.ts';
import { count } from './check.ts';
import { planWindow, type WindowOptions } from './windows.ts';

export const SERVER_ACTIONS = ['drain', 'ready', 'maint'] as const;
export type ServerAction = (typeof SERVER_ACTIONS)[number];

export type ServerOptions = Target &
  WindowOptions & {
    readonly allServices?: boolean;
    readonly wait?: boolean;
    /** A duration. */
    readonly deadline?: string;
    readonly dryRun?: boolean;
  };

type Drain = Answer<(typeof routes)['drains']>[number];
type Capacity = Answer<(typeof routes)['setServerState']>['capacity'][number];

const DONE: Readonly<Record<ServerAction, string>> = {
  drain: 'drains: nothing new, what is under way goes on',
  ready: 'is ready: it takes work again once its check agrees',
  maint: 'is in maintenance: it gets nothing, not even checks',
};

type Named = { readonly label: string; readonly deadline?: number };

/** `vagus server drain|ready|maint SERVICE/SERVER`: takes a server out of work and back, without a reload. */
export async function server(
  world: World,
  action: ServerAction,
  name: string,
  options: ServerOptions,
): Promise<number> {
  const { reason, force = false, allServices = false, deadline, dryRun = false } = options;
  const isWindow = options.from !== undefined || options.until !== undefined || options.for !== undefined;
  const wrong = misuse(action, options, isWindow);
  if (wrong !== undefined) {
    world.complain(wrong);
    return EXIT.usage;
  }
  const found = await findServer(world, options, name);
  if (!found.ok) return refuse(world, found.error);
  if (isWindow) {
    const all = allServices ? await sameHost(world, options, found.value) : ok([found.value]);
    if (!all.ok) return refuse(world, all.error);
    const labels = all.value.map(({ label }) => label);
    return planWindow(world, labels, options);
  }
  const { service, pool, server: named } = found.value;
  const set = await call(world, options, 'setServerState', {
    params: { service, pool, server: named },
    body: { state: action, why: reason, force, allServices, deadline, dryRun },
  });
  if (!set.ok) return refuse(world, set.error);
  for (const capacity of set.value.capacity) sayCapacity(world, capacity);
  if (dryRun) return endDryRun(world, set.value.capacity, force);
  // What is ready is in no list of what is out of work: it is named by where it is.
  const others = allServices && action === 'ready' ? await sameHost(world, options, found.value) : ok([found.value]);
  if (!others.ok) return refuse(world, others.error);
  const changed: readonly Named[] = set.value.servers.length === 0 ? others.value : set.value.servers;
  for (const each of changed) world.print(doneInWords(world, action, each, reason));
  const labels = changed.map(({ label }) => label);
  return options.wait && action !== 'ready' ? waitUntilEmpty(world, options, labels, action) : EXIT.done;
}

function misuse(action: ServerAction, options: ServerOptions, isWindow: boolean): string | undefined {
  if (action === 'ready' && isWindow) return 'only drain and maint can be planned; a window ends by itself';
  if (action !== 'drain' && options.deadline !== undefined) return '--deadline belongs to drain';
  const now = (['wait', 'dryRun', 'deadline'] as const).find((option) => options[option] !== undefined);
  if (isWindow && now !== undefined)
    return '--wait, --dry-run and --deadline are for what happens now, not for a window';
  return undefined;
}

function sayCapacity(world: World, { verdict, words }: Capacity): void {
  const style = paint(world.colour);
  const colour = { enough: style.good, unknown: style.faint, short: style.doubtful, nobody: style.bad }[verdict];
  world.print(colour(oneLine(words)));
}

function endDryRun(world: World, capacity: readonly Capacity[], force: boolean): number {
  const wouldEmpty = capacity.some(({ verdict }) => verdict === 'nobody') && !force;
  if (wouldEmpty) world.complain('it would be refused; --force does it all the same');
  world.print('nothing was changed');
  return wouldEmpty ? EXIT.refused : EXIT.done;
}

function doneInWords(
  world: World,
  action: ServerAction,
  { label, deadline }: Named,
  reason: string | undefined,
): string {
  const why = reason === undefined ? '' : ` (${reason})`;
  const until = action !== 'drain' || deadline === undefined ? '' : `, until ${onTheClock(deadline, world.now())}`;
  return oneLine(`${label} ${DONE[action]}${until}${why}`);
}

/** How often to look what is left, ms. */
const LOOK = 250;

/** Says what is left whenever it changes, until nothing is, the deadline has come, or somebody made the server ready. */
async function waitUntilEmpty(
  world: World,
  target: Target,
  labels: readonly string[],
  action: 'drain' | 'maint',
): Promise<number> {
  let before = '';
  for (;;) {
    const known = await call(world, target, 'drains');
    if (!known.ok) return refuse(world, known.error);
    const here = known.value.filter(({ label }) => labels.includes(label));
    const gone = labels.find((label) => !here.some((drain) => drain.label === label));
    if (gone !== undefined) {
      world.complain(`${gone} does not drain any more: somebody made it ready`);
      return EXIT.wrong;
    }
    const busy = here.filter(({ left }) => left > 0);
    if (busy.length === 0) {
      world.print(`nothing is left on ${labels.length === 1 ? 'it' : 'them'}`);
      return EXIT.done;
    }
    const late = busy.find(({ state }) => action === 'drain' && state === 'maint');
    if (late !== undefined) {
      world.complain(`${late.label} went into maintenance at its deadline; ${count(late.left, late.unit)} still there`);
      return EXIT.wrong;
    }
    const left = leftInWords(busy, labels.length > 1);
    if (left !== before) world.print(left);
    before = left;
    await world.pause(LOOK);
  }
}

const leftInWords = (busy: readonly Drain[], several: boolean): string =>
  busy
    .map(({ label, left, unit }) => (several ? `${count(left, unit)} left on ${label}` : `${count(left, unit)} left`))
    .join(', ');
