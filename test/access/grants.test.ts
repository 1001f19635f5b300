import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { areFull, covers, demand, type Grant, localPrincipal, may, PERMISSIONS, reachOf, ROLES } from '#access';

import { readGrants } from '../../src/access/grants.ts';

const SERVICES = ['portal', 'pacs', 'hl7', 'all'] as const;

const role = fc.constantFrom(...ROLES);
const service = fc.constantFrom(...SERVICES);
const permission = fc.constantFrom(...PERMISSIONS);
const scoped = fc.record({ role, services: fc.uniqueArray(service, { minLength: 1 }) });
const wide = fc.record({ role, services: fc.constant('all' as const) });
const grants: fc.Arbitrary<readonly Grant[]> = fc.array(fc.oneof(scoped, wide), { maxLength: 4 });
const target = fc.option(service, { nil: undefined });

const roleFor = (name: (typeof ROLES)[number], services: Grant['services'] = 'all') => ({
  grants: [{ role: name, services }],
});

test.each([
  ['viewer', ['read']],
  ['operator', ['read', 'operate']],
  ['administrator', ['read', 'operate', 'change', 'audit', 'manage']],
  ['auditor', ['read', 'audit']],
] as const)('%s of the whole site may %j, to each service and to all', (name, permitted) => {
  for (const where of [undefined, 'portal']) {
    expect(PERMISSIONS.filter((one) => may(roleFor(name), one, where))).toEqual(permitted);
  }
});

test.each([
  ['viewer', ['read']],
  ['operator', ['read', 'operate']],
  ['administrator', ['read', 'operate', 'change']],
  ['auditor', ['read', 'audit']],
] as const)('%s of one service may %j to it', (name, permitted) => {
  expect(PERMISSIONS.filter((one) => may(roleFor(name, ['portal']), one, 'portal'))).toEqual(permitted);
});

test('without a grant nothing is allowed', () => {
  for (const one of PERMISSIONS) {
    for (const where of [undefined, ...SERVICES]) expect(may({ grants: [] }, one, where)).toBe(false);
  }
});

test('a grant for some services never reaches another, nor the whole site', () => {
  fc.assert(
    fc.property(fc.array(scoped, { maxLength: 4 }), permission, target, (held, one, where) => {
      const isNamed = held.some(({ services }) => where !== undefined && services.includes(where));
      if (!isNamed) expect(may({ grants: held }, one, where)).toBe(false);
    }),
  );
});

test('accounts are managed by administrators of the whole site only', () => {
  fc.assert(
    fc.property(grants, target, (held, where) => {
      const isFull = held.some((one) => one.role === 'administrator' && one.services === 'all');
      expect(may({ grants: held }, 'manage', where)).toBe(isFull);
      expect(areFull(held)).toBe(isFull);
    }),
  );
});

test('whoever may do something to the whole site may do it to each service', () => {
  fc.assert(
    fc.property(grants, permission, service, (held, one, where) => {
      if (may({ grants: held }, one, undefined)) expect(may({ grants: held }, one, where)).toBe(true);
    }),
  );
});

test('another grant takes nothing away', () => {
  fc.assert(
    fc.property(grants, grants, permission, target, (held, more, one, where) => {
      if (may({ grants: held }, one, where)) expect(may({ grants: [...held, ...more] }, one, where)).toBe(true);
    }),
  );
});

test('grants that are covered permit nothing that those which cover them do not', () => {
  fc.assert(
    fc.property(grants, grants, (held, wanted) => {
      const wider = PERMISSIONS.flatMap((one) =>
        [undefined, ...SERVICES, 'a service to come'].filter(
          (where) => may({ grants: wanted }, one, where) && !may({ grants: held }, one, where),
        ),
      );
      expect(covers(held, wanted)).toBe(wider.length === 0);
    }),
    { numRuns: 1_000 },
  );
});

test('the services within reach are those that may be asked for one by one', () => {
  fc.assert(
    fc.property(grants, permission, (held, one) => {
      const reach = reachOf({ grants: held }, one);
      const reached = SERVICES.filter((where) => reach === 'all' || reach.includes(where));
      expect(reached).toEqual(SERVICES.filter((where) => may({ grants: held }, one, where)));
      expect(reach === 'all').toBe(may({ grants: held }, one, undefined));
    }),
  );
});

test('what is not understood grants nothing', () => {
  fc.assert(
    fc.property(fc.anything(), (stored) => {
      expect(Array.isArray(readGrants(stored))).toBe(true);
    }),
  );
  const stored = [
    null,
    { role: 'root', services: 'all' },
    { role: 'constructor', services: 'all' },
    { role: 'viewer' },
    { role: 'viewer', services: 'everything' },
    { role: 'viewer', services: [] },
    { role: 'viewer', services: [7] },
    { role: 'viewer', services: ['portal'] },
  ];
  expect(readGrants(stored)).toEqual([{ role: 'viewer', services: ['portal'] }]);
  expect(readGrants({ role: 'viewer', services: 'all' })).toEqual([]);
});

describe('a refusal', () => {
  const ben = { name: 'ben', kind: 'user', grants: [{ role: 'operator', services: ['portal'] }] } as const;
  test.each([
    ['change', 'portal', 'ben may not change the service portal; that takes the role administrator for it'],
    [
      'operate',
      undefined,
      'ben may not operate the servers of the whole site; that takes the role operator or administrator for it',
    ],
  ] as const)('to %s %s says what it would take', (one, where, message) => {
    const refused = demand(ben, one, where);
    expect(refused.ok ? undefined : refused.error).toMatchObject({ code: 'access-denied', message });
  });
});

test('whoever opens the socket of the controller is an administrator of all', () => {
  expect(PERMISSIONS.filter((one) => may(localPrincipal('root'), one, undefined))).toEqual(PERMISSIONS);
});
