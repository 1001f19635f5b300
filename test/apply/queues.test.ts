import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';

import { type State, stateIn } from '#apply';
import { makeDirectory } from '#system';

import { leavesQueues } from '../../src/apply/queues.ts';
import { openFile } from '../../src/relay/journal/open.ts';
import { valueOf } from '../protocols/support.ts';
import { endPrograms, temporaryDirectory } from '../support/programs.ts';
import { relayTo } from '../engines/relay/support.ts';

afterAll(endPrograms);

const [plain] = relayTo([]).destinations;
if (plain === undefined) throw new Error('a relay has a destination');

/** A service that stores for these destinations. */
const storing = (name: string, ...destinations: readonly string[]) =>
  relayTo([], { name, delivery: 'stored', destinations: destinations.map((each) => ({ ...plain, name: each })) });

/** A state directory in whose queues so many wait and were given up. */
function stateWith(queues: Readonly<Record<string, readonly [number, number]>>): State {
  const state = stateIn(temporaryDirectory('queues'));
  valueOf(makeDirectory(state.relay.directory));
  const database = valueOf(openFile(join(state.relay.directory, 'queue.db')));
  for (const [index, [name, [waiting, dead]]] of Object.entries(queues).entries()) {
    const [service = '', destination = ''] = name.split('/');
    database
      .prepare('INSERT INTO queues (id, service, destination) VALUES (?, ?, ?)')
      .run(index + 1, service, destination);
    for (let each = 0; each < waiting + dead; each += 1) {
      const { lastInsertRowid: id } = database
        .prepare("INSERT INTO messages (at, frame) VALUES (?, x'')")
        .run(Date.now());
      const sql =
        each < waiting
          ? "INSERT INTO waiting (queue, id, message, keys) VALUES (?, ?, ?, '[]')"
          : "INSERT INTO dead (queue, id, message, keys, attempts, reason, at) VALUES (?, ?, ?, '[]', 1, 'AE', 1)";
      database.prepare(sql).run(index + 1, id, id);
    }
  }
  database.close();
  return state;
}

const before = { relays: [storing('adt', 'default', 'lab'), storing('orders', 'default')] };

function leaving(state: State, relays: ReturnType<typeof storing>[]) {
  const candidate = {
    desired: { relays } as unknown as Parameters<typeof leavesQueues>[2]['desired'],
    locate: (path: readonly (string | number)[]) => ({ file: path.join('.'), line: 1, column: 1 }),
  };
  const left = leavesQueues(state, before, candidate);
  return left?.problems.map(({ location, message }) => [location.file, message.split(' (')[0]]);
}

test('a change that leaves messages behind is refused, at the line that no longer wants them', () => {
  const state = stateWith({ 'adt/lab': [2, 1], 'orders/default': [0, 2], 'gone/default': [5, 0] });
  expect(leaving(state, [storing('adt', 'default'), storing('orders', 'default')])).toEqual([
    [
      'services.adt.relay.destinations',
      expect.stringMatching(
        /adt\/lab would not be served any more, and in it 2 messages wait, the oldest for .*, and 1 message was given up/,
      ),
    ],
  ]);
  const direct = { ...storing('orders', 'default'), delivery: 'direct' as const };
  expect(leaving(state, [storing('adt', 'lab', 'default'), direct])).toEqual([
    [
      'services.orders.relay.delivery',
      expect.stringContaining('2 messages were given up: vagus queue resend or discard'),
    ],
  ]);
  expect(leaving(state, [])?.map(([place]) => place)).toEqual([
    'services.adt.relay.delivery',
    'services.orders.relay.delivery',
  ]);
});

test('a change that leaves nothing behind is not', () => {
  const state = stateWith({ 'adt/default': [3, 0], 'adt/lab': [0, 0], 'gone/default': [5, 0] });
  expect(leaving(state, [storing('adt', 'default')])).toBeUndefined();
  expect(leaving(stateIn(temporaryDirectory('queues')), [])).toBeUndefined();
});
