import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { InjectOptions } from 'fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { RelayPort } from '#api';
import { relayLayoutOf } from '#engines/relay';
import { auditEntries } from '#store';

import { quantileOf } from '../../src/api/relay.ts';
import { watchRelay } from '../../src/main/relay.ts';
import { desired } from '../plan/support.ts';
import { startRelayProgram } from '../relay/program.ts';
import { adt, endAll, openSender, type Receiver, type SenderPeer, startReceiver } from '../relay/support.ts';
import { endPrograms, type Program, temporaryDirectory } from '../support/programs.ts';
import { waitFor } from '../support/wait.ts';
import { ALL, CANARY, type Rig, SPEC, startApi } from './support.ts';

const HL7 = `${SPEC}  adt:
    preset: hl7-mllp
    listen: 10.0.0.1:2575
    relay:
      delivery: stored
      destinations: { default: {}, lab: { pool: default, when: { messageType: ORU } } }
    servers: { engine1: 10.0.2.5:2575 }
  orm:
    preset: hl7-mllp
    listen: 10.0.0.1:2576
    relay: on
    servers: { engine1: 10.0.2.5:2575 }
`;

let rig: Rig;
let relay: Program;
let port: RelayPort & { close(): void };
let engine: Receiver;
let sender: SenderPeer;
let code: 'AA' | 'AE' = 'AA';
/** Everything that was answered. */
const answers: string[] = [];

beforeAll(async () => {
  const directory = temporaryDirectory('api-relay');
  const layout = relayLayoutOf(directory);
  mkdirSync(dirname(layout.control), { recursive: true });
  engine = await startReceiver((received) => received.answer(code));
  const server = { name: 'engine1', address: `127.0.0.1:${engine.port}` };
  const lab = { name: 'lab', when: { messageType: ['ORU'] }, servers: [server] };
  relay = await startRelayProgram(directory, layout.control, [
    {
      name: 'adt',
      listen: join(directory, 'adt.sock'),
      delivery: 'stored',
      attempts: 1,
      destinations: [{ name: 'default', servers: [server] }, lab],
    },
    { name: 'orm', listen: join(directory, 'orm.sock'), destinations: [{ name: 'default', servers: [server] }] },
  ]);
  sender = await openSender(join(directory, 'adt.sock'));
  port = watchRelay(layout, () => true);
  rig = await startApi({ relay: port }, desired(HL7));
});
beforeEach(() => {
  code = 'AA';
});
afterAll(async () => {
  port.close();
  await rig.close();
  await endAll();
  await endPrograms();
});

type Method = NonNullable<InjectOptions['method']>;

async function ask(method: Method, url: string, token = rig.token(ALL)) {
  const answer = await rig.ask({ method, url: `/api/v1${url}`, headers: { authorization: `Bearer ${token}` } });
  answers.push(answer.body);
  return answer;
}
const get = async (url: string, token?: string) => (await ask('GET', url, token)).json();

const lastAudit = () => {
  const found = auditEntries(rig.store, { limit: 1, first: 'newest' });
  return found.ok ? found.value[0] : undefined;
};

const lastEvent = () => {
  const last = rig.ports.feed.last();
  const found = rig.ports.feed.after(last.ok ? last.value - 1 : 0, 1);
  return found.ok ? found.value[0] : undefined;
};

/** Has the engine refuse a message for good. Returns its id among those that were given up. */
async function giveUp(controlId: string): Promise<number> {
  const { dead } = await queue();
  code = 'AE';
  await sender.ask(adt(controlId, `${CANARY}-PATIENT`));
  await waitFor('it is given up', async () => (await queue()).dead === dead + 1);
  code = 'AA';
  const [newest] = await get('/services/adt/queues/default/messages?limit=1');
  return newest.id;
}

const queue = async () => (await get('/queues')).find(({ label }: { label: string }) => label === 'adt/default');

describe('queues', () => {
  test('are listed under the spec’s names, to those who may see the service', async () => {
    expect(await get('/queues')).toEqual([
      { service: 'adt', destination: 'default', label: 'adt/default', depth: 0, dead: 0, served: true, held: false },
      { service: 'adt', destination: 'lab', label: 'adt/lab', depth: 0, dead: 0, served: true, held: false },
    ]);
    expect(await get('/queues', rig.token({ role: 'viewer', services: ['orm'] }))).toEqual([]);
    const { services } = await get('/services');
    const relays = services.map(({ name, relay: its }: { name: string; relay?: { queues: unknown[] } }) => [
      name,
      its?.queues.length,
    ]);
    expect(relays).toEqual([
      ['pacs', undefined],
      ['portal', undefined],
      ['adt', 2],
      ['orm', 0],
    ]);
  });

  test('are held and released, and the audit says by whom and why', async () => {
    const held = await ask('POST', '/services/adt/queues/default/hold?why=update');
    expect(held.json()).toMatchObject({ label: 'adt/default', held: true });
    expect(lastAudit()).toMatchObject({
      action: 'holdQueue',
      subject: 'adt',
      outcome: 'done',
      detail: { why: 'update' },
    });
    const before = engine.received.length;
    expect(await sender.ask(adt('H1', `${CANARY}-PATIENT`))).toBe('CA H1');
    const hold = { by: expect.stringMatching(/^token:/), why: 'update', since: rig.clock.now };
    expect(await queue()).toMatchObject({ depth: 1, held: true, oldest: expect.any(Number), hold });
    expect(lastEvent()).toMatchObject({ kind: 'queue', service: 'adt', text: expect.stringMatching(/: update$/) });
    expect(engine.received.length).toBe(before);
    expect((await ask('POST', '/services/adt/queues/default/release')).json()).toMatchObject({ held: false });
    await waitFor('it is delivered', async () => (await queue()).depth === 0);
    expect(await queue()).not.toHaveProperty('hold');
    expect(engine.ids().at(-1)).toBe('H1');
    expect(lastAudit()).toMatchObject({ action: 'releaseQueue', subject: 'adt', outcome: 'done' });
  });
});

describe('messages that were given up', () => {
  test('are told of without what they say', async () => {
    const id = await giveUp(`${CANARY}-ID`);
    const url = `/services/adt/queues/default/messages/${id}`;
    expect(await get(url)).toEqual({
      id,
      reason: 'AE',
      attempts: 1,
      at: expect.any(Number),
      deadAt: expect.any(Number),
      bytes: adt(`${CANARY}-ID`, `${CANARY}-PATIENT`).length,
      messageType: 'ADT',
      triggerEvent: 'A08',
      message: expect.stringMatching(/^[0-9a-f]{16}$/),
    });
    expect((await ask('DELETE', url)).statusCode).toBe(200);
  });

  test('are sent again, one or all of them', async () => {
    const [first] = [await giveUp('R1'), await giveUp('R2'), await giveUp('R3')];
    const resent = await ask('POST', `/services/adt/queues/default/messages/${first}/resend?why=mended`);
    expect(resent.json()).toEqual({ messages: 1 });
    expect(lastAudit()).toMatchObject({
      action: 'resendMessage',
      subject: `adt message ${first}`,
      outcome: 'done',
      detail: { why: 'mended', messages: 1 },
    });
    await waitFor('it is delivered', () => engine.ids().at(-1) === 'R1');
    expect((await ask('POST', '/services/adt/queues/default/messages/resend')).json()).toEqual({ messages: 2 });
    await waitFor('both are delivered', () => engine.ids().slice(-2).join() === 'R2,R3');
    expect(await queue()).toMatchObject({ depth: 0, dead: 0 });
  });

  test('are discarded with all that waits, while it is held', async () => {
    const all = '/services/adt/queues/default/messages?waiting=true&why=gone';
    expect((await ask('DELETE', all)).statusCode).toBe(409);
    await ask('POST', '/services/adt/queues/default/hold');
    await sender.ask(adt('WAITS'));
    expect((await ask('DELETE', all)).json()).toEqual({ messages: 1 });
    expect(await queue()).toMatchObject({ depth: 0, dead: 0 });
    expect(lastEvent()?.text).toMatch(/^adt\/default: 1 message, all that it had, discarded by token:.*: gone$/);
    await ask('POST', '/services/adt/queues/default/release');
  });

  test('are discarded, one or all of them', async () => {
    const [first] = [await giveUp('D1'), await giveUp('D2'), await giveUp('D3')];
    const url = '/services/adt/queues/default/messages';
    expect((await ask('DELETE', `${url}/${first}?why=a+test+patient`)).json()).toEqual({ messages: 1 });
    expect(lastAudit()).toMatchObject({ action: 'discardMessage', detail: { why: 'a test patient', messages: 1 } });
    expect(lastEvent()?.text).toMatch(
      /^adt\/default: 1 message that was given up is discarded by token:.*: a test patient$/,
    );
    expect(await get(url)).toHaveLength(2);
    expect((await ask('DELETE', url)).json()).toEqual({ messages: 2 });
    expect(await get(url)).toEqual([]);
  });
});

test('a relayed service says how its messages are passed on', async () => {
  await sender.ask(adt('S1', `${CANARY}-PATIENT`));
  await waitFor('it is delivered', async () => (await queue()).depth === 0);
  const { destinations, ...service } = await get('/services/adt/relay');
  expect(service).toMatchObject({ service: 'adt', delivery: 'stored', counters: { senders: 1 } });
  expect(service.counters.received).toBeGreaterThan(0);
  const [byDefault, lab] = destinations;
  expect(byDefault).toMatchObject({ name: 'default', waiting: 0, queue: { label: 'adt/default' } });
  expect(byDefault.servers[0]).toMatchObject({ name: 'engine1', state: 'up', outstanding: 0 });
  expect(byDefault.servers[0].answered.AA).toBeGreaterThan(0);
  expect(byDefault.servers[0].latencyP50).toBeLessThanOrEqual(byDefault.servers[0].latencyP99);
  expect(lab.servers[0]).not.toHaveProperty('latencyP50');
  expect((await get('/services/orm/relay')).destinations[0]).not.toHaveProperty('queue');
});

test.each([
  ['GET', '/services/adx/relay', 404, 'there is no such service; did you mean adt?'],
  [
    'GET',
    '/services/portal/relay',
    404,
    'the messages of portal are not relayed: its connections go to its servers as they are',
  ],
  ['POST', '/services/orm/queues/default/hold', 404, 'the messages of orm are not stored, so that it has no queues'],
  ['POST', '/services/adt/queues/lap/hold', 404, 'there is no such destination of adt; did you mean lab?'],
  ['GET', '/services/adt/queues/default/messages/99999', 404, 'there is no message with this id that was given up'],
  ['DELETE', '/services/adt/queues/default/messages/99999', 404, 'there is no message with this id that was given up'],
  ['GET', '/services/adt/queues/default/messages/first', 400, /params/],
] as const)('%s %s is refused: %i', async (method, url, status, detail) => {
  const refused = (await ask(method, url)).json();
  expect(refused.status).toBe(status);
  expect(refused.detail).toEqual(typeof detail === 'string' ? detail : expect.stringMatching(detail));
});

test('a viewer reads and does nothing; an operator of another service neither', async () => {
  const viewer = rig.token({ role: 'viewer', services: ['adt'] });
  const operator = rig.token({ role: 'operator', services: ['adt'] });
  const foreign = rig.token({ role: 'operator', services: ['orm'] });
  const url = '/services/adt/queues/default';
  for (const path of ['/queues', '/services/adt/relay', `${url}/messages`]) {
    expect((await ask('GET', path, viewer)).statusCode, path).toBe(200);
  }
  const acts: readonly (readonly [Method, string])[] = [
    ['POST', '/hold'],
    ['POST', '/release'],
    ['POST', '/messages/resend'],
    ['DELETE', '/messages'],
  ];
  for (const [method, path] of acts) {
    expect((await ask(method, `${url}${path}`, viewer)).statusCode, path).toBe(403);
    expect(lastAudit()).toMatchObject({ subject: 'adt', outcome: 'refused' });
    expect((await ask(method, `${url}${path}`, foreign)).statusCode, path).toBe(403);
    expect((await ask(method, `${url}${path}`, operator)).statusCode, path).toBe(200);
  }
});

test('metrics have what the relay counts', async () => {
  const text = (await rig.ask({ url: '/metrics', headers: { authorization: `Bearer ${rig.token(ALL)}` } })).body;
  answers.push(text);
  const lines = text.split('\n');
  expect(lines).toContain('vagus_relay_up 1');
  expect(lines).toContain('vagus_relay_queue_depth{service="adt",destination="default"} 0');
  expect(lines).toContain('vagus_relay_queue_held{service="adt",destination="lab"} 0');
  expect(text).toMatch(/^vagus_relay_messages_received_total\{service="adt"\} [1-9]/m);
  expect(text).toMatch(/^vagus_relay_messages_acknowledged_total\{service="adt",code="CA"\} [1-9]/m);
  const of = 'service="adt",destination="default",server="engine1"';
  const count = /_acknowledgement_seconds_count\{service="adt",destination="default",server="engine1"\} (\d+)/.exec(
    text,
  );
  expect(Number(count?.[1])).toBeGreaterThan(0);
  expect(lines).toContain(`vagus_relay_server_acknowledgement_seconds_bucket{${of},le="+Inf"} ${count?.[1]}`);
  expect(text).toMatch(/^vagus_relay_server_acknowledgement_seconds_bucket\{.*le="0.001"\} \d+$/m);
});

test('where the relay does not answer, that is said, and the rest is told', async () => {
  await relay.kill();
  expect((await ask('GET', '/queues')).statusCode).toBeGreaterThanOrEqual(500);
  const { services } = await get('/services');
  expect(services.map(({ relay: its }: { relay?: { trouble?: string } }) => typeof its?.trouble)).toEqual([
    'undefined',
    'undefined',
    'string',
    'string',
  ]);
  const metrics = await rig.ask({ url: '/metrics', headers: { authorization: `Bearer ${rig.token(ALL)}` } });
  expect(metrics.body.split('\n')).toContain('vagus_relay_up 0');
});

test('nothing that was answered, and nothing in the audit, holds anything of a message', () => {
  expect(answers.length).toBeGreaterThan(50);
  const entries = auditEntries(rig.store, { limit: 1_000 });
  const events = rig.ports.feed.after(0, 1_000);
  const kept = [entries.ok && entries.value, events.ok && events.value];
  const written = [...answers, JSON.stringify(kept), relay.output()].join('\n');
  expect(written).toContain('messages');
  expect(written).not.toContain(CANARY);
  expect(written).not.toContain('ANN');
});

test.each([
  [0.5, [0, 4, 0], 15],
  [0.99, [100, 0, 0], 9.9],
  [0.5, [0, 0, 3], 20],
  [0.5, [0, 0, 0], undefined],
  [1, [1, 1, 0], 20],
])('a quantile of %d in %j is %j', (share, buckets, expected) => {
  expect(quantileOf(share, [10, 20], buckets)).toBe(expected);
});
