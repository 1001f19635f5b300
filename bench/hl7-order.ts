import { createServer } from 'node:net';
import { parseArgs } from 'node:util';

import { messageOf } from '#lib';
import { pause } from '#system';

import { shareProcessors } from './cpus.ts';
import { openEntrance, startRelay } from './hl7/entrances.ts';
import { type OrderedReceiver, startOrdered } from './hl7/ordered.ts';
import { sized } from './report.ts';
import { output, openRig, type Rig } from './rig.ts';

/**
 * `node bench/hl7-order.ts [--messages N]`: messages for 5,000 patients through four receivers of different speeds, while each is drained
 * and returned twice. Fails where one message came out of its patient's order, twice or not at all. Says how much of their time
 * the receivers had something to do: all of it would be the sum of their speeds.
 */
const { values } = parseArgs({ options: { messages: { type: 'string', default: '100000' } } });
const MESSAGES = Number(values.messages);

/** Each has fifty patients. */
const SENDERS = 100;

/** How long each receiver takes for a message, ms, and how many it takes at a time. */
const SPEEDS = [10, 20, 40, 80];
const CONNECTIONS = 8;

/** The receivers' part of the time that must not be lost. */
const LEAST = 0.9;

/** How long a receiver is drained, and how long is waited before the next one is, ms. */
const DRAINED = 1_000;
const BETWEEN = 500;

/** How long all may take, ms. */
const PATIENCE = 600_000;

async function main(rig: Rig): Promise<void> {
  const all = await Promise.all(
    SPEEDS.map(async (milliseconds, index) => ({ name: `engine${index}`, port: await rig.port(), milliseconds })),
  );
  const { receivers, disorder, close } = startOrdered(all);
  rig.atEnd(close);
  const states = serveStates(rig, receivers);
  const port = await startVagus(rig, receivers, states.socket);

  const begin = performance.now();
  let isOver = false;
  const argv = [process.execPath, `${import.meta.dirname}/hl7/send.ts`, ...[port, SENDERS, 0, MESSAGES].map(String)];
  const sending = output(argv, PATIENCE);
  const drained = drainAll(states.drain, () => isOver);
  await sending.finally(() => (isOver = true));
  const took = performance.now() - begin;

  const away = await drained;
  const count = receivers.reduce((sum, { seen }) => sum + seen.count, 0);
  const busy = receivers.reduce((sum, { seen }) => sum + seen.busy, 0);
  const there = CONNECTIONS * (receivers.length * took - away.reduce((sum, milliseconds) => sum + milliseconds, 0));
  console.log(`${count} messages in ${sized(took / 1_000)} s, ${sized((1_000 * count) / took)} a second`);
  for (const { name, milliseconds, seen } of receivers) console.log(`  ${name}, ${milliseconds} ms: ${seen.count}`);
  console.log(
    `drained ${away.length} times; the receivers worked ${(busy / there).toFixed(2)} of the time they were there`,
  );
  if (disorder.length > 0) throw new Error(`out of order, ${disorder.length}:\n${disorder.slice(0, 10).join('\n')}`);
  if (count !== MESSAGES) throw new Error(`${MESSAGES} messages were sent, and ${count} came`);
  if (away.length < 2 * receivers.length) throw new Error('it was over before each was drained twice: more --messages');
  if (busy / there < LEAST) throw new Error(`less than ${LEAST} of what the receivers could do`);
}

async function startVagus(rig: Rig, receivers: readonly OrderedReceiver[], states: string): Promise<number> {
  const share = shareProcessors();
  const servers = receivers.map(({ name, port }) => ({
    name,
    address: `127.0.0.1:${port}`,
    connections: CONNECTIONS,
  }));
  const services = [{ name: 'adt', destinations: [{ servers }] }];
  const relay = await startRelay(rig, share, { name: 'order', services, states });
  const entrance = await openEntrance(rig, share, { name: 'order', servers: [relay.serverOf('adt')], behind: [] });
  return entrance.port;
}

/** Says of the receivers what HAProxy's stats socket would say. `drain` names the one that is drained, or none. */
function serveStates(rig: Rig, receivers: readonly OrderedReceiver[]) {
  const socket = rig.path('states.sock');
  let drained: string | undefined;
  const server = createServer((asking) => {
    const lines = receivers.map(({ name }) => `adt ${name} 2 ${name === drained ? 8 : 0} 1`);
    asking.on('error', () => undefined);
    asking.end(['1', '# be_name srv_name srv_op_state srv_admin_state srv_uweight', ...lines, ''].join('\n'));
  }).listen(socket);
  rig.atEnd(() => void server.close());
  return { socket, drain: (name: string | undefined) => void (drained = name) };
}

/** Drains each and returns it, one after another, twice. Returns how long each was away, ms. */
async function drainAll(drain: (name: string | undefined) => void, isOver: () => boolean): Promise<readonly number[]> {
  const away: number[] = [];
  for (const index of [...SPEEDS.keys(), ...SPEEDS.keys()]) {
    await pause(BETWEEN);
    if (isOver()) return away;
    const since = performance.now();
    drain(`engine${index}`);
    await pause(DRAINED);
    drain(undefined);
    away.push(performance.now() - since);
  }
  return away;
}

const rig = openRig();
try {
  await main(rig);
} catch (thrown) {
  console.error(messageOf(thrown));
  process.exitCode = 1;
} finally {
  await rig.close();
}
