import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { err, type Fault, ok, type Result } from '#lib';
import type { Route, RouteName } from '#api/contract';

import { addressOf, type Asking, subjectOf } from './asking.ts';
import { type Audit, isChange } from './audit.ts';
import { fault } from './errors.ts';
import { admit, type Gate, mayAs, NOBODY, reachAs } from './gate.ts';
import type { Context, Handlers, TextAnswer } from './handler.ts';
import { leave } from './leave.ts';
import type { ApiPorts } from './ports.ts';
import type { Refused } from './problem.ts';
import { fail, refuse, unknownRoute } from './refuse.ts';
import { bodyTypes, isSchema, type Operation, operations, revisionIn, schemaOf, SESSION_COOKIE } from './schemas.ts';
import { isShared, type Shared } from './shared.ts';
import type { Streams } from './stream.ts';

/** The largest bodies: of a spec or a part of one, and of anything else. */
const SPEC_LIMIT = 16 * 1024 * 1024;
const JSON_LIMIT = 64 * 1024;
const JSON_TYPE = 'application/json';
const OF_SPECS: ReadonlySet<RouteName> = new Set(['applySpec', 'patchSpec', 'plan']);

export type Bound = {
  readonly ports: ApiPorts;
  readonly handlers: Handlers;
  readonly gate: Gate;
  readonly audit: Audit;
  readonly streams: Streams;
  readonly shared: Shared;
};

/** Puts the hooks that every request passes on a server, and every route of the table. */
export function bind(app: FastifyInstance, bound: Bound): void {
  app.decorateRequest('asking', null);
  app.addHook('onRequest', async (request, reply) => enter(request, reply, bound));
  app.addHook('onSend', async (request, reply, payload) => {
    const { operation } = request.routeOptions.config;
    if (operation && isChange(operation.name, operation.route.method)) bound.shared.forget();
    return leave(request, reply, payload, bound.audit);
  });
  app.setErrorHandler((thrown, request, reply) => fail(thrown, request, reply, bound.ports));
  app.setNotFoundHandler((request, reply) => unknownRoute(request, reply));
  for (const operation of operations) {
    const { name, route } = operation;
    app.route({
      method: route.method,
      url: route.path,
      bodyLimit: OF_SPECS.has(name) ? SPEC_LIMIT : JSON_LIMIT,
      config: { operation },
      schema: schemaOf(operation),
      handler: (request, reply) => answer(operation, request, reply, bound),
    });
  }
}

/** Before a body is read: who it is, whether they may, whether the audit can take it, and whether the body is of a type. */
async function enter(
  request: FastifyRequest,
  reply: FastifyReply,
  { gate, audit }: Bound,
): Promise<FastifyReply | undefined> {
  reply.headers({
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  });
  const { operation, isConsole = false } = request.routeOptions.config;
  if (isConsole) return undefined;
  const asking: Asking = {
    identity: NOBODY,
    by: undefined,
    subject: subjectOf(request.params),
    detail: {},
    refused: undefined,
  };
  request.asking = asking;
  const identity = gate.identify(request);
  if (identity.ok) asking.identity = identity.value;
  const permission = operation?.route.permission;
  if (!identity.ok && permission !== 'public') return refuse(reply, identity.error);
  if (operation === undefined) return undefined;
  const admitted = admit(asking.identity, operation.route, request);
  if (!admitted.ok) return refuse(reply, admitted.error);
  if (isChange(operation.name, operation.route.method)) {
    const checked = audit.check();
    if (!checked.ok) return refuse(reply, checked.error);
  }
  const typed = checkType(operation.route, request.headers['content-type']);
  return typed.ok ? undefined : refuse(reply, typed.error);
}

/** A body that is sent has to be of a type that the route takes. */
function checkType(route: Route, header: string | undefined): Result<void, Fault> {
  const types = bodyTypes(route);
  const type = header?.split(';')[0]?.trim().toLowerCase();
  if (type === undefined || types.length === 0 || types.includes(type)) return ok(undefined);
  return err(fault('api-media-type', `the body has to be ${types.join(' or ')}`));
}

async function answer(
  { name, route }: Operation,
  request: FastifyRequest,
  reply: FastifyReply,
  bound: Bound,
): Promise<FastifyReply> {
  const asking = request.asking as Asking;
  const { params, query, body } = request;
  // The table types a handler by its route; which of them this one is, only the table knows.
  const handler = bound.handlers[name] as (asked: unknown, context: Context) => unknown;
  const handle = async () =>
    (await handler({ params, query, body }, contextOf(route, asking, request, reply, bound))) as Result<
      unknown,
      Refused
    >;
  if (isShared(name)) {
    const scope = `${name} ${reachAs(asking.identity, route.permission)}`;
    const text = await bound.shared.textFor(scope, async () => {
      const made = await handle();
      return made.ok ? ok(String(reply.serializeInput(made.value as Record<string, unknown>, '200', JSON_TYPE))) : made;
    });
    return text.ok ? reply.type(`${JSON_TYPE}; charset=utf-8`).send(text.value) : refuse(reply, text.error);
  }
  const outcome = await handle();
  if (!outcome.ok) return refuse(reply, outcome.error);
  const { response } = route;
  if (response === undefined) return reply.code(204).send();
  if (isSchema(response)) return reply.send(outcome.value);
  const text = outcome.value as TextAnswer;
  if (typeof text !== 'function') return reply.type(response.text).send(text);
  reply.hijack();
  reply.raw.writeHead(200, { ...definedHeaders(reply), 'content-type': response.text });
  text(reply.raw);
  return reply;
}

const definedHeaders = (reply: FastifyReply): Record<string, string | number | string[]> =>
  Object.fromEntries(
    Object.entries(reply.getHeaders()).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );

function contextOf(
  route: Route,
  asking: Asking,
  request: FastifyRequest,
  reply: FastifyReply,
  { ports, streams }: Bound,
): Context {
  const { identity } = asking;
  const header = (name: string): string | undefined => {
    const value = request.headers[name];
    return typeof value === 'string' ? value : undefined;
  };
  const may = (service: string | undefined): boolean => mayAs(identity, route.permission, service);
  return {
    ports,
    identity,
    from: addressOf(request, identity),
    may,
    asker: (why) => ({ by: identity.by, why, mayChange: may }),
    ifRevision: revisionIn(header('if-match')),
    lastEventId: header('last-event-id'),
    note({ by, subject, detail }) {
      asking.by = by ?? asking.by;
      asking.subject = subject ?? asking.subject;
      asking.detail = { ...asking.detail, ...detail };
    },
    tag: (revision) => void reply.header('etag', `"${revision}"`),
    setSession(secret, expiresAt) {
      const options = { path: '/', secure: true, httpOnly: true, sameSite: 'strict' } as const;
      if (secret === undefined) reply.clearCookie(SESSION_COOKIE, options);
      else
        reply.setCookie(SESSION_COOKIE, secret.reveal(), {
          ...options,
          ...(expiresAt !== undefined && { expires: new Date(expiresAt) }),
        });
    },
    recheckStreams: () => streams.recheck(),
  };
}
