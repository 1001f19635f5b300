import { expect, test } from 'vitest';
import { judge, relayLayoutOf, render } from '#engines/relay';
import { intakeSocketName, serverSocketName } from '#plan';
import { readConfiguration } from '#relay';

import { valueOf } from '../../protocols/support.ts';
import { relayTo, serverAt } from './support.ts';

const layout = relayLayoutOf('/state');
const states = '/state/haproxy/run/stats.sock';

test('the relay reads what was rendered: sockets in the state directory, servers by address, those with TLS through HAProxy', () => {
  const relay = relayTo([serverAt('engine1', 2575), serverAt('engine2', 2576, true)], { delivery: 'stored' });
  const read = valueOf(readConfiguration(render([relay], layout, states)));

  expect(read.states).toBe(states);
  expect(read.services).toMatchObject([
    {
      name: 'adt',
      listen: `/state/relay/${intakeSocketName(relay)}`,
      delivery: 'stored',
      timeout: 2_000,
      destinations: [
        {
          backend: 'adt',
          servers: [
            { name: 'engine1', target: { address: { host: '127.0.0.1', port: 2575 } } },
            {
              name: 'engine2',
              target: { socket: `/state/relay/${serverSocketName({ backend: 'adt' }, { name: 'engine2' })}` },
            },
          ],
        },
      ],
    },
  ]);
  expect(judge([relay], render([relay], layout, states), layout)).toEqual([]);
});

test('what the relay would refuse is said at its place in the spec', () => {
  const server = { ...serverAt('engine1', 2575), connections: 0 };
  const relays = [relayTo([serverAt('engine1', 2575)], { name: 'lab' }), relayTo([server])];
  expect(judge(relays, render(relays, layout, states), layout)).toEqual([
    { message: expect.stringContaining('connections'), path: server.path },
  ]);
});

test('a state directory whose path is too long for the socket of a service is said at that service', () => {
  const deep = relayLayoutOf(`/${'deep/'.repeat(16)}state`);
  const relay = relayTo([serverAt('engine1', 2575)], { name: 'a-name-that-is-rather-long' });
  expect(judge([relay], render([relay], deep, states), deep)).toEqual([
    { message: expect.stringContaining('too long'), path: relay.path },
  ]);
});
