import { expect, test } from 'vitest';
import { stepsBetween } from '#plan';

import { can, desired } from './support.ts';

const spec = (steering: string): string => `version: 1
site: s
services:
  web:
    preset: http
    listen: 10.0.0.1:80
    balance: leastconn
    steering: ${steering}
    servers: { a: 10.0.1.1:80, b: 10.0.1.2:80 }
`;

const steps = (from: string, to: string) =>
  stepsBetween(desired(spec(from)), desired(spec(to)), can).map(
    ({ subject, fields, how }) => `${how}: ${subject}: ${fields.join(', ')}`,
  );
const steeringOf = (steering: string) => desired(spec(steering)).backends[0]?.steering;

test('what is not said is filled in; off is nothing', () => {
  expect(steeringOf('on')).toMatchObject({ mode: 'on', floor: 0.1, mostOut: 0.5, slowStart: 10_000, limits: 'find' });
  expect(steeringOf('{ floor: 20%, limits: keep }')).toMatchObject({ mode: 'on', floor: 0.2, limits: 'keep' });
  expect(steeringOf('observe')?.mode).toBe('observe');
  expect(steeringOf('off')).toBeUndefined();
});

test('where clients stay on their servers, limits stay as they are', () => {
  const sticky = desired(spec('on').replace('steering', 'persistence: { cookie: s }\n    steering'));
  expect(sticky.backends[0]?.steering?.limits).toBe('keep');
});

test('what a pool says is laid over what its service says, field by field', () => {
  const { backends } = desired(`version: 1
site: s
services:
  web:
    preset: http
    listen: 10.0.0.1:80
    steering: { mode: observe, floor: 20%, mostOut: 34% }
    routes: [{ when: { path: /b }, pool: b }, { when: { path: /c }, pool: c }]
    pools:
      default: { servers: { a1: 10.0.1.1:80, a2: 10.0.1.2:80 }, steering: { floor: 5%, slowStart: 30s } }
      b: { servers: { b1: 10.0.1.3:80, b2: 10.0.1.4:80 }, steering: on }
      c: { servers: { c1: 10.0.1.5:80, c2: 10.0.1.6:80 }, steering: off }
`);
  const steering = new Map(backends.map((backend) => [backend.pool, backend.steering]));
  expect(steering.get('default')).toMatchObject({ mode: 'observe', floor: 0.05, mostOut: 0.34, slowStart: 30_000 });
  expect(steering.get('b')).toMatchObject({ mode: 'on', floor: 0.2, mostOut: 0.34, slowStart: 10_000 });
  expect(steering.get('c')).toBeUndefined();
});

test('how far steering may go is changed without telling the engine; on and off is what it measures', () => {
  expect(steps('on', '{ mode: observe, floor: 30% }')).toEqual(['none: pool web/default: steering']);
  expect(steps('off', 'on')).toEqual(['none: pool web/default: steering', 'reload: pool web/default: measured']);
});
