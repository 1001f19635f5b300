import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import { afterAll, afterEach, expect, test } from 'vitest';
import { encodeFrame } from '#protocols';
import { exchange, pause } from '#system';

import type { RelayStatus } from '../../src/relay/status.ts';
import {
  ackOf,
  endAll,
  idOf,
  openSender,
  type Received,
  said,
  type SenderPeer,
  startReceiver,
} from '../relay/support.ts';
import { endPrograms, type Program, startProgram, temporaryDirectory } from '../support/programs.ts';
import { waitFor } from '../support/wait.ts';

// Senders, receivers that misbehave, and a relay that is killed now and then. Who sent, got and was told what is written down on
// both sides, and at the end the journals are compared. RELAY_HISTORY_SECONDS makes it longer, RELAY_HISTORY_SEED repeats the
// decisions of a run.

const SECONDS = Number(process.env['RELAY_HISTORY_SECONDS'] ?? 20);
const SEED = Number(process.env['RELAY_HISTORY_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const SENDERS = 6;
const RECEIVERS = 3;
const PATIENTS_OF_A_SENDER = 3;
/** The relay's time-out, ms. */
const TIMEOUT = 250;

afterEach(endAll);
afterAll(endPrograms);

/** Numbers from 0 to below 1, the same for the same seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A message that a receiver has got. */
type Got = {
  readonly id: string;
  readonly patients: readonly string[];
  readonly isClean: boolean;
  readonly isRejected: boolean;
  readonly by: string;
  readonly life: number;
};

type History = {
  /** In the order they came, over all receivers. */
  readonly got: Got[];
  /** What each acknowledgement of a receiver was for, by its own control id. */
  readonly acks: Map<string, string>;
  /** How often each message was sent, and the positive answer that it got. */
  readonly sent: Map<string, number>;
  readonly positive: Map<string, { readonly code: string; readonly by: string }>;
  readonly wrong: string[];
  /** Which process of the relay it is, counted from 1. */
  life: number;
};

type Behaviour = 'ack' | 'split' | 'slow' | 'late' | 'hang' | 'reset' | 'end' | 'reject' | 'stray';

const FAULTS: readonly Behaviour[] = ['split', 'slow', 'late', 'hang', 'reset', 'end', 'reject', 'stray'];

/** The last three digits of a control id say which message of its patient it is. */
const placeOf = (id: string): number => Number(id.slice(-5));

const patientsOf = (frame: Buffer): readonly string[] =>
  [...frame.toString('latin1').matchAll(/\r(?:PID\|1\|\||MRG\|)([^\r^|]*)/g)].map(([, patient = '']) => patient);

function messageOf(id: string, patients: readonly string[]): Buffer {
  const [patient = '', merged] = patients;
  const event = merged === undefined ? 'A08' : 'A40';
  const segments = [
    `MSH|^~\\&|S|F|R|F|20261124||ADT^${event}|${id}|P|2.5`,
    `PID|1||${patient}^^^MPI`,
    ...(merged === undefined ? [] : [`MRG|${merged}^^^MPI`]),
    '',
  ];
  return encodeFrame(Buffer.from(segments.join('\r'), 'latin1'));
}

/** Does with a message what the dice say, and writes down what was done. */
function behave(
  name: string,
  history: History,
  random: () => number,
  isCalm: () => boolean,
): (received: Received) => void {
  let acks = 0;
  return ({ frame, socket }) => {
    const id = idOf(frame);
    const dice = random();
    const behaviour: Behaviour =
      isCalm() || dice < 0.9 ? 'ack' : (FAULTS[Math.floor(random() * FAULTS.length)] ?? 'ack');
    // What comes on a connection that was ended is not answered.
    const isClean = socket.writable && ['ack', 'split', 'slow', 'end'].includes(behaviour);
    history.got.push({
      id,
      patients: patientsOf(frame),
      isClean,
      isRejected: behaviour === 'reject',
      by: name,
      life: history.life,
    });
    acks += 1;
    const own = `${name}-${acks}`;
    history.acks.set(own, id);
    const ack = ackOf(frame, behaviour === 'reject' ? 'AR' : 'AA', own);
    const write = (bytes: Buffer): void => void (socket.writable && socket.write(bytes));
    const acts: Readonly<Record<Behaviour, () => void>> = {
      ack: () => write(ack),
      reject: () => write(ack),
      split() {
        write(ack.subarray(0, 20));
        setTimeout(() => write(ack.subarray(20)), 5);
      },
      slow: () => void setTimeout(() => write(ack), random() * 60),
      late: () => void setTimeout(() => write(ack), TIMEOUT + random() * 100),
      hang: () => undefined,
      reset: () => void socket.resetAndDestroy(),
      end: () => void socket.end(ack),
      stray: () => write(ackOf(messageOf('OTHER-00000', ['X']), 'AA', own)),
    };
    acts[behaviour]();
  };
}

/** Sends message after message, each until it is accepted, and writes down what it is told. */
async function send(
  name: string,
  path: string,
  history: History,
  random: () => number,
  until: () => boolean,
): Promise<void> {
  const places = new Map<string, number>();
  let sender: SenderPeer | undefined;
  while (!until()) {
    const window = newWindow(name, places, random);
    while (window.length > 0) {
      sender ??= await openSender(path).catch(() => undefined);
      if (sender === undefined) {
        await pause(20);
        continue;
      }
      for (const { id } of window) history.sent.set(id, (history.sent.get(id) ?? 0) + 1);
      sender.send(...window.map(({ frame }) => frame));
      const refused: typeof window = [];
      for (let message = window.shift(); message !== undefined; message = window.shift()) {
        const answer = await sender.next();
        if (answer === undefined) {
          sender.destroy();
          sender = undefined;
          window.unshift(message);
          break;
        }
        const [code = '', id] = said(answer).split(' ');
        if (id !== message.id) history.wrong.push(`${message.id} was answered with an acknowledgement of ${id}`);
        if (code.endsWith('A')) history.positive.set(message.id, { code, by: idOf(answer) });
        else refused.push(message);
      }
      window.unshift(...refused);
      if (refused.length > 0) await pause(20);
    }
  }
  sender?.destroy();
}

/** One to three messages of different patients, or a merge. */
function newWindow(name: string, places: Map<string, number>, random: () => number): { id: string; frame: Buffer }[] {
  const patients = Array.from({ length: PATIENTS_OF_A_SENDER }, (_, index) => `${name}P${index}`);
  const next = (patient: string): number => {
    const place = (places.get(patient) ?? 0) + 1;
    places.set(patient, place);
    return place;
  };
  if (random() < 0.1) {
    const [first = '', second = ''] = patients;
    const place = Math.max(next(first), next(second));
    places.set(first, place).set(second, place);
    const id = `${first}M-${String(place).padStart(5, '0')}`;
    return [{ id, frame: messageOf(id, [first, second]) }];
  }
  return patients.slice(0, 1 + Math.floor(random() * patients.length)).map((patient) => {
    const id = `${patient}-${String(next(patient)).padStart(5, '0')}`;
    return { id, frame: messageOf(id, [patient]) };
  });
}

type Scene = { readonly history: History; readonly status: RelayStatus; readonly kills: number };

/** Lets everybody work for a while, and then in peace until all is quiet. */
async function play(service: object, seconds: number, isKilled: boolean): Promise<Scene> {
  const random = randomFrom(SEED);
  const directory = temporaryDirectory('history');
  const [path, control, config] = ['adt.sock', 'control.sock', 'relay.json'].map((name) => join(directory, name));
  const history: History = { got: [], acks: new Map(), sent: new Map(), positive: new Map(), wrong: [], life: 0 };
  let isCalm = false;
  const receivers = await Promise.all(
    Array.from({ length: RECEIVERS }, (_, index) =>
      startReceiver(behave(`R${index}`, history, randomFrom(SEED + index), () => isCalm)),
    ),
  );
  const servers = receivers.map(({ port }, index) => ({
    name: `r${index}`,
    address: `127.0.0.1:${port}`,
    connections: 2,
  }));
  const whole = {
    control,
    journal: join(directory, 'queue.db'),
    services: [{ name: 'adt', listen: path, timeout: TIMEOUT, destinations: [{ servers }], ...service }],
  };
  writeFileSync(config ?? '', JSON.stringify(whole));

  async function begin(): Promise<Program> {
    history.life += 1;
    const program = startProgram(process.execPath, ['src/relay/main.ts', '--config', config ?? '']);
    await waitFor('the relay is ready', () => program.output().includes('ready'), 60_000);
    return program;
  }
  const ask = async (): Promise<RelayStatus | undefined> => {
    const answer = await exchange(control ?? '', '{"command":"status"}\n');
    return answer.ok && answer.value !== '' ? (JSON.parse(answer.value) as { value: RelayStatus }).value : undefined;
  };

  let program = await begin();
  const end = performance.now() + seconds * 1000;
  const working = Array.from({ length: SENDERS }, (_, index) =>
    send(`S${index}`, path ?? '', history, randomFrom(SEED + 100 + index), () => performance.now() > end),
  );
  let kills = 0;
  while (performance.now() < end) {
    await pause(500 + random() * 1500);
    if (!isKilled) continue;
    await program.kill();
    // What it had sent is read by then, and counts as its.
    await waitFor('its connections are closed', () => receivers.every((receiver) => receiver.open() === 0));
    kills += 1;
    program = await begin();
  }
  isCalm = true;
  await Promise.all(working);
  const status = await waitFor(
    'all is delivered',
    async () => {
      const told = await ask();
      const queue = told?.services[0]?.destinations[0]?.queue;
      return told !== undefined && (queue === undefined || queue.depth === 0) && told;
    },
    90_000,
  );
  return { history, status, kills };
}

/** The messages of each patient, in the order in which servers got them; a message that came again is there again. */
function disorder({ got }: History): readonly string[] {
  const last = new Map<string, number>();
  return got.flatMap(({ id, patients }) =>
    patients.flatMap((patient) => {
      const before = last.get(patient) ?? 0;
      last.set(patient, Math.max(before, placeOf(id)));
      return placeOf(id) < before ? [`${id} came after ${before} of the same patient`] : [];
    }),
  );
}

const times = ({ got }: History): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  for (const { id } of got) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
};

/** Positive acknowledgements that did not come from a server for this very message. */
const invented = ({ positive, acks }: History): readonly string[] =>
  [...positive].flatMap(([id, { by }]) => (acks.get(by) === id ? [] : [`${id} was acknowledged by ${by}`]));

function expectMuch({ history }: Scene): void {
  expect(history.positive.size, `seed ${SEED}`).toBeGreaterThan(50);
  expect(new Set(history.got.map(({ isClean }) => isClean)).size).toBe(2);
  expect(history.wrong, `seed ${SEED}`).toEqual([]);
  expect(disorder(history), `seed ${SEED}`).toEqual([]);
}

const LONG = SECONDS * 1000 + 120_000;

test(
  'direct: no acknowledgement but the server’s own, nothing twice that its sender sent once, in order',
  async () => {
    const scene = await play({ delivery: 'direct' }, SECONDS * 0.35, true);
    expectMuch(scene);
    const { history } = scene;
    expect(scene.kills).toBeGreaterThan(0);
    expect(invented(history), `seed ${SEED}`).toEqual([]);
    const counts = times(history);
    const lost = [...history.positive.keys()].filter((id) => !counts.has(id));
    expect(lost, `seed ${SEED}`).toEqual([]);
    const twice = [...counts].filter(([id, count]) => count > (history.sent.get(id) ?? 0));
    expect(twice, `seed ${SEED}`).toEqual([]);
  },
  LONG,
);

test(
  'direct, duplicates tolerated: as many more as are counted',
  async () => {
    const scene = await play({ delivery: 'direct', duplicates: 'tolerate' }, SECONDS * 0.25, false);
    expectMuch(scene);
    const { history, status } = scene;
    expect(invented(history), `seed ${SEED}`).toEqual([]);
    const more = [...times(history)].reduce(
      (sum, [id, count]) => sum + Math.max(0, count - (history.sent.get(id) ?? 0)),
      0,
    );
    expect(more).toBeGreaterThan(0);
    expect(more, `seed ${SEED}`).toBeLessThanOrEqual(status.services[0]?.counters.sentAgain ?? 0);
  },
  LONG,
);

test(
  'stored: what was acknowledged is delivered, in order, and again only where it had to be',
  async () => {
    const scene = await play({ delivery: 'stored' }, SECONDS * 0.4, true);
    expectMuch(scene);
    const { history } = scene;
    expect(scene.kills).toBeGreaterThan(0);
    const counts = times(history);
    const lost = [...history.positive.keys()].filter((id) => !counts.has(id));
    expect(lost, `seed ${SEED}`).toEqual([]);
    const byId = Map.groupBy(history.got, ({ id }) => id);
    const earlier = (one: Got): readonly Got[] => {
      const same = byId.get(one.id) ?? [];
      return same.slice(0, same.indexOf(one));
    };
    const early = [...history.positive].filter(([, { code, by }]) => code !== 'CA' || !by.startsWith('VAGUS-'));
    expect(early, `seed ${SEED}`).toEqual([]);
    const needless = history.got.filter((one) =>
      earlier(one).some(({ isClean, life }) => isClean && life === one.life),
    );
    expect(needless, `seed ${SEED}`).toEqual([]);
    const elsewhere = history.got.filter((one) =>
      earlier(one).some(({ by, isRejected }) => by !== one.by && !isRejected),
    );
    expect(elsewhere, `seed ${SEED}`).toEqual([]);
  },
  LONG,
);
