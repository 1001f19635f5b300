import type { FastifyRequest } from 'fastify';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { err, type Fault, ok, type Result, Secret } from '#lib';
import {
  authenticateScreen,
  authenticateSession,
  authenticateToken,
  demand,
  isToken,
  localPrincipal,
  may,
  type Permission,
  type Principal,
  reachOf,
} from '#access';
import type { Permission as RoutePermission, Route } from '#api/contract';
import type { Store } from '#store';

import { fault } from './errors.ts';
import { SESSION_COOKIE } from './schemas.ts';

/** Somebody who asks. */
export type Identity = {
  /** As the audit calls them: `anna`, `token:backup`, `local:root`, `nobody`. */
  readonly by: string;
  /** Undefined for somebody who has not said who they are. */
  readonly principal: Principal | undefined;
  /** What they have shown: for looking again later whether it still holds. */
  readonly shown: Shown;
};

/** `screen`: a token in the place of a session. */
type Shown =
  | { readonly kind: 'local' | 'nobody' }
  | { readonly kind: 'session' | 'screen' | 'token'; readonly secret: Secret };

/** A page sends it with what it asks by itself, while nobody touches it: that keeps nobody logged in. */
const UNATTENDED = 'x-vagus-unattended';

/** A stream is opened again by itself as often as it breaks. */
const isAttended = ({ headers, routeOptions }: FastifyRequest): boolean =>
  headers[UNATTENDED] === undefined && routeOptions.config.operation?.name !== 'events';

/** Whoever asks without credentials: they may do nothing but what is public. */
export const NOBODY: Identity = { by: 'nobody', principal: undefined, shown: { kind: 'nobody' } };

export type Gate = {
  /** Who asks. The error is for those who are nobody here. */
  readonly identify: (request: FastifyRequest) => Result<Identity, Fault>;
  /** What somebody may read at this moment; undefined once they are nobody here any more. Keeps nobody logged in. */
  readonly readerNow: (identity: Identity) => ((service: string | undefined) => boolean) | undefined;
};

/** `isLocal`: the request came in on the state directory's socket; known from which server read it. */
export function createGate(store: Store, now: () => number, isLocal: (request: IncomingMessage) => boolean): Gate {
  const authenticate = (shown: Shown, active: boolean): Result<Principal, Fault> => {
    switch (shown.kind) {
      case 'session':
        return authenticateSession(store, shown.secret, now(), { active });
      case 'token':
        return authenticateToken(store, shown.secret, now());
      case 'screen': {
        const screen = authenticateScreen(store, shown.secret, now());
        return screen.ok ? ok(screen.value.principal) : screen;
      }
      case 'local':
      case 'nobody':
        return err(unknown());
    }
  };

  return {
    identify(request) {
      if (isLocal(request.raw)) return ok(localIdentity(request.headers));
      const shown = shownBy(request);
      const principal = authenticate(shown, isAttended(request));
      return principal.ok ? ok({ by: principal.value.name, principal: principal.value, shown }) : principal;
    },
    readerNow({ principal, shown }) {
      const current = shown.kind === 'local' && principal ? ok(principal) : authenticate(shown, false);
      if (!current.ok || reachOf(current.value, 'read').length === 0) return undefined;
      return (service) => may(current.value, 'read', service);
    },
  };
}

/** Whoever can open the socket is root or the owner of the state; the header only says which person that is. */
function localIdentity(headers: IncomingHttpHeaders): Identity {
  const said = headers['x-vagus-actor'];
  const name = typeof said === 'string' && /^[a-z0-9._@-]{1,64}$/i.test(said) ? said : 'root';
  return { by: `local:${name}`, principal: localPrincipal(name), shown: { kind: 'local' } };
}

/** A header that says who asks comes before a cookie, and where it is wrong the cookie is not looked at. */
function shownBy({ headers, cookies }: FastifyRequest): Shown {
  if (headers.authorization !== undefined) {
    const [, token] = /^Bearer ([\w~+/.-]{1,200}=*)$/i.exec(headers.authorization) ?? [];
    return token === undefined ? { kind: 'nobody' } : { kind: 'token', secret: new Secret(token) };
  }
  const cookie = cookies[SESSION_COOKIE];
  if (cookie === undefined) return { kind: 'nobody' };
  const secret = new Secret(cookie);
  return { kind: isToken(secret) ? 'screen' : 'session', secret };
}

/** Whether somebody may ask for a route, as far as that can be told before its body is read. */
export function admit(identity: Identity, route: Route, request: FastifyRequest): Result<void, Fault> {
  const origin = checkOrigin(identity, route, request);
  if (!origin.ok) return origin;
  const { permission, reach } = route;
  if (permission === 'public') return ok(undefined);
  const { principal } = identity;
  if (principal === undefined) return err(unknown());
  switch (reach) {
    case 'service':
      return demand(principal, permission, serviceIn(request.params));
    case 'site':
      return demand(principal, permission, undefined);
    case 'listed':
    case 'asked':
      return reachOf(principal, permission).length > 0 ? ok(undefined) : demand(principal, permission, undefined);
  }
}

/** A service that is named in a path; a path without one names the whole site. */
const serviceIn = (params: unknown): string | undefined => (params as { readonly service?: string }).service;

/** Whether somebody may do something to a service; undefined: to the whole site. Nobody may anything. */
export const mayAs = ({ principal }: Identity, permission: RoutePermission, service: string | undefined): boolean =>
  principal !== undefined && permission !== 'public' && may(principal, permission, service);

/** The services for which somebody may do something, as one word that is the same for whoever may the same. */
export function reachAs({ principal }: Identity, permission: RoutePermission): string {
  if (principal === undefined || permission === 'public') return '';
  const reach = reachOf(principal, permission);
  return reach === 'all' ? '*' : reach.toSorted().join(',');
}

/** The same, with an error that says what is missing. */
export const demandAs = (
  { principal }: Identity,
  permission: Permission,
  service: string | undefined,
): Result<void, Fault> => (principal === undefined ? err(unknown()) : demand(principal, permission, service));

const unknown = (): Fault =>
  fault('api-credentials', 'say who you are: log in, or send a token as `Authorization: Bearer vagus_…`');

/**
 * A browser sends the cookie along also where another site made it ask. What changes something has to come from our own
 * pages: the browser says so in `Sec-Fetch-Site` or `Origin`, and where it says neither, it is not believed.
 */
function checkOrigin(
  { shown }: Identity,
  { method, permission }: Route,
  { headers }: FastifyRequest,
): Result<void, Fault> {
  if (method === 'GET' || shown.kind === 'local' || shown.kind === 'token') return ok(undefined);
  const { 'sec-fetch-site': site, origin, host } = headers;
  const isForeign =
    (site !== undefined && site !== 'same-origin') || (origin !== undefined && origin !== `https://${host}`);
  // Before a login there is no cookie to abuse, and programs that send neither header are welcome.
  const isUnproven = site === undefined && origin === undefined && permission !== 'public';
  return isForeign || isUnproven
    ? err(fault('api-origin', 'this was asked by a page of another site, or by none'))
    : ok(undefined);
}
