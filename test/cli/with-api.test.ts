import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RelayPort } from '#api';
import { ok } from '#lib';
import type { RelayStatus } from '#relay';
import { ask } from '#system';
import { anything, PASSWORD, type Rig, SPEC, startApi } from '../api/support.ts';
import { desired } from '../plan/support.ts';
import { endPrograms } from '../support/programs.ts';
import { directory, vagusWith, write } from './support.ts';

const socket = join(directory, 'vagus.sock');
const front = createServer((connection) => rig.api.handleLocal(connection));
let rig: Rig;

const HL7 = `${SPEC}  adt:
    preset: hl7-mllp
    listen: 10.0.0.1:2575
    relay: { delivery: stored }
    servers: { engine1: 10.0.2.5:2575 }
`;
const codes = { AA: 9, AE: 1, AR: 0, CA: 0, CE: 0, CR: 0 };
const counters = {
  senders: 1,
  accepted: 1,
  received: 10,
  answered: codes,
  stored: 10,
  repeated: 0,
  dead: 1,
  refused: 0,
};
const more = { unserved: 0, unknown: 0, sentAgain: 0, unheard: 0, unreadable: 0, cut: 0 };
const latency = { buckets: [8, 2], sum: 12 };
const sent = { sent: 10, answered: codes, unknown: 0, unreachable: 0, strays: 0, latency };
const status: RelayStatus = {
  pid: 1,
  since: 1,
  memory: 1,
  latencyBounds: [1],
  left: [],
  services: [
    {
      name: 'adt',
      delivery: 'stored',
      counters: { ...counters, ...more },
      underWay: 0,
      destinations: [
        {
          name: 'default',
          waiting: 0,
          queue: { depth: 3, dead: 1, taken: 10, delivered: 6, oldest: 1, isHeld: false },
          servers: [{ name: 'engine1', state: 'up', outstanding: 1, connections: 1, counters: sent }],
        },
      ],
    },
  ],
};
const dead = {
  id: 7,
  reason: 'AE',
  attempts: 1,
  at: 1,
  deadAt: 2,
  bytes: 300,
  messageType: 'ADT',
  triggerEvent: 'A08',
  message: '0f3a',
};
const relay: RelayPort = {
  look: async () => ok({ at: 2, status, before: undefined }),
  hold: async () => ok(undefined),
  dead: async () => ok([dead]),
  deadMessage: async () => ok(dead),
  resend: async () => ok({ messages: 1 }),
  discard: async () => ok({ messages: 1 }),
};

beforeAll(async () => {
  rig = await startApi({ relay }, desired(HL7));
  front.listen(socket);
  await once(front, 'listening');
});
afterAll(async () => {
  front.close();
  await rig.close();
  await endPrograms();
});

/** A command line whose controller is the API itself, with changes and maintenance that only note what they are asked. */
const vagus = (...words: readonly string[]) =>
  vagusWith({ secret: PASSWORD, controller: (_, asked) => ask({ socket }, asked) }, ...words);

describe('what the API answers is understood', () => {
  const file = write('api.yaml', 'version: 1\n');
  test.each([
    [['status'], /^harbour · HAProxy 3\.0\.8 · controller 42 · revision 3/],
    [['status', '--json'], /"revision": 3/],
    [['plan', file], /^Nothing would change\.$/],
    [['apply', file, '--why', 'a try', '--confirm', '5m', '--if-revision', '3'], /^revision 4 is in force/],
    [['rollback', '1', '--no-gate'], /^back to what revision 1 says/],
    [['confirm'], /^revision 3 is kept$/],
    [['revisions'], /^no revisions$/],
    [['diff', 'running', file], /^--- running/],
    [['server', 'drain', 'pacs/pacs1', '--deadline', '5m', '--reason', 'disk'], /^pacs\/pacs1 drains/],
    [['server', 'ready', 'pacs/vna1'], /^pacs\/vna\/vna1 is ready/],
    [['server', 'maint', 'pacs/pacs1', '--from', '22:00', '--for', '1h'], /^window 1/],
    [['explain', 'pacs'], /^pacs is not steered/],
    [['capacity', 'pacs/vna'], /^pacs\/vna: its only server may not be missing/],
    [['drains'], /2 associations/],
    [['queue'], /^adt +3 .* 1$/m],
    [['queue', 'show', 'adt'], /^adt {2}3 messages wait[^]*engine1 +up[^]*7 +ADT\^A08 +AE/],
    [['queue', 'show', 'adt', '7'], /^message 7 of adt: ADT\^A08, 300 bytes/],
    [['queue', 'hold', 'adt', '--reason', 'disk'], /^adt is held/],
    [['queue', 'release', 'adt'], /^adt is released/],
    [['queue', 'resend', 'adt', '7'], /^1 message of adt is back/],
    [['queue', 'discard', 'adt', '--all', '--yes'], /^1 message of adt is forgotten/],
    [['windows'], /pacs\/pacs1, portal\/web1/],
    [['windows', 'cancel', '1'], /^window 1/],
    [['certificates'], /^no certificates/],
    [['user', 'add', 'chief', '--role', 'administrator'], /^chief may act as administrator$/],
    [['user', 'add', 'anna', '--role', 'operator', '--services', 'pacs'], /^anna may act as operator of pacs$/],
    [['user', 'grant', 'anna', '--role', 'viewer'], /operator of pacs; viewer from now on/],
    [['user', 'password', 'anna'], /new password/],
    [['user', 'disable', 'anna'], /is disabled/],
    [['user'], /^anna .* disabled/m],
    [['user', 'remove', 'anna'], /is removed/],
    [['token', 'add', 'backup', '--role', 'viewer', '--expires', '90d'], /^\S{20,}$/],
    [['token'], /backup {2}viewer/],
    [['audit', '--since', '2020-01-01'], /addUser/],
    [['audit', 'verify'], /^intact: \d+ entries$/m],
    [['audit', 'export'], /^\{.*"action"/],
  ])('%j', async (words, expected) => {
    const { code, out, err } = await vagus(...words);
    expect({ code, err: words[1] === 'add' ? '' : err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(expected);
  });

  test('a refusal', async () => {
    rig.refuse(anything('apply-would-empty', 'nobody would be left'));
    expect(await vagus('server', 'drain', 'pacs/pacs1')).toMatchObject({ code: 4, err: 'nobody would be left' });
    rig.refuse(anything('apply-invalid', 'the spec is wrong'));
    expect(await vagus('apply', write('wrong.yaml', 'version: 2\n'))).toMatchObject({
      code: 1,
      err: 'site.yaml:2:1: HAProxy: no [engine-complaint]\nthe spec is wrong',
    });
  });
});
