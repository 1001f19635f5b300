import { findServer, type Place, remaining, setServers, type State, stateIn } from '#apply';
import { formatDuration } from '#lib';

import { EXIT, type World } from '../world.ts';
import { count } from './check.ts';

export const SERVER_ACTIONS = ['drain', 'ready', 'maint'] as const;
export type ServerAction = (typeof SERVER_ACTIONS)[number];

export type ServerOptions = {
  readonly state: string;
  readonly allServices?: boolean;
  readonly wait?: boolean;
  readonly reason?: string;
};

const DONE: Readonly<Record<ServerAction, string>> = {
  drain: 'drains: nothing new, what is under way goes on',
  ready: 'is ready: it takes work again once its check agrees',
  maint: 'is in maintenance: it gets nothing, not even checks',
};

/** What one of the things under way on a server is called. */
const UNIT = { http: 'request', tcp: 'connection', dicom: 'association', hl7: 'connection' } as const;

/** `vagus server drain|ready|maint SERVICE/SERVER`: takes a server out of work and back, without a reload. */
export async function server(
  world: World,
  action: ServerAction,
  name: string,
  options: ServerOptions,
): Promise<number> {
  const state = stateIn(options.state);
  const found = findServer(state, name, options.allServices ?? false);
  if (!found.ok) {
    world.complain(found.error.message);
    return found.error.code === 'apply-no-record' ? EXIT.unreachable : EXIT.wrong;
  }
  const set = await setServers(state, found.value, action);
  if (!set.ok) {
    world.complain(set.error.message);
    return EXIT.unreachable;
  }
  const why = options.reason === undefined ? '' : ` (${options.reason})`;
  for (const { label } of found.value) world.print(`${label} ${DONE[action]}${why}`);
  return options.wait && action !== 'ready' ? waitUntilEmpty(world, state, found.value) : EXIT.done;
}

/** Says what is left whenever it changes, until nothing is or the longest drain time-out of the services has passed. */
async function waitUntilEmpty(world: World, state: State, places: readonly Place[]): Promise<number> {
  const deadline = Math.max(...places.map(({ backend }) => backend.drainTimeout));
  const unit = UNIT[places[0]?.backend.protocol ?? 'tcp'];
  const left = await remaining(state, places, deadline, (now) => {
    if (now > 0) world.print(`${count(now, unit)} left`);
  });
  if (!left.ok) {
    world.complain(left.error.message);
    return EXIT.unreachable;
  }
  if (left.value === 0) {
    world.print('nothing is left on it');
    return EXIT.done;
  }
  world.complain(
    `${count(left.value, unit)} still there after ${formatDuration(deadline)}, the drain time-out; not cut`,
  );
  return EXIT.wrong;
}
