import { prepare } from '#apply';
import { type Fault, nearest, parseDuration } from '#lib';
import type { Backend, Desired } from '#plan';
import {
  doubts,
  type Expected,
  forecast,
  type Forecast,
  modelled,
  observed,
  type Observed,
  steeredPools,
} from '#steer';

import { call } from '../client.ts';
import { columns, paint } from '../paint.ts';
import { poolLabel, readPool } from '../pools.ts';
import { inMilliseconds } from '../times.ts';
import { EXIT, type Target, type World } from '../world.ts';
import { complainOf } from './check.ts';

export type SimulateOptions = Target & {
  /** `SERVICE`, or `SERVICE/POOL`. */
  readonly service: string;
  readonly fail: readonly string[];
  readonly load: number;
  readonly seed: number;
  /** Requests in a second. */
  readonly rate?: number;
  /** A duration. */
  readonly responseTime?: string;
  readonly concurrency?: number;
  readonly json?: boolean;
};

/** `vagus simulate FILE --service NAME`: what the model expects of a pool, as it is and with servers missing or more load. */
export async function simulate(world: World, file: string, options: SimulateOptions): Promise<number> {
  const prepared = prepare(file);
  if (!prepared.ok) return complain(world, prepared.error);
  const { desired, problems } = prepared.value;
  if (desired === undefined) {
    complainOf(world, problems);
    return EXIT.wrong;
  }
  const backend = backendIn(desired, options.service);
  if (typeof backend === 'string') return complain(world, { message: backend });
  const unfit = whyUnfit(backend, options.fail);
  if (unfit !== undefined) return complain(world, { message: unfit });
  const seen = await trafficOf(world, backend, options);
  if ('message' in seen) return complain(world, seen);
  const [steered] = steeredPools({ ...desired, backends: [backend] });
  const what = { failed: options.fail, load: options.load };
  const told = forecast(backend, checksOf(backend, desired), steered, seen, what, options.seed);
  const assumed = [...assumptionsOf(backend), ...seen.assumed];
  const unsure = doubts(told.now.busy, told.after.busy, options.concurrency === undefined);
  if (options.json) {
    const { service, pool } = backend;
    const { rate, servers } = seen;
    world.print(
      JSON.stringify({ service, pool, ...what, rate, servers, ...told, assumed, doubts: unsure }, undefined, 2),
    );
  } else world.print(inWords(world, backend, options, seen, told, { assumed, unsure }));
  return EXIT.done;
}

function complain(world: World, { message }: Pick<Fault, 'message'>): number {
  world.complain(message);
  return EXIT.wrong;
}

/** The pool that is named, or why there is none. */
function backendIn({ backends }: Desired, name: string): Backend | string {
  const { service, pool } = readPool(name);
  const own = backends.filter((backend) => backend.service === service);
  const labels = backends.map((backend) => poolLabel(backend.service, backend.pool));
  const found = pool === undefined && own.length === 1 ? own[0] : own.find((one) => one.pool === (pool ?? 'default'));
  if (found) return found;
  const near = nearest(name, own.length > 0 ? own.map((one) => poolLabel(service, one.pool)) : labels);
  return `the spec has no service or pool ${name}; ${near === undefined ? `it has: ${labels.join(', ')}` : `did you mean ${near}?`}`;
}

/** Why the model says nothing about a pool; undefined where it does. */
function whyUnfit(backend: Backend, failed: readonly string[]): string | undefined {
  const { protocol, balance, relayed, service, pool } = backend;
  const label = poolLabel(service, pool);
  if (relayed)
    return `${label} is relayed: the model knows requests, not messages that keep their order; how many servers may be missing says: vagus capacity ${label}`;
  if (protocol !== 'http') return `${label} is not http: the model knows requests, not connections that last`;
  if (balance !== 'leastconn' && balance !== 'roundrobin') {
    return `${label} has balance ${balance}: the model knows leastconn and roundrobin`;
  }
  const names = modelled(backend).map(({ name }) => name);
  const unknown = failed.find((name) => !names.includes(name));
  if (unknown === undefined) return undefined;
  const near = nearest(unknown, names);
  return `${label} has no server ${unknown} to fail; ${near === undefined ? `it has: ${names.join(', ')}` : `did you mean ${near}?`}`;
}

/** The traffic, as the controller sees it or the options say; or what is not known of it. */
async function trafficOf(
  world: World,
  backend: Backend,
  options: SimulateOptions,
): Promise<Observed | Pick<Fault, 'message'>> {
  const { rate, responseTime, concurrency: workers } = options;
  const said = { rate, time: responseTime === undefined ? undefined : parseDuration(responseTime), workers };
  const isAllSaid = rate !== undefined && said.time !== undefined && workers !== undefined;
  const known = isAllSaid
    ? undefined
    : await call(world, options, 'steering', { params: { service: backend.service } });
  const steering = known?.ok ? known.value.find(({ pool }) => pool === backend.pool) : undefined;
  const seen = observed(backend, steering, said);
  if (!('missing' in seen)) return seen;
  const label = poolLabel(backend.service, backend.pool);
  const why =
    known && !known.ok
      ? known.error.message
      : steering === undefined
        ? `the controller does not steer or watch ${label} (steering: observe)`
        : `the controller has not seen enough of ${label} yet`;
  return {
    message: `not known: ${seen.missing.join('; ')}. ${why}. Say it: --rate 40 --response-time 50ms --concurrency 4`,
  };
}

/** The check that counts for a pool, also where it follows another. */
function checksOf(backend: Backend, { backends }: Desired): Backend['check'] {
  const followed = backend.servers[0]?.follows?.split('/')[0];
  return backends.find(({ name }) => name === followed)?.check ?? backend.check;
}

function assumptionsOf({ servers, persistence }: Backend): readonly string[] {
  const left = servers.filter(({ backup, weight }) => backup || weight === 0).map(({ name }) => name);
  return [
    'requests come by chance and do not wait for each other; how long they take differs as it does of small and large charts (log-normal, deviation = mean)',
    'a server that fails ends at once, with what it has; the others stay as fast as they are',
    ...(persistence.kind === 'none' ? [] : ['clients are not kept on their servers']),
    ...(left.length === 0 ? [] : [`${left.join(', ')} (backup, or weight 0) takes no part`]),
  ];
}

function inWords(
  world: World,
  { service, pool }: Backend,
  { fail, load }: SimulateOptions,
  { rate, servers }: Observed,
  { now, after, otherwise }: Forecast,
  { assumed, unsure }: { readonly assumed: readonly string[]; readonly unsure: readonly string[] },
): string {
  const style = paint(world.colour);
  const what = [
    ...(fail.length === 0 ? [] : [`without ${fail.join(', ')}`]),
    ...(load === 1 ? [] : [`load × ${load}`]),
  ].join(', ');
  const isChanged = what !== '';
  const head = `${style.strong(poolLabel(service, pool))}  ${style.faint(`${rate < 10 ? rate.toFixed(1) : Math.round(rate)} requests a second on ${servers.length} servers`)}`;
  const shown: readonly (readonly [string, Expected])[] = [
    ['as it is', now],
    ...(isChanged ? [[what, after] as const] : []),
    ...(otherwise ? [[steeringWords(isChanged, otherwise), otherwise] as const] : []),
  ];
  const row = (name: string, value: (one: Expected) => string): readonly string[] => [
    name,
    ...shown.map(([, one]) => value(one)),
  ];
  const [headings = '', ...lines] = columns([
    ['', ...shown.map(([name]) => name)],
    row('answered in, p50', (one) => timeInWords(one.p50)),
    row('answered in, p99', (one) => timeInWords(one.p99)),
    row('not answered', (one) => percent(one.unanswered)),
    row('in the queue', (one) => `${one.queued < 10 ? one.queued.toFixed(1) : Math.round(one.queued)} requests`),
    row('waited there, p99', (one) => timeInWords(one.waited.p99)),
    row('servers busy', (one) => (Number.isFinite(one.busy) ? `${Math.round(100 * one.busy)} %` : 'none runs')),
  ]);
  const tooMuch = shown.some(([, one]) => one.busy >= 1)
    ? [style.bad('more comes in than these servers can answer: it gets worse the longer it lasts')]
    : [];
  return [
    head,
    style.faint(headings.trimEnd()),
    ...lines,
    ...tooMuch,
    ...unsure.map((each) => style.doubtful(each)),
    style.faint('A model, not a promise. It assumes:'),
    ...assumed.map((each) => style.faint(`- ${each}`)),
  ].join('\n');
}

const steeringWords = (isChanged: boolean, { steered }: Expected): string =>
  `${isChanged ? 'the same' : 'as it is'}, ${steered ? 'steered' : 'not steered'}`;

const timeInWords = (time: number): string =>
  Number.isNaN(time) ? 'never' : time < 0.05 ? '0 ms' : inMilliseconds(time);

const percent = (share: number): string =>
  share === 0 ? '0 %' : share < 0.1 ? `${(100 * share).toFixed(2)} %` : `${Math.round(100 * share)} %`;
