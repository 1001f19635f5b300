import { expect, test } from 'vitest';
import { steeredPools } from '#steer';

import { desired } from '../plan/support.ts';

const spec = (servers: string, steering = 'on'): string => `version: 1
site: s
services:
  web: { preset: http, listen: 10.0.0.1:80, balance: leastconn, steering: ${steering}, servers: ${servers} }
`;
const serversOf = (servers: string) => steeredPools(desired(spec(servers)))[0]?.servers;

test('pools that the spec wants steered, with the limits it sets', () => {
  const [pool] = steeredPools(desired(spec('{ a: 10.0.1.1:80, b: 10.0.1.2:80 }', '{ mode: observe, mostOut: 34% }')));
  expect(pool).toMatchObject({ backend: 'web', service: 'web', limits: { mode: 'observe', mostOut: 0.34 } });
  expect(steeredPools(desired(spec('{ a: 10.0.1.1:80, b: 10.0.1.2:80 }', 'off')))).toEqual([]);
});

test('backups and servers that get nothing new are left alone', () => {
  const servers =
    '{ a: 10.0.1.1:80, b: { address: 10.0.1.2:80, weight: 0 }, c: { address: 10.0.1.3:80, backup: true } }';
  expect(serversOf(servers)?.map(({ server }) => server)).toEqual(['a']);
});

test('small weights are multiplied, so that a part of them can be taken away', () => {
  const small = serversOf('{ a: { address: 10.0.1.1:80, weight: 1 }, b: { address: 10.0.1.2:80, weight: 2 } }');
  expect(small?.map(({ weight }) => weight)).toEqual([50, 100]);
  const large = serversOf('{ a: { address: 10.0.1.1:80, weight: 256 }, b: { address: 10.0.1.2:80, weight: 100 } }');
  expect(large?.map(({ weight }) => weight)).toEqual([256, 100]);
});
