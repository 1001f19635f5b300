import { approximate } from '#lib';
import type { Answer, routes } from '#api/contract';

import { call, type Called, refuse } from '../client.ts';
import { oneLine, paint, type Paint, type Row, table } from '../paint.ts';
import { deadInWords, findQueue, findQueues, queueInWords, type ShownQueue } from '../queues.ts';
import { ago, inMilliseconds, onTheClock } from '../times.ts';
import { EXIT, type Target, type World } from '../world.ts';
import { count } from './check.ts';

type Dead = Answer<(typeof routes)['deadMessages']>[number];
type Relay = Answer<(typeof routes)['relay']>;
type Json = { readonly json?: boolean };

/** `vagus queue list [SERVICE]`: what is stored and not delivered yet. */
export async function listQueues(world: World, service: string | undefined, options: Target & Json): Promise<number> {
  const found = await findQueues(world, options, service);
  if (!found.ok) return refuse(world, found.error);
  if (options.json) world.print(JSON.stringify(found.value, undefined, 2));
  else if (found.value.length === 0) world.print(NONE);
  else {
    const style = paint(world.colour);
    const headings = ['queue', 'waiting', 'oldest', 'in', 'out', 'given up', ''];
    world.print(
      table(
        style,
        headings,
        found.value.map((queue) => queueRow(queue, world.now(), style)),
      ),
    );
  }
  return EXIT.done;
}

const NONE = [
  'no queues: no service stores its messages.',
  'An hl7 service does with, in the spec: relay: { delivery: stored }',
].join('\n');

function queueRow(queue: ShownQueue, now: number, style: Paint): Row {
  const { label, depth, oldest, dead, served, held, hold, inPerSecond, outPerSecond } = queue;
  const cells = [
    label,
    String(depth),
    depth === 0 || oldest === undefined ? '' : approximate(Math.max(0, now - oldest)),
    rateInWords(inPerSecond),
    rateInWords(outPerSecond),
    dead === 0 ? '' : String(dead),
    [...(served ? [] : ['not served any more']), ...(held ? [heldInWords(hold)] : [])].join('; '),
  ];
  return { cells, style: dead > 0 || !served ? style.bad : held ? style.doubtful : String };
}

const heldInWords = (hold: ShownQueue['hold']): string =>
  hold === undefined ? 'held' : `held by ${hold.by}${hold.why === undefined ? '' : `: ${hold.why}`}`;

const rateInWords = (rate: number | undefined): string =>
  rate === undefined ? '' : `${rate < 10 && rate > 0 ? rate.toFixed(1) : Math.round(rate)}/s`;

/** `vagus queue show SERVICE[/DESTINATION] [ID]`: a queue and what was given up of it, or one such message. */
export async function showQueue(
  world: World,
  name: string,
  id: number | undefined,
  options: Target & Json,
): Promise<number> {
  if (id !== undefined) return showMessage(world, name, id, options);
  const found = await findQueues(world, options, name);
  if (!found.ok) return refuse(world, found.error);
  const shown = [];
  for (const queue of found.value) {
    const [relay, dead] = await Promise.all([
      queue.served ? call(world, options, 'relay', { params: { service: queue.service } }) : undefined,
      call(world, options, 'deadMessages', { params: queue }),
    ]);
    if (relay?.ok === false) return refuse(world, relay.error);
    if (!dead.ok) return refuse(world, dead.error);
    const servers = relay?.value.destinations.find((each) => each.name === queue.destination)?.servers ?? [];
    shown.push({ ...queue, servers, givenUp: dead.value });
  }
  if (options.json) world.print(JSON.stringify(shown, undefined, 2));
  else {
    const style = paint(world.colour);
    const texts = shown.map((queue) =>
      [...whole(queue, world.now(), style), ...givenUp(queue, queue.givenUp, world.now(), style)].join('\n'),
    );
    world.print(texts.join('\n\n'));
  }
  return EXIT.done;
}

function whole(
  queue: ShownQueue & { readonly servers: Relay['destinations'][number]['servers'] },
  now: number,
  style: Paint,
): readonly string[] {
  const [taken, delivered] = [rateInWords(queue.inPerSecond), rateInWords(queue.outPerSecond)];
  const rates = taken === '' ? '' : `  ${style.faint(`in ${taken}, out ${delivered}`)}`;
  const headings = ['  server', 'state', 'under way', 'usual answer', 'slow answer', 'acknowledged', 'not known'];
  const rows = queue.servers.map(({ name, state, outstanding, latencyP50, latencyP99, answered, unknown }): Row => {
    const codes = Object.entries(answered).flatMap(([code, times]) => (times === 0 ? [] : [`${code} ${times}`]));
    const cells = [
      `  ${name}`,
      state,
      String(outstanding),
      latencyP50 === undefined ? '' : inMilliseconds(latencyP50),
      latencyP99 === undefined ? '' : inMilliseconds(latencyP99),
      codes.join(', '),
      unknown === 0 ? '' : String(unknown),
    ];
    return { cells, style: state === 'up' ? style.good : state === 'down' ? style.bad : style.doubtful };
  });
  return [
    `${style.strong(queue.label)}  ${oneLine(queueInWords(queue, now))}${rates}`,
    ...(rows.length === 0 ? [] : [table(style, headings, rows)]),
  ];
}

function givenUp(queue: ShownQueue, messages: readonly Dead[], now: number, style: Paint): readonly string[] {
  if (messages.length === 0) return [];
  const more = queue.dead > messages.length ? `; the newest ${messages.length} of them` : '';
  const headings = ['  id', 'type', 'why', 'tried', 'came', 'given up', 'bytes', 'message'];
  const rows = messages.map(({ id, reason, attempts, at, deadAt, bytes, message, ...dead }) => ({
    cells: [
      `  ${id}`,
      typeOf(dead),
      reason,
      count(attempts, 'time'),
      onTheClock(at, now),
      ago(deadAt, now),
      String(bytes),
      message,
    ],
  }));
  return [
    style.bad(`${deadInWords(queue)}${more}:`),
    table(style, headings, rows),
    style.faint(`vagus queue resend ${queue.label} ID, or discard; --all for all of them`),
  ];
}

const typeOf = ({ messageType, triggerEvent }: Pick<Dead, 'messageType' | 'triggerEvent'>): string =>
  triggerEvent === '' ? messageType : `${messageType}^${triggerEvent}`;

async function showMessage(world: World, name: string, id: number, options: Target & Json): Promise<number> {
  const queue = await findQueue(world, options, name);
  if (!queue.ok) return refuse(world, queue.error);
  const found = await call(world, options, 'deadMessage', { params: { ...queue.value, message: id } });
  if (!found.ok) return refuse(world, found.error);
  if (options.json) {
    world.print(JSON.stringify(found.value, undefined, 2));
    return EXIT.done;
  }
  const { reason, attempts, at, deadAt, bytes, message, ...dead } = found.value;
  const now = world.now();
  const lines = [
    `message ${id} of ${queue.value.label}: ${typeOf(dead)}, ${count(bytes, 'byte')}`,
    `  came ${onTheClock(at, now)}, given up ${onTheClock(deadAt, now)} after ${count(attempts, 'attempt')}: ${reason}`,
    `  in events and logs it is ${message}`,
    `  vagus queue resend ${queue.value.label} ${id}    puts it back, at the end of the queue`,
    `  vagus queue discard ${queue.value.label} ${id}   forgets it for good`,
  ];
  world.print(lines.map(oneLine).join('\n'));
  return EXIT.done;
}

export type ActOptions = Target & Json & { readonly reason?: string };

/** `vagus queue hold|release SERVICE[/DESTINATION]`: stops sending from a queue, or begins again. */
export async function holdQueue(
  world: World,
  action: 'hold' | 'release',
  name: string,
  options: ActOptions,
): Promise<number> {
  const found = await findQueue(world, options, name);
  if (!found.ok) return refuse(world, found.error);
  const route = action === 'hold' ? 'holdQueue' : 'releaseQueue';
  const done = await call(world, options, route, { params: found.value, query: { why: options.reason } });
  if (!done.ok) return refuse(world, done.error);
  if (options.json) world.print(JSON.stringify(done.value, undefined, 2));
  else {
    const became =
      action === 'hold' ? 'is held: messages are taken and stored, and none is sent' : 'is released: it sends again';
    world.print(oneLine(`${done.value.label} ${became}`));
    world.print(oneLine(queueInWords({ ...done.value, held: false }, world.now())));
  }
  return EXIT.done;
}

export type MessageOptions = ActOptions & {
  readonly all?: boolean;
  readonly waiting?: boolean;
  readonly yes?: boolean;
};

/** `vagus queue resend|discard SERVICE[/DESTINATION] ID|--all`: what becomes of messages that were given up. */
export async function endMessages(
  world: World,
  action: 'resend' | 'discard',
  name: string,
  id: number | undefined,
  options: MessageOptions,
): Promise<number> {
  const all = options.all === true;
  if ((id === undefined) !== all) {
    world.complain(`say which: vagus queue ${action} ${name} ID, or --all; vagus queue show ${name} lists them`);
    return EXIT.usage;
  }
  const found = await findQueue(world, options, name);
  if (!found.ok) return refuse(world, found.error);
  if (options.waiting === true && !all) {
    world.complain(`what waits can only be discarded with all the rest: vagus queue discard ${name} --all --waiting`);
    return EXIT.usage;
  }
  if (action === 'discard' && all && options.yes !== true) {
    const waiting = options.waiting === true ? `${queueInWords(found.value, world.now())}; ` : '';
    const what = `${waiting}${deadInWords(found.value)} in ${found.value.label}`;
    world.complain(oneLine(`${what}; to forget all of them for good, add --yes`));
    return EXIT.usage;
  }
  const done = await ended(world, action, found.value, id, options);
  if (!done.ok) return refuse(world, done.error);
  const { messages } = done.value;
  const { label } = found.value;
  const none = options.waiting === true ? `there was no message in ${label}` : `no message of ${label} was given up`;
  if (options.json) world.print(JSON.stringify(done.value, undefined, 2));
  else if (messages === 0) world.print(oneLine(none));
  else world.print(oneLine(`${count(messages, 'message')} of ${found.value.label} ${endOf(action, messages)}`));
  return EXIT.done;
}

const endOf = (action: 'resend' | 'discard', messages: number): string =>
  `${messages === 1 ? 'is' : 'are'} ${action === 'resend' ? 'back at the end of the queue' : 'forgotten'}`;

function ended(
  world: World,
  action: 'resend' | 'discard',
  { service, destination }: ShownQueue,
  id: number | undefined,
  options: MessageOptions,
): Promise<Called<'resendMessages'>> {
  const query = { why: options.reason };
  if (id === undefined) {
    const params = { service, destination };
    if (action === 'resend') return call(world, options, 'resendMessages', { params, query });
    const waiting = options.waiting === true ? 'true' : undefined;
    return call(world, options, 'discardMessages', { params, query: { ...query, waiting } });
  }
  const params = { service, destination, message: id };
  return call(world, options, action === 'resend' ? 'resendMessage' : 'discardMessage', { params, query });
}
