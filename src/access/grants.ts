import type { Fault, Result } from '#lib';
import { err, ok } from '#lib';

import { fault } from './errors.ts';

export const ROLES = ['viewer', 'operator', 'administrator', 'auditor'] as const;

/** What somebody is to a service or the site. */
export type Role = (typeof ROLES)[number];

export const PERMISSIONS = ['read', 'operate', 'change', 'audit', 'manage'] as const;

/**
 * What a request takes: to see, to drain and maintain servers, to change the spec, to read the audit, to manage accounts and
 * the controller itself.
 */
export type Permission = (typeof PERMISSIONS)[number];

/** A role for the services of these names, or for the whole site. */
export type Grant = { readonly role: Role; readonly services: 'all' | readonly string[] };

/** Somebody who has shown who they are. */
export type Principal = {
  /** As it stands in the audit. A token's is `token:NAME`, which no user can be called. */
  readonly name: string;
  /** `local`: whoever can open the controller's socket. */
  readonly kind: 'user' | 'token' | 'local';
  readonly grants: readonly Grant[];
};

const PERMITTED: ReadonlyMap<Role, readonly Permission[]> = new Map([
  ['viewer', ['read']],
  ['operator', ['read', 'operate']],
  ['administrator', ['read', 'operate', 'change', 'audit', 'manage']],
  ['auditor', ['read', 'audit']],
]);

/** What an administrator of some services is not: there is one set of accounts and one audit for all of them. */
const TAKES_THE_SITE: ReadonlyMap<Role, readonly Permission[]> = new Map([['administrator', ['audit', 'manage']]]);

/** Whether somebody may do something to a service, or, without one, to the whole site. What no grant says is denied. */
export const may = (
  { grants }: Pick<Principal, 'grants'>,
  permission: Permission,
  service: string | undefined,
): boolean => grants.some((grant) => permits(grant, permission, service));

function permits({ role, services }: Grant, permission: Permission, service: string | undefined): boolean {
  if (PERMITTED.get(role)?.includes(permission) !== true) return false;
  if (services === 'all') return true;
  return service !== undefined && !takesTheSite(role, permission) && services.includes(service);
}

const takesTheSite = (role: Role, permission: Permission): boolean =>
  TAKES_THE_SITE.get(role)?.includes(permission) === true;

/** The services to which somebody may do something. */
export function reachOf({ grants }: Pick<Principal, 'grants'>, permission: Permission): 'all' | readonly string[] {
  if (may({ grants }, permission, undefined)) return 'all';
  const named = new Set(grants.flatMap(({ services }) => services));
  return [...named].filter((service) => may({ grants }, permission, service));
}

/** The same as `may`, with an error that says what is missing. */
export const demand = (
  principal: Principal,
  permission: Permission,
  service: string | undefined,
): Result<void, Fault> =>
  may(principal, permission, service) ? ok(undefined) : err(denied(principal, permission, service));

const DOING: Readonly<Record<Permission, string>> = {
  read: 'see',
  operate: 'operate the servers of',
  change: 'change',
  audit: 'read the audit of',
  manage: 'manage accounts of',
};

function denied({ name }: Principal, permission: Permission, service: string | undefined): Fault {
  const what = service === undefined ? 'the whole site' : `the service ${service}`;
  const roles = ROLES.filter((role) => PERMITTED.get(role)?.includes(permission));
  return fault(
    'access-denied',
    `${name} may not ${DOING[permission]} ${what}; that takes the role ${roles.join(' or ')} for it`,
  );
}

/** Whether `wanted` permits nothing that `held` does not. */
export const covers = (held: readonly Grant[], wanted: readonly Grant[]): boolean =>
  wanted.every(({ role, services }) =>
    (PERMITTED.get(role) ?? []).every((permission) => {
      if (services === 'all') return may({ grants: held }, permission, undefined);
      return takesTheSite(role, permission) || services.every((service) => may({ grants: held }, permission, service));
    }),
  );

/** Whoever can open the controller's socket could as well edit its files: an administrator of all. */
export const localPrincipal = (name: string): Principal => ({ name, kind: 'local', grants: FULL_GRANTS });

export const FULL_GRANTS: readonly Grant[] = [{ role: 'administrator', services: 'all' }];

/** Whether these grants make an administrator of the whole site. */
export const areFull = (grants: readonly Grant[]): boolean => may({ grants }, 'manage', undefined);

/** Refuses grants that say nothing: none at all, a role that does not exist, a list without services. */
export function checkGrants(grants: readonly Grant[]): Result<void, Fault> {
  if (grants.length > 0 && readGrants(grants).length === grants.length) return ok(undefined);
  const message = `grants are a list, each with a role (${ROLES.join(', ')}) and services: all, or the names of some`;
  return err(fault('access-grants', message));
}

/** Grants as the store has them. What is not understood grants nothing. */
export const readGrants = (stored: unknown): readonly Grant[] => (Array.isArray(stored) ? stored.filter(isGrant) : []);

function isGrant(value: unknown): value is Grant {
  if (typeof value !== 'object' || value === null || !('role' in value) || !('services' in value)) return false;
  const { role, services } = value;
  const isRole = ROLES.some((known) => known === role);
  return isRole && (services === 'all' || isListOfNames(services));
}

const isListOfNames = (value: unknown): boolean =>
  Array.isArray(value) && value.length > 0 && value.every((name) => typeof name === 'string' && name !== '');
