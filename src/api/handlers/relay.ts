import { err, ok, type Result } from '#lib';

import { fault } from '../errors.ts';
import type { Context, Handlers } from '../handler.ts';
import type { QueueName } from '../ports.ts';
import type { Refused } from '../problem.ts';
import { type NamedQueue, queuesIn, relayIn, withHolders } from '../relay.ts';
import { missing } from './services.ts';

export const relayHandlers = {
  async queues(_, { ports, may }) {
    const look = await ports.relay.look();
    // Where nothing is relayed there need be no relay.
    if (!look.ok && ports.changes.inForce().desired.relays.length === 0) return ok([]);
    return look.ok ? ok(withHolders(ports.store, queuesIn(look.value, may))) : look;
  },
  async relay({ params }, context) {
    const known = relayed(context, params.service);
    if (!known.ok) return known;
    const look = await context.ports.relay.look();
    if (!look.ok) return look;
    const relay = relayIn(look.value, params.service);
    return relay === undefined ? err(notRelayed(params.service)) : ok(relay);
  },
  holdQueue: async ({ params, query }, context) => hold(context, params, true, query.why),
  releaseQueue: async ({ params, query }, context) => hold(context, params, false, query.why),
  async deadMessages({ params, query }, context) {
    const queue = await queueNow(context, params);
    return queue.ok ? context.ports.relay.dead(params, query) : queue;
  },
  async deadMessage({ params }, context) {
    const queue = await queueNow(context, params);
    return queue.ok ? context.ports.relay.deadMessage(params, params.message) : queue;
  },
  resendMessage: async ({ params, query }, context) => actOn('resend', params.message, context, params, query.why),
  resendMessages: async ({ params, query }, context) => actOn('resend', 'all', context, params, query.why),
  discardMessage: async ({ params, query }, context) => actOn('discard', params.message, context, params, query.why),
  async discardMessages({ params, query }, context) {
    return actOn('discard', query.waiting === 'true' ? 'everything' : 'all', context, params, query.why);
  },
} satisfies Partial<Handlers>;

async function hold(
  context: Context,
  name: QueueName,
  isHeld: boolean,
  why: string | undefined,
): Promise<Result<NamedQueue, Refused>> {
  context.note({ detail: { why } });
  const queue = await queueNow(context, name);
  if (!queue.ok) return queue;
  const done = await context.ports.relay.hold(name, isHeld);
  if (!done.ok) return done;
  const what = `${queue.value.label} is ${isHeld ? 'held' : 'released'}`;
  tell(context, name.service, { what, why, tone: isHeld ? 'doubtful' : 'good' });
  return ok({ ...queue.value, held: isHeld });
}

async function actOn(
  act: 'resend' | 'discard',
  which: Parameters<Context['ports']['relay']['discard']>[1],
  context: Context,
  name: QueueName,
  why: string | undefined,
): Promise<Result<{ readonly messages: number }, Refused>> {
  context.note({ detail: { why } });
  const queue = await queueNow(context, name);
  if (!queue.ok) return queue;
  const done = await (act === 'resend' && which !== 'everything'
    ? context.ports.relay.resend(name, which)
    : context.ports.relay.discard(name, which));
  if (!done.ok) return done;
  const { messages } = done.value;
  context.note({ detail: { messages } });
  if (messages > 0) {
    const given = messages === 1 ? 'message that was given up is' : 'messages that were given up are';
    const were = which === 'everything' ? `${messages === 1 ? 'message' : 'messages'}, all that it had,` : given;
    const what = `${queue.value.label}: ${messages} ${were} ${act === 'resend' ? 'sent again' : 'discarded'}`;
    tell(context, name.service, { what, why, tone: 'doubtful' });
  }
  return done;
}

type News = { readonly what: string; readonly why: string | undefined; readonly tone: 'good' | 'doubtful' };

/** Tells those who look on what somebody did. That it was done does not hang on it, and the audit has it as well. */
function tell({ ports, asker }: Context, service: string, { what, why, tone }: News): void {
  const text = `${what} by ${asker(why).by}${why === undefined ? '' : `: ${why}`}`;
  ports.feed.publish({ kind: 'queue', service, tone, text });
}

/**
 * A queue as it is now, also one that the spec in force does not know any more. The error says what there is no such of, or that
 * nothing is stored there.
 */
async function queueNow(context: Context, { service, destination }: QueueName): Promise<Result<NamedQueue, Refused>> {
  const look = await context.ports.relay.look();
  const queues = look.ok ? queuesIn(look.value, (name) => name === service && context.may(name)) : [];
  const known = queues.length === 0 ? relayed(context, service) : ok(undefined);
  if (!known.ok) return known;
  if (!look.ok) return look;
  if (queues.length === 0) {
    return err(fault('api-not-found', `the messages of ${service} are not stored, so that it has no queues`));
  }
  const queue = queues.find((each) => each.destination === destination);
  const names = queues.map((each) => ({ name: each.destination }));
  return queue === undefined ? missing(`destination of ${service}`, destination, names) : ok(queue);
}

/** Whether there is such a service, and whether its messages go through the relay. */
function relayed({ ports, may }: Context, service: string): Result<void, Refused> {
  const { frontends, relays } = ports.changes.inForce().desired;
  const visible = frontends.filter(({ name }) => may(name));
  if (!visible.some(({ name }) => name === service)) return missing('service', service, visible);
  if (relays.some(({ name }) => name === service)) return ok(undefined);
  return err(notRelayed(service));
}

const notRelayed = (service: string) =>
  fault('api-not-found', `the messages of ${service} are not relayed: its connections go to its servers as they are`);
